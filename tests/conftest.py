"""Private PostgreSQL clusters, one per kind and test run, and an empty database of its own for each test that asks."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import Cluster, embedded_bindir

# nohup and some CI services start us with SIGINT ignored, and the tests of Ctrl-C would wait for ever
signal.signal(signal.SIGINT, signal.default_int_handler)

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


SETTINGS = {"shared_preload_libraries": "pg_stat_statements,auto_explain", "autovacuum": "off"}
"""A vacuum in the middle of a test would change what its plans cost."""


@pytest.fixture(scope="session")
def cluster15() -> Iterator[Cluster]:
    """PostgreSQL 15 from Debian, with HypoPG; its absence is a failure, never a skip."""
    if not (DEBIAN_15 / "postgres").exists():
        pytest.fail("PostgreSQL 15 is missing: run `make test`, or apt-get install postgresql-15 postgresql-15-hypopg")
    with Cluster(DEBIAN_15, SETTINGS) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cluster18() -> Iterator[Cluster]:
    """PostgreSQL 18 from the embedded wheel; it has no HypoPG."""
    with Cluster(embedded_bindir(), SETTINGS) as cluster:
        yield cluster


def _database(cluster: Cluster, name: str) -> Iterator[str]:
    with Session(cluster.dsn(), read_only=False) as admin:
        admin.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]
        admin.rows(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    try:
        yield cluster.dsn(name)
    finally:
        with Session(cluster.dsn(), read_only=False) as admin:
            admin.rows(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[arg-type]


def _name_of(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W+", "_", f"t_{request.node.name}").lower()[:60]


@pytest.fixture
def db15(cluster15: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A DSN of an empty database on PostgreSQL 15, dropped after the test."""
    yield from _database(cluster15, _name_of(request))


@pytest.fixture
def db18(cluster18: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A DSN of an empty database on PostgreSQL 18, dropped after the test."""
    yield from _database(cluster18, _name_of(request))


@pytest.fixture
def run_sql() -> Callable[[str, str], None]:
    """Run a script of several statements in a database, as its superuser."""

    def run(dsn: str, script: str) -> None:
        import psycopg

        with psycopg.connect(dsn, autocommit=True) as conn:
            conn.execute(script)  # type: ignore[call-overload]

    return run
