"""SIGKILL in the middle of a run: the guards take the private servers, their directories and the session on the server with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.postgres
PROGRAM = [sys.executable, "-m", "indexadvisor"]
SLOW = "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep($1); RETURN 1; END $$;"
READY = "ready"


@pytest.fixture
def temporary(tmp_path_factory):
    """A directory for temporary files of the run alone, which the server's user may enter."""
    # pytest's own directories are closed to the user that the server runs as
    directory = Path("/tmp") / f"killed-{os.getpid()}-{time.monotonic_ns()}"
    directory.mkdir()
    directory.chmod(0o1777)
    yield directory
    assert list(directory.iterdir()) == []
    directory.rmdir()


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def processes_of(directory):
    """Return the processes that name a directory in their command line or work in it: the server, its backends, initdb, the guard."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if str(directory) in words or where.startswith(str(directory)):
            found[int(process.name)] = words
    return found


def clusters(directory):
    return sorted(directory.glob("indexadvisor-*"))


def status(cluster):
    """Return what the postmaster says of itself (line 8 of postmaster.pid), or None before it started."""
    try:
        lines = (cluster / "data" / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    return lines[7].strip() if len(lines) > 7 else None


def ready(directory, number):
    return sum(status(cluster) == READY for cluster in clusters(directory)) >= number


def start(temporary, *arguments, **how):
    env = {**{name: value for name, value in os.environ.items() if not name.startswith("PG")}, "TMPDIR": str(temporary)}
    return subprocess.Popen([*PROGRAM, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env, **how)


def kill(process):
    assert process.poll() is None, "the run was over before it could be killed"
    process.send_signal(signal.SIGKILL)
    assert process.wait(20) == -signal.SIGKILL


def nothing_left(directory):
    assert wait_until(lambda: clusters(directory) == [] and processes_of(directory) == {}, 20), (
        clusters(directory), processes_of(directory),
    )  # fmt: skip


def in_the_lab(directory, what):
    """Return how many sessions of a running lab match a condition on pg_stat_activity."""
    for cluster in clusters(directory):
        try:
            with psycopg.connect(f"host={cluster} port=5432 user=indexadvisor_lab_admin dbname=lab", autocommit=True) as conn:
                return conn.execute(f"SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND {what}").fetchone()[0]
        except psycopg.OperationalError:
            continue
    return 0


@pytest.fixture
def slow(shop, run_sql, tmp_path):
    """Queries of which the planner takes very long over the second, in the lab too."""
    run_sql(shop, SLOW)
    path = tmp_path / "slow.sql"
    path.write_text("SELECT * FROM orders WHERE customer_id = 1;\nSELECT * FROM orders WHERE id = slow(300);\n")
    return path


def advise(temporary, shop, queries, **how):
    return start(temporary, "advise", "--dsn", shop, "--queries", queries, "--what-if", "lab", "--quiet", **how)


def test_killed_while_the_lab_starts(shop, slow, temporary):
    with advise(temporary, shop, slow) as process:
        assert wait_until(lambda: any((cluster / "data").exists() for cluster in clusters(temporary)))
        kill(process)
    nothing_left(temporary)


def test_killed_as_soon_as_the_lab_answers(shop, slow, temporary):
    with advise(temporary, shop, slow) as process:
        assert wait_until(lambda: ready(temporary, 1))
        kill(process)
    nothing_left(temporary)


def test_killed_while_the_lab_plans(shop, slow, temporary):
    with advise(temporary, shop, slow) as process:
        planning = "state = 'active' AND query LIKE '%slow(300)%'"
        assert wait_until(lambda: in_the_lab(temporary, planning)), "no query with the slow function reached the lab"
        kill(process)
    # the backend is in the middle of a sleep of 300 s: an orderly shutdown would wait for it
    nothing_left(temporary)


def test_killed_the_session_on_the_server_ends_too(shop, slow, temporary):
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'indexadvisor' AND datname = current_database()"
    with psycopg.connect(shop, autocommit=True) as conn, advise(temporary, shop, slow) as process:
        assert wait_until(lambda: ready(temporary, 1))
        kill(process)
        assert wait_until(lambda: conn.execute(ours).fetchone() == (0,), 20)
    nothing_left(temporary)


@pytest.mark.parametrize("servers", [1, 2])
def test_killed_the_demo_leaves_neither_of_its_servers(temporary, tmp_path, servers):
    # one: the application runs and is logged; two: the lab stands beside it
    with start(temporary, "demo", "--output", tmp_path / "out") as process:
        assert wait_until(lambda: ready(temporary, servers) or process.poll() is not None)
        kill(process)
    nothing_left(temporary)


def test_the_group_killed_with_it_spares_the_guard(shop, slow, temporary):
    # a terminal or a container that ends kills the whole process group
    with advise(temporary, shop, slow, start_new_session=True) as process:
        assert wait_until(lambda: ready(temporary, 1))
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    nothing_left(temporary)
