"""A snapshot as one file: a zip archive that a person can look into.

    README.txt       what it is, of which server and time, and whether sampled values are in it
    snapshot.json    format, version, and everything but the two scripts
    schema.sql       the schema, to be run in a private server only
    statistics.sql   the statistics, likewise

The file is readable by its owner alone from the moment it exists. Reading runs nothing and unpacks nothing to disk.
"""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

from indexadvisor.catalog.model import Catalog
from indexadvisor.catalog.snapshot import Snapshot
from indexadvisor.catalog.snapshot_codec import from_json, to_json
from indexadvisor.catalog.snapshot_extended import ExtendedStatistics
from indexadvisor.catalog.snapshot_note import note
from indexadvisor.errors import SnapshotError
from indexadvisor.findings import Skipped

FORMAT = "indexadvisor-snapshot"
VERSION = 1
"""1: first version; files from before extended statistics were carried lack ``extended``."""

MAX_BYTES = 4 << 30
"""Unpacked; more is refused before it is read."""

_README, _HEADER, _SCHEMA, _STATISTICS = "README.txt", "snapshot.json", "schema.sql", "statistics.sql"
_LEVEL = 3
"""Of zlib: half the time of its default for 5 % more bytes."""

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, ValueError, KeyError)
"""What zipfile and json raise for a file that is damaged, encrypted or compressed in a way we do not write."""


def save(snapshot: Snapshot, path: str | Path) -> None:
    """Write a snapshot; an existing file is replaced as a whole. Raises SnapshotError when the file cannot be written."""
    path = Path(path)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "server_version_num": snapshot.server_version_num,
        "taken_at": snapshot.taken_at.isoformat(),
        "with_values": snapshot.with_values,
        "skipped": snapshot.skipped,
        "catalog": snapshot.catalog,
        "extended": snapshot.extended,
    }
    members = {
        _README: note(snapshot), _HEADER: to_json(header), _SCHEMA: snapshot.schema_sql,
        _STATISTICS: snapshot.statistics_sql,
    }  # fmt: skip
    try:
        # mkstemp gives mode 0600; a reader sees the old file or the new one, never half of it
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                for name, text in members.items():
                    archive.writestr(_member(name, snapshot.taken_at), text.encode("utf-8", "surrogatepass"))
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SnapshotError(f"cannot write {path}: {error.strerror or error}") from None


def load(path: str | Path) -> Snapshot:
    """Return a saved snapshot; raises SnapshotError for anything else."""
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            header = _header(archive, path)
            schema, statistics = (_text(archive, name) for name in (_SCHEMA, _STATISTICS))
        return _snapshot(header, schema, statistics)
    except OSError as error:
        raise SnapshotError(f"cannot read {path}: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise _no_snapshot(path) from None
    except (*_BROKEN, TypeError, RecursionError) as error:
        raise SnapshotError(f"{path} is a damaged snapshot: {error}", hint="take the snapshot again") from None


def _member(name: str, at: datetime) -> zipfile.ZipInfo:
    # a zip archive counts years from 1980
    info = zipfile.ZipInfo(name, date_time=max(at.timetuple()[:6], (1980, 1, 1, 0, 0, 0)))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _header(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    if _HEADER not in archive.namelist():
        raise _no_snapshot(path)
    if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
        raise SnapshotError(f"{path} would unpack to more than {MAX_BYTES >> 30} GB, so it is not read")
    header = json.loads(_text(archive, _HEADER))
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _no_snapshot(path)
    if header.get("version") != VERSION:
        raise SnapshotError(
            f"{path} has snapshot format version {header.get('version')}, this program reads {VERSION}",
            hint="use the same version of indexadvisor to take and to read it",
        )
    return header


def _text(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "surrogatepass")


def _snapshot(header: dict[str, Any], schema: str, statistics: str) -> Snapshot:
    version, with_values, skipped = header["server_version_num"], header["with_values"], header["skipped"]
    extended = header.get("extended", [])
    if not isinstance(version, int) or not isinstance(with_values, bool) or not isinstance(skipped, list) or not isinstance(extended, list):
        raise TypeError("a field of its header has another type")
    return Snapshot(
        schema, statistics, from_json(Catalog, header["catalog"]), version, datetime.fromisoformat(header["taken_at"]), with_values,
        tuple(from_json(Skipped, each) for each in skipped), tuple(from_json(ExtendedStatistics, each) for each in extended),
    )  # fmt: skip


def _no_snapshot(path: Path) -> SnapshotError:
    return SnapshotError(f"{path} is not a snapshot, or not a whole one", hint="take one with: indexadvisor snapshot --dsn ... -o FILE")
