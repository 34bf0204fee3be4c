"""The private cluster: starts on either version and as either kind of user, and never outlives its owner."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.errors import LabError
from indexadvisor.lab.cluster import Cluster, embedded_bindir, server_version

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from indexadvisor.lab.cluster import Cluster
with Cluster() as cluster:
    print(cluster.directory, (cluster.data / "postmaster.pid").read_text().split()[0], flush=True)
    sys.stdin.read()
"""


def _gone(directory: Path, pid: int, within_s: float = 20) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not directory.exists() and not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("bindir", [DEBIAN_15, embedded_bindir()], ids=["15", "18"])
def test_the_program_and_the_server_agree_on_the_version(bindir):
    with Cluster(bindir) as cluster, Session(cluster.dsn()) as session:
        assert session.version_num == server_version(bindir)
        settings = dict(session.rows("SELECT name, setting FROM pg_settings WHERE name IN ('data_checksums', 'listen_addresses', 'port')"))
        assert settings == {"data_checksums": "off", "listen_addresses": "", "port": "5432"}
    assert not cluster.directory.exists()


def test_an_exception_in_the_block_leaves_nothing():
    def fail(cluster):
        pids.append(int((cluster.data / "postmaster.pid").read_text().split()[0]))
        raise ZeroDivisionError

    pids = []
    with pytest.raises(ZeroDivisionError), Cluster() as cluster:
        fail(cluster)
    assert not cluster.directory.exists()
    assert not Path(f"/proc/{pids[0]}").exists()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_owner_takes_the_server_with_it(how):
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        directory, pid = owner.stdout.readline().split()
        assert Path(directory.decode()).exists()
        owner.send_signal(how)
        owner.wait(20)
        assert _gone(Path(directory.decode()), int(pid))


def test_a_setting_the_server_refuses_is_told_in_its_words():
    cluster = Cluster(settings={"shared_buffers": "it's \\ much"})
    with pytest.raises(LabError, match="shared_buffers"):
        cluster.start()
    assert not cluster.directory.exists()


def test_a_quoted_setting_arrives_as_it_was():
    with Cluster(settings={"cluster_name": "it''s 100% \\ mine"}) as cluster, Session(cluster.dsn()) as session:
        assert session.rows("SHOW cluster_name") == [("it''s 100% \\ mine",)]


@pytest.mark.parametrize("name", ["a very, 'odd' name", "x" * 90])
def test_a_temporary_directory_that_no_socket_fits_in(tmp_path, monkeypatch, name):
    odd = tmp_path / name
    odd.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(odd))
    monkeypatch.setenv("PGPORT", "7777")
    with Cluster() as cluster, Session(cluster.dsn()) as session:
        assert cluster.directory.parent == Path("/tmp")
        assert session.rows("SELECT 1") == [(1,)]


def test_a_directory_without_postgresql(tmp_path):
    with pytest.raises(LabError, match="no PostgreSQL in"):
        server_version(tmp_path)
    cluster = Cluster(tmp_path)
    with pytest.raises(LabError, match="no PostgreSQL in"):
        cluster.start()
    assert not cluster.directory.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests are the unprivileged case")
def test_runs_as_an_ordinary_user():
    user = pwd.getpwnam("nobody")
    # the interpreter may lie where that user cannot go: the change of user comes after the imports
    become = f"import os, subprocess, indexadvisor.lab.cluster; os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", become + HOLD], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=ROOT,
        env={"HOME": "/nonexistent", "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    directory, pid = done.stdout.split()
    assert _gone(Path(directory), int(pid))
