"""A workload as one JSON file, so that it can be captured on one machine and advised on from another.

The file holds captured values: it is readable by its owner alone. The format has a version; a file of a newer version, or
anything that is no workload, is refused with a sentence.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import zlib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from indexadvisor.errors import WorkloadError
from indexadvisor.findings import Skipped
from indexadvisor.workload.model import CaptureQuality, QueryGroup, Sample, StatementKind, Workload

FORMAT = "indexadvisor-workload"
VERSION = 1
"""1: first version."""


def save(workload: Workload, path: str | Path) -> None:
    """Write a workload, gzip-compressed when the name ends in ``.gz``; an existing file is replaced as a whole.

    Raises WorkloadError when the file cannot be written.
    """
    path = Path(path)
    document = {"format": FORMAT, "version": VERSION, **asdict(workload)}
    data = (json.dumps(document, indent=1, default=_plain) + "\n").encode()
    if path.name.endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    try:
        # mkstemp gives mode 0600; a reader sees the old file or the new one, never half of it
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise WorkloadError(f"cannot write {path}: {error.strerror or error}", hint="name a file in a directory you may write to") from None


def load(path: str | Path) -> Workload:
    """Return a saved workload; raises WorkloadError for anything else."""
    path = Path(path)
    try:
        data = path.read_bytes()
        document = json.loads(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    except OSError as error:
        raise WorkloadError(f"cannot read {path}: {error.strerror or error}") from None
    except (ValueError, EOFError, zlib.error, RecursionError):
        raise _no_workload(path) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _no_workload(path)
    if document.get("version") != VERSION:
        raise WorkloadError(f"{path} has workload format version {document.get('version')}, this program reads {VERSION}",
                            hint="use the same version of indexadvisor to save and to read")  # fmt: skip
    try:
        return _workload(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WorkloadError(f"{path} is a damaged workload file: {error}", hint="capture and save the workload again") from None


def _no_workload(path: Path) -> WorkloadError:
    return WorkloadError(f"{path} is not a saved workload", hint="--workload takes a file that indexadvisor saved; logs go to --log")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _workload(document: dict[str, Any]) -> Workload:
    quality = document["quality"]
    times = {name: None if quality[name] is None else datetime.fromisoformat(quality[name]) for name in ("first_at", "last_at")}
    return Workload(
        tuple(_group(fields) for fields in document["groups"]),
        CaptureQuality(**{**quality, **times, "sources": tuple(quality["sources"]),
                          "ignored": tuple((str(reason), int(count)) for reason, count in quality["ignored"])}),
        tuple(Skipped(**fields) for fields in document["skipped"]),
    )  # fmt: skip


def _group(fields: dict[str, Any]) -> QueryGroup:
    for name in ("query_id", "text", "normalized", "source"):
        if not isinstance(fields[name], str):
            raise TypeError(f"{name} is no text")
    if not isinstance(fields["calls"], int) or not fields["samples"]:
        raise ValueError(f"query {fields['query_id']} has no calls or no samples")
    samples = tuple(_sample(sample) for sample in fields["samples"])
    return QueryGroup(**{**fields, "kind": StatementKind(fields["kind"]), "samples": samples, "users": tuple(fields["users"])})


def _sample(fields: dict[str, Any]) -> Sample:
    parameters = fields["parameters"]
    if not isinstance(fields["text"], str) or not isinstance(fields["share"], (int, float)):
        raise TypeError("a sample without text or share")
    return Sample(**{**fields, "parameters": None if parameters is None else tuple(parameters)})
