"""The private cluster: starts on either version and as either kind of user, and never outlives its owner."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import tempfile
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
    print(cluster.directory, (cluster.data / "postmaster.pid").read_text().split()[0], cluster._guard.pid, flush=True)
    sys.stdin.read()
"""
DIE = """
import os, signal, subprocess
from indexadvisor.lab import cluster, directory
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
{moment} = die
cluster.Cluster().start()
"""
MOMENTS = {
    "before it is locked": "directory._locked",
    **({"before it is given away": "os.chown"} if os.geteuid() == 0 else {}),
    "before the guard": "cluster.private.PrivateDirectory",
    "before the programs": "cluster.private.sweep",
    "before initdb": "cluster.Cluster._create",
    "before the server": "cluster.Cluster._launch",
}


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
        directory, pid, _ = owner.stdout.readline().split()
        assert Path(directory.decode()).exists()
        owner.send_signal(how)
        owner.wait(20)
        assert _gone(Path(directory.decode()), int(pid))


@pytest.fixture
def shelf(monkeypatch):
    """A temporary directory of its own, where any user may make things, with a short enough path for sockets."""
    with tempfile.TemporaryDirectory(prefix="shelf-", dir="/tmp") as name:
        Path(name).chmod(0o1777)
        monkeypatch.setattr("tempfile.tempdir", name)
        monkeypatch.setenv("TMPDIR", name)
        yield Path(name)


def test_where_owner_and_guard_are_killed_the_next_cluster_sweeps_up(shelf):
    with subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as owner:
        directory, pid, guard = owner.stdout.readline().split()
        os.kill(int(guard), signal.SIGKILL)
        owner.kill()
        owner.wait(20)
    left = Path(directory.decode())
    assert left.parent == shelf
    assert left.exists()
    assert Path(f"/proc/{int(pid)}").exists()
    with Cluster() as cluster:
        assert [path.name for path in shelf.iterdir()] == [cluster.directory.name]
        assert _gone(left, int(pid))
        # and one that lives is left alone
        with Cluster() as other, Session(cluster.dsn()) as one, Session(other.dsn()) as two:
            assert one.rows("SELECT 1") == two.rows("SELECT 1") == [(1,)]
            assert cluster.directory.exists()
    assert list(shelf.iterdir()) == []


def test_killed_at_any_moment_of_the_start_nothing_stays_after_the_next(shelf):
    left = {}
    for moment, name in MOMENTS.items():
        before = set(shelf.iterdir())
        done = subprocess.run([sys.executable, "-c", DIE.format(moment=name)], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL, moment
        left[moment] = set(shelf.iterdir()) - before
        assert len(left[moment]) <= 1, moment
    # without a guard it stays until somebody sweeps, which the starts after it did
    assert left["before the guard"]
    with Cluster():
        pass
    # a guard that still cleans holds its directory for itself
    deadline = time.monotonic() + 20
    while list(shelf.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(shelf.iterdir()) == []


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
    for bindir in (tmp_path, tmp_path / "absent"):
        with pytest.raises(LabError, match="no PostgreSQL in"):
            server_version(bindir)
        cluster = Cluster(bindir)
        with pytest.raises(LabError, match="no PostgreSQL in"):
            cluster.start()
        assert cluster.directory == Path()


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
    directory, pid, _ = done.stdout.split()
    assert _gone(Path(directory), int(pid))
