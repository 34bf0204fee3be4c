"""Write a corpus of plans: every node type and option of EXPLAIN, from PostgreSQL 15 and 18, in all four formats.

    python benchmarks/explain/corpus.py DIR [--bindir /usr/lib/postgresql/15/bin] [--only NAME ...]

Two private servers are started, filled with `schema.sql`, asked `queries.sql`, and removed. Files are DIR/MAJOR/NAME.VARIANT.FORMAT:

    plain     EXPLAIN alone
    untimed   ANALYZE, VERBOSE without times, costs and buffers: what four executions must agree on
    timed     ANALYZE, BUFFERS
    verbose   ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS (from 17 MEMORY, SERIALIZE), I/O timing on

Beside each timed and verbose file stands its twin, NAME.VARIANT.FORMAT.twin.OTHER: the same execution in another format. EXPLAIN ANALYZE
prints one format, but auto_explain logs that same execution from the same counters, in the format it is told. NAME.nestedN.FORMAT are the
plans that auto_explain logs of a statement's triggers and of the statement itself, run without EXPLAIN.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier, Literal
from psycopg.types.string import TextLoader

from indexadvisor.lab.cluster import Cluster, embedded_bindir

HERE = Path(__file__).parent
FORMATS = {"text": "txt", "json": "json", "xml": "xml", "yaml": "yaml"}
SETTINGS = {
    "autovacuum": "off", "shared_preload_libraries": "auto_explain", "max_worker_processes": "16", "max_parallel_workers": "8",
    "max_connections": "40", "shared_buffers": "64MB", "jit": "off", "effective_cache_size": "1GB",
}  # fmt: skip
RENAMED = {"debug_parallel_query": (16, "force_parallel_mode")}
"""Settings by their present name: the version that named them so, and the name before."""


@dataclass
class Query:
    """One statement of queries.sql with what must be set and run before it. ``varies``: two runs need not agree."""

    name: str
    sql: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    before: str | None = None
    since: int = 0
    until: int = 999
    varies: bool = False
    nested: bool = False


@dataclass(frozen=True)
class Variant:
    """One set of EXPLAIN's options; ``since_17`` are added where the server knows them. ``twin``: auto_explain logs the same execution."""

    name: str
    options: str
    since_17: str = ""
    twin: bool = False


VARIANTS = (
    Variant("plain", ""),
    Variant("untimed", "ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF"),
    Variant("timed", "ANALYZE, BUFFERS", twin=True),
    Variant("verbose", "ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS", "MEMORY, SERIALIZE", twin=True),
)


def queries(text: str) -> Iterator[Query]:
    """Yield the blocks of queries.sql."""
    for block in text.split("-- name: ")[1:]:
        name, _, body = block.partition("\n")
        query = Query(name.strip())
        for line in body.splitlines():
            if line.startswith("-- set: "):
                query.settings.update(pair.strip().split("=", 1) for pair in line.removeprefix("-- set: ").split(";"))
            elif line.startswith("-- before: "):
                query.before = line.removeprefix("-- before: ")
            elif line.startswith("-- from: "):
                query.since = int(line.removeprefix("-- from: "))
            elif line.startswith("-- until: "):
                query.until = int(line.removeprefix("-- until: "))
            elif line in {"-- varies", "-- nested"}:
                setattr(query, line.removeprefix("-- "), True)
            elif not line.startswith("--"):
                query.sql += line + "\n"
        query.sql = query.sql.strip().rstrip(";")
        yield query


def fill(dsn: str, directory: Path) -> None:
    """Create and fill the tables, and the foreign ones that lead back to this same server."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        for statement in (HERE / "schema.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                conn.execute(statement)  # type: ignore[call-overload]
        conn.execute(SQL(
            "CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host {}, dbname 'postgres', async_capable 'true')"
        ).format(Literal(str(directory))))  # fmt: skip
        conn.execute("CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (user 'postgres')")
        conn.execute(
            "CREATE FOREIGN TABLE remote_orders (id int, customer_id int, amount numeric) SERVER loopback OPTIONS (table_name 'orders')"
        )
        conn.execute(
            "CREATE FOREIGN TABLE remote_customer (id int, name text, city int, tier int) SERVER loopback OPTIONS (table_name 'customer')"
        )
        conn.execute("CREATE TABLE remote_parts (id int, at date) PARTITION BY RANGE (at)")
        for number, (start, end) in {1: ("2024-01-01", "2024-04-01"), 2: ("2024-04-01", "2024-07-01")}.items():
            conn.execute(SQL(
                "CREATE FOREIGN TABLE {} PARTITION OF remote_parts FOR VALUES FROM ({}) TO ({}) SERVER loopback OPTIONS (table_name {})"
            ).format(Identifier(f"remote_part_{number}"), Literal(start), Literal(end), Literal(f"event_{number}")))  # fmt: skip


class Writer:
    """Asks one server for the plans of every query and writes them."""

    def __init__(self, conn: psycopg.Connection, major: int, directory: Path) -> None:
        self._conn = conn
        self._major = major
        self._directory = directory
        self._logged: list[str] = []
        self.written = 0
        self.refused: list[str] = []
        conn.add_notice_handler(self._note)
        # as the server wrote it, not decoded
        conn.adapters.register_loader("json", TextLoader)

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        message = notice.message_primary or ""
        if message.startswith("duration: "):
            self._logged.append(message)

    def write(self, query: Query, variant: Variant) -> None:
        """Write one variant of one query in the four formats, with twins where asked."""
        for name, extension in FORMATS.items():
            other = "text" if name == "json" else "json"
            try:
                text = self._explain(query, variant, name, other)
            except psycopg.Error as error:
                self.refused.append(f"{self._major} {query.name} {variant.name} {name}: {error}")
                return
            file = self._directory / f"{query.name}.{variant.name}.{extension}"
            file.write_text(text + "\n", encoding="utf-8")
            self.written += 1
            if variant.twin and self._logged:
                file.with_name(f"{file.name}.twin.{FORMATS[other]}").write_text(self._logged[-1] + "\n", encoding="utf-8")

    def write_nested(self, query: Query) -> None:
        """Write the first plans that auto_explain logs of a statement and of those it runs inside, in the four formats."""
        for name, extension in FORMATS.items():
            self._logged.clear()
            settings = {**self._twin_settings(VARIANTS[2], name), "auto_explain.log_nested_statements": "on"}
            try:
                for setting, value in settings.items():
                    self._conn.execute("SELECT set_config(%s, %s, true)", (setting, value))
                self._logged.clear()
                self._conn.execute(query.sql)  # type: ignore[call-overload]
            finally:
                self._conn.rollback()
            for number, text in enumerate([*self._logged[:2], *self._logged[-2:]], 1):
                (self._directory / f"{query.name}.nested{number}.{extension}").write_text(text + "\n", encoding="utf-8")
                self.written += 1

    def _explain(self, query: Query, variant: Variant, form: str, twin: str) -> str:
        options = ", ".join(filter(None, [variant.options, variant.since_17 if self._major >= 17 else "", f"FORMAT {form}"]))
        conn = self._conn
        self._logged.clear()
        settings = {**query.settings, "track_io_timing": "on" if variant.name == "verbose" else "off"}
        if variant.twin:
            settings |= self._twin_settings(variant, twin)
        try:
            for name, value in settings.items():
                conn.execute("SELECT set_config(%s, %s, true)", (self._present_name(name), value))
            if query.before:
                conn.execute(query.before)  # type: ignore[call-overload]
            rows = conn.execute(f"EXPLAIN ({options}) {query.sql}", prepare=False).fetchall()  # type: ignore[call-overload]
        finally:
            conn.rollback()
            conn.execute("DEALLOCATE ALL")
            conn.rollback()
        return "\n".join(str(row[0]) for row in rows)

    def _present_name(self, name: str) -> str:
        since, before = RENAMED.get(name, (0, name))
        return name if self._major >= since else before

    def _twin_settings(self, variant: Variant, form: str) -> Mapping[str, str]:
        full = "on" if variant.name == "verbose" else "off"
        chosen = {
            "log_min_duration": "0", "log_analyze": "on", "log_timing": "on", "log_triggers": "on", "log_buffers": "on", "log_format": form,
            "log_level": "notice", "log_verbose": full, "log_wal": full, "log_settings": full, "log_nested_statements": "off",
        }  # fmt: skip
        # auto_explain counts buffers of planning nowhere, and its settings are read in order: the duration last switches it on
        return {f"auto_explain.{name}": value for name, value in sorted(chosen.items(), key=lambda item: item[0] == "log_min_duration")}


def write_all(bindir: Path, directory: Path, only: frozenset[str]) -> tuple[int, list[str]]:
    """Start one server, write its plans under ``directory/MAJOR``; return the number of files and what the server refused."""
    with Cluster(bindir, SETTINGS) as cluster:
        fill(cluster.dsn(), cluster.directory)
        with psycopg.connect(cluster.dsn()) as conn:
            conn.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            conn.execute("SET plan_cache_mode = auto")
            major = conn.info.server_version // 10_000
            target = directory / str(major)
            target.mkdir(parents=True, exist_ok=True)
            writer = Writer(conn, major, target)
            conn.execute("SET client_min_messages = notice")
            conn.commit()
            chosen = [query for query in queries((HERE / "queries.sql").read_text(encoding="utf-8")) if query.since <= major <= query.until]
            # plans alone come first: rows written and rolled back make tables longer, and costs higher
            for variant in VARIANTS:
                for query in chosen:
                    if not only or query.name in only:
                        writer.write(query, variant)
            for query in chosen:
                if query.nested and (not only or query.name in only):
                    writer.write_nested(query)
    return writer.written, writer.refused


def main() -> int:
    """Write the corpus of both versions at once."""
    parser = argparse.ArgumentParser(description="Write a corpus of plans of PostgreSQL 15 and 18.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--bindir", type=Path, default=Path("/usr/lib/postgresql/15/bin"), help="programs of the older server")
    parser.add_argument("--only", nargs="*", default=[], help="names of queries")
    arguments = parser.parse_args()
    bindirs = (arguments.bindir, embedded_bindir())
    with ThreadPoolExecutor(len(bindirs)) as pool:
        done = list(pool.map(lambda bindir: write_all(bindir, arguments.directory, frozenset(arguments.only)), bindirs))
    for written, refused in done:
        print(f"{written} files written, {len(refused)} statements refused")
        print(*refused, sep="\n")
    return 1 if any(refused for _, refused in done) else 0


if __name__ == "__main__":
    sys.exit(main())
