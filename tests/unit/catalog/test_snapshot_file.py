"""The snapshot file: who may read it, what it says of itself, and what is refused instead of a snapshot."""

from __future__ import annotations

import json
import os
import pickle
import stat
import zipfile
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from indexadvisor.catalog import snapshot_file
from indexadvisor.catalog.model import Catalog, ServerInfo, StatisticsObject, Table, TableName
from indexadvisor.catalog.snapshot import Snapshot
from indexadvisor.catalog.snapshot_extended import Combination, ExpressionStatistics, ExtendedStatistics
from indexadvisor.catalog.snapshot_file import load, save
from indexadvisor.catalog.snapshot_note import note
from indexadvisor.errors import SnapshotError
from indexadvisor.findings import Skipped

CATALOG = Catalog(
    ServerInfo(150020, "15.20", "shop"),
    (
        Table(TableName("public", "small"), "r", (), rows=10.0, size_bytes=8192),
        Table(TableName("sales", "big\x1b[31m"), "r", (), size_bytes=5 << 40),
    ),
    skipped=(Skipped("catalog", "hidden", "its statistics are hidden"),),
)  # fmt: skip
SNAPSHOT = Snapshot(
    "CREATE TABLE t (a text DEFAULT 'é\u2028');\n", "SELECT 1;\n", CATALOG, 150020, datetime(2026, 3, 1, 12, 30, 5, 123456, UTC), with_values=True,  # noqa: E501
    skipped=(Skipped("catalog", "locked", "another session holds a lock"),),
)  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shop.snapshot"
    save(SNAPSHOT, path)
    return path


def rewritten(path, **members):
    with zipfile.ZipFile(path) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**found, **members}.items():
            if data is not None:
                archive.writestr(name, data)


def with_header(path, **fields):
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("snapshot.json"))
    rewritten(path, **{"snapshot.json": json.dumps({**header, **fields})})


def test_it_comes_back_as_it_was(file):
    assert load(file) == SNAPSHOT


def test_extended_statistics_come_back_and_older_files_lack_them(file, tmp_path):
    known = StatisticsObject("sales", "s", TableName("public", "small"), ("a", "b"), ("lower(c)",), ("f", "e"), analyzed=False, target=7)
    given = replace(SNAPSHOT, catalog=replace(CATALOG, statistics=(known, replace(known, name="t", analyzed=None, target=None))))
    path = tmp_path / "with.snapshot"
    save(given, path)
    assert load(path) == given
    with zipfile.ZipFile(file) as archive:
        assert "statistics" not in json.loads(archive.read("snapshot.json"))["catalog"]
    assert load(file).catalog.statistics == ()


def test_only_the_owner_may_read_it_whatever_the_umask_and_the_file_before(tmp_path):
    path = tmp_path / "shop.snapshot"
    path.write_text("before")
    path.chmod(0o666)
    before = os.umask(0)
    try:
        save(SNAPSHOT, path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["shop.snapshot"]


def test_the_file_is_never_open_to_others_while_it_is_written(tmp_path, monkeypatch):
    modes = []
    member = snapshot_file._member

    def watched(*arguments):
        modes.extend(stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir())
        return member(*arguments)

    monkeypatch.setattr(snapshot_file, "_member", watched)
    save(SNAPSHOT, tmp_path / "shop.snapshot")
    assert set(modes) == {0o600}


def test_a_failed_write_leaves_the_old_file_and_nothing_else(file, tmp_path):
    with pytest.raises(TypeError):
        save(replace(SNAPSHOT, statistics_sql=5), file)  # type: ignore[arg-type]
    assert load(file) == SNAPSHOT
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_an_unwritable_place_is_a_sentence(tmp_path):
    with pytest.raises(SnapshotError, match="cannot write"):
        save(SNAPSHOT, tmp_path / "nowhere" / "shop.snapshot")


def test_the_same_snapshot_gives_the_same_bytes(file, tmp_path):
    save(SNAPSHOT, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == file.read_bytes()


def test_the_readme_is_the_note(file):
    with zipfile.ZipFile(file) as archive:
        assert archive.read("README.txt").decode() == note(SNAPSHOT)


def test_the_note_says_what_matters_and_nothing_a_terminal_obeys():
    text = note(SNAPSHOT)
    for words in ("database shop", "PostgreSQL 15.20", "2026-03-01T12:30:05", "2 tables", "sampled values", "hidden: its statistics", "locked: another"):  # noqa: E501
        assert words in text
    assert "\x1b" not in text
    lines = [line.split() for line in text.splitlines()]
    assert ["small", "10", "8.0", "kB"] in lines
    assert text.index("5.0 TB") < text.index("8.0 kB")
    assert "unknown" in text.split("5.0 TB")[0].splitlines()[-1]
    assert "--no-values" in note(replace(SNAPSHOT, with_values=False))


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04", b"\x1f\x8b", pickle.dumps({"a": 1}), b"\0" * 5000])
def test_something_else_is_refused(tmp_path, data):
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(SnapshotError, match="not a snapshot") as caught:
        load(path)
    assert "indexadvisor snapshot" in caught.value.hint


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(file, share):
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(SnapshotError, match="not a whole one"):
        load(file)


def test_every_flipped_byte_is_refused_or_harmless(file):
    data = file.read_bytes()
    for at in range(0, len(data), 7):
        file.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        try:
            found = load(file)
        except SnapshotError:
            continue
        assert found == SNAPSHOT


def test_a_missing_file_and_a_directory_are_sentences(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(SnapshotError, match="cannot read"):
            load(path)


def test_another_zip_archive_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil", "x")
    with pytest.raises(SnapshotError, match="not a snapshot"):
        load(path)


def test_a_newer_format_is_named(file):
    with_header(file, version=2)
    with pytest.raises(SnapshotError, match="version 2, this program reads 1"):
        load(file)


@pytest.mark.parametrize("name", ["schema.sql", "statistics.sql"])
def test_a_missing_part_is_damage(file, name):
    rewritten(file, **{name: None})
    with pytest.raises(SnapshotError, match="damaged"):
        load(file)


@pytest.mark.parametrize(
    "fields",
    [{"catalog": None}, {"catalog": {"server": {}}}, {"taken_at": 5}, {"taken_at": "x"}, {"with_values": "yes"}, {"skipped": {}},
     {"server_version_num": "15"}, {"skipped": [{"stage": 1}]}],
)  # fmt: skip
def test_a_wrong_field_is_damage(file, fields):
    with_header(file, **fields)
    with pytest.raises(SnapshotError, match="damaged"):
        load(file)


def test_deeply_nested_json_is_damage(file):
    rewritten(file, **{"snapshot.json": "[" * 200_000})
    with pytest.raises(SnapshotError):
        load(file)


def test_a_bomb_is_refused_before_it_is_read(file, monkeypatch):
    monkeypatch.setattr(snapshot_file, "MAX_BYTES", 100)
    with pytest.raises(SnapshotError, match="unpack to more"):
        load(file)


def test_reading_runs_nothing_and_writes_nothing(file, tmp_path):
    rewritten(file, **{"schema.sql": "COPY t TO PROGRAM 'touch pwned';", "../evil.py": "raise SystemExit"})
    assert load(file).schema_sql.startswith("COPY")
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_extended_statistics_come_back_as_they_were_and_older_files_have_none(tmp_path):
    extended = ExtendedStatistics(
        "sales", "s", TableName("sales", "big"), ("a", "ü b"), True, (((1, -1), 5.0),), (((2, 1), 0.25),),
        (Combination(("x", None, "{1,NULL}"), 0.5, 0.25),), (None, ExpressionStatistics(0.0, 4, -1.0, "{a}", (0.5,), correlation=-0.5)),
    )  # fmt: skip
    path = tmp_path / "extended.snapshot"
    save(replace(SNAPSHOT, extended=(extended,)), path)
    assert load(path).extended == (extended,)
    with zipfile.ZipFile(path) as archive:
        header = json.loads(archive.read("snapshot.json"))
    del header["extended"]
    rewritten(path, **{"snapshot.json": json.dumps(header)})
    assert load(path).extended == ()


@pytest.mark.parametrize("value", [{}, [1], [{"schema": "s"}], [None]])
def test_extended_statistics_of_another_form_are_refused(file, value):
    with_header(file, extended=value)
    with pytest.raises(SnapshotError, match="damaged"):
        load(file)
