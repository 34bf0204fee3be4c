"""A Catalog and a Workload from SQL text, so that a test case is something a DBA can write without a server.

What ``catalog_from_sql`` understands: CREATE TABLE (types, NOT NULL, keys, REFERENCES, generated columns, PARTITION BY and
PARTITION OF), CREATE INDEX, CREATE VIEW and MATERIALIZED VIEW, CREATE TYPE .. AS ENUM, CREATE DOMAIN, CREATE EXTENSION, CREATE
POLICY, ALTER TABLE (ADD CONSTRAINT, row security, replica identity) and SET search_path. Figures come in comments::

    -- rows orders 5000000
    -- stats orders.customer_id n_distinct=5000 correlation=0.01 null_fraction=0 width=8 values=1|2 frequencies=0.3|0.1
    -- activity orders inserted=100 updated=50 deleted=0 hot_updated=40
    -- setting random_page_cost 1.1
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pgparse

from indexadvisor.catalog.model import Activity, Catalog, ColumnStatistics, ServerInfo, Table, TableName
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.ddl import Schema
from tests.fakes.types import operator_classes

DEFAULT_ROWS = 100_000.0
ROWS_PER_PAGE = 100


def catalog_from_sql(sql: str, rows: Mapping[str, float] | None = None) -> Catalog:
    """Return the catalog that a server would hold after this DDL; ``rows`` are row counts by table name (100,000 else)."""
    schema = Schema()
    raw = sql.encode()
    for statement in pgparse.parse(sql):
        start = statement.get("stmt_location", 0)
        length = statement.get("stmt_len") or len(raw) - start
        schema.apply(statement["stmt"], raw[start : start + length].decode(), raw)
    counts = dict(rows or {}) | {match[1]: float(match[2]) for match in re.finditer(r"(?m)^\s*-- rows (\S+) (\S+)", sql)}
    statistics = _comments(sql, "stats")
    activities = _comments(sql, "activity")
    tables = tuple(
        sorted((_with_figures(table, counts, statistics, activities) for table in schema.tables.values()), key=lambda table: table.name)
    )
    return Catalog(
        server=ServerInfo(150_000, "15.0", "cases"),
        tables=tables,
        indexes=tuple(sorted(schema.indexes, key=lambda index: (index.definition.table, index.name))),
        foreign_keys=tuple(schema.foreign_keys),
        policies=tuple(schema.policies),
        views=tuple(schema.views),
        operator_classes=operator_classes(tuple(schema.extensions)),
        settings={match[1]: match[2] for match in re.finditer(r"(?m)^\s*-- setting (\S+) (\S+)", sql)},
        extensions=dict.fromkeys(schema.extensions, "1.0"),
        search_path=schema.search_path,
    )


def workload_from_sql(sql: str) -> Workload:
    """Return a workload of the statements, each under a line ``-- query id=q1 calls=N``.

    Further samples follow as ``-- sample`` (new text below it) or ``-- parameters 1 | open | \\N`` (values of the text above;
    several such lines are several samples). A text with ``$n`` and no values is a generic sample. A ``share=0.2`` on the line
    of a sample sets its share; else all samples weigh the same. ``-- text`` blocks are free of any other comment rule.
    """
    groups = []
    for number, block in enumerate(re.split(r"(?m)^-- query\b", sql)[1:], 1):
        head, _, body = block.partition("\n")
        options = dict(re.findall(r"(\w+)=(\S+)", head))
        groups.append(_group(options.get("id", f"q{number}"), int(options.get("calls", "1")), body))
    return Workload(tuple(groups))


def _group(query_id: str, calls: int, body: str) -> QueryGroup:
    samples: list[Sample] = []
    for part in re.split(r"(?m)^-- sample\b.*\n", body):
        values = re.findall(r"(?m)^-- parameters (.*)$", part)
        text = re.sub(r"(?m)^-- parameters .*\n?", "", part).strip().removesuffix(";").rstrip()
        if values:
            sets = [tuple(None if value.strip() == r"\N" else value.strip() for value in line.split("|")) for line in values]
            samples += [Sample(text, each) for each in sets]
        else:
            samples.append(Sample(text, None if re.search(r"\$\d", text) else ()))
    shared = tuple(replace(sample, share=1.0 / len(samples)) for sample in samples)
    try:
        normalized = pgparse.normalize(shared[0].text)
    except pgparse.PGQueryError:
        normalized = shared[0].text
    return QueryGroup(query_id, shared[0].text, normalized, _kind(shared[0].text), calls, shared)


def _kind(text: str) -> StatementKind:
    try:
        node = next(iter(pgparse.parse(text)[0]["stmt"]))
    except (pgparse.PGQueryError, IndexError, RecursionError):
        return StatementKind.SELECT
    kinds = {"InsertStmt": StatementKind.INSERT, "UpdateStmt": StatementKind.UPDATE, "DeleteStmt": StatementKind.DELETE}
    return kinds.get(node, StatementKind.MERGE if node == "MergeStmt" else StatementKind.SELECT)


def _comments(sql: str, word: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for match in re.finditer(rf"(?m)^\s*-- {word} (\S+) (.*)$", sql):
        found.setdefault(match[1], {}).update(re.findall(r"(\w+)=(\S+)", match[2]))
    return found


def _with_figures(
    table: Table, counts: Mapping[str, float], statistics: Mapping[str, Mapping[str, str]], activities: Mapping[str, Mapping[str, str]]
) -> Table:
    rows = counts.get(str(table.name), DEFAULT_ROWS)
    columns = tuple(
        replace(column, statistics=_statistics(statistics[f"{table.name}.{column.name}"]))
        if f"{table.name}.{column.name}" in statistics
        else column
        for column in table.columns
    )
    pages = max(1, int(rows / ROWS_PER_PAGE))
    return replace(
        table, columns=columns, rows=rows, pages=pages, size_bytes=pages * 8192, activity=_activity(table.name, rows, activities)
    )


def _statistics(given: Mapping[str, str]) -> ColumnStatistics:
    def several(name: str) -> tuple[str, ...]:
        return tuple(given[name].split("|")) if name in given else ()

    return ColumnStatistics(
        null_fraction=float(given.get("null_fraction", "0")),
        average_width_bytes=int(given.get("width", "8")),
        n_distinct=float(given.get("n_distinct", "-1")),
        correlation=float(given["correlation"]) if "correlation" in given else None,
        common_values=several("values"),
        common_frequencies=tuple(float(each) for each in several("frequencies")),
        histogram_bounds=several("histogram"),
    )


def _activity(name: TableName, rows: float, activities: Mapping[str, Mapping[str, str]]) -> Activity | None:
    given = activities.get(str(name))
    if given is None:
        return None

    def count(key: str) -> int:
        return int(given.get(key, "0"))

    return Activity(
        inserted=count("inserted"),
        updated=count("updated"),
        deleted=count("deleted"),
        hot_updated=count("hot_updated"),
        sequential_scans=count("sequential_scans"),
        index_scans=count("index_scans"),
        live_rows=int(rows),
        modified_since_analyze=count("modified_since_analyze"),
        last_analyzed=None,
        since=None,
    )
