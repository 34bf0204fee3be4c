"""A workload written and read back; anything else refused with a sentence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from indexadvisor.capture import LogSource
from indexadvisor.errors import WorkloadError
from indexadvisor.workload import group, load, save

GOLDEN = Path(__file__).parent.parent / "capture" / "data" / "pg18.csv"


@pytest.fixture(scope="module")
def workload():
    return group(LogSource([str(GOLDEN), "missing.log"]))


@pytest.mark.parametrize("name", ["w.json", "w.json.gz"])
def test_what_is_saved_is_read_back(tmp_path, workload, name):
    path = tmp_path / name
    path.write_text("something older")
    path.chmod(0o644)
    save(workload, path)
    assert load(path) == workload
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == [name]
    assert path.read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")


def test_the_same_workload_is_the_same_bytes(tmp_path, workload):
    for name in ("a.gz", "b.gz"):
        save(workload, tmp_path / name)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b"select 1", b"\x1f\x8bxx", b"\xff\xfe", gzip.compress(b"{", mtime=0)[:-4], b'{"format": "other"}',
     b"[" * 100_000],
)  # fmt: skip
def test_anything_else_is_refused(tmp_path, content):
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(WorkloadError, match="is not a saved workload"):
        load(tmp_path / "w")


def test_a_missing_file_and_a_folder_are_refused(tmp_path, workload):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(WorkloadError, match="cannot read"):
            load(path)
    with pytest.raises(WorkloadError, match="cannot write"):
        save(workload, tmp_path / "no" / "w.json")


@pytest.mark.parametrize(
    "damage",
    [lambda d: d.update(version=2), lambda d: d.pop("quality"), lambda d: d["groups"][0].update(kind="dance"), lambda d: d.update(groups=7),
     lambda d: d["groups"][0].update(samples=[]), lambda d: d["groups"][0].update(text=1), lambda d: d["groups"][0].update(more=1),
     lambda d: d["quality"].update(first_at="x"), lambda d: d["groups"][0]["samples"][0].update(share="x")],
)  # fmt: skip
def test_a_damaged_file_is_refused(tmp_path, workload, damage):
    path = tmp_path / "w.json"
    save(workload, path)
    document = json.loads(path.read_text())
    damage(document)
    path.write_text(json.dumps(document))
    with pytest.raises(WorkloadError):
        load(path)
