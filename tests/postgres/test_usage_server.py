"""The usage graph on a catalog read from a real server, and its expressions and predicates judged by that server."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql
from tests.fakes.usage_text import usage_text

pytestmark = pytest.mark.postgres

CASES = sorted((Path(__file__).parents[1] / "cases" / "usage").glob("*.sql"))
IMMUTABILITY = "42P17"


def parts(path):
    found = re.fullmatch(r".*?-- schema\n(.*?)(-- query\b.*?)-- expect\n(.*)", path.read_text(), re.DOTALL)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_the_servers_catalog_and_the_cases_own_agree(path, db15, run_sql):
    schema, queries = parts(path)
    run_sql(db15, schema)
    workload = workload_from_sql(queries)
    with Session(db15) as session:
        catalog = load(session)
    named = re.findall(r"(?m)^SET search_path TO (.*);", schema)
    if named:  # a script's own SET ends with its connection
        catalog = replace(catalog, search_path=tuple(name.strip() for name in named[0].split(",")))
    expected = usage_text(usage_graph(workload, catalog_from_sql(schema)))
    found = usage_text(usage_graph(workload, catalog))
    counters = [line for line in expected.splitlines() if line.startswith("fk:") or " by foreign key " in line]
    assert [line for line in found.splitlines() if line not in counters] == [line for line in expected.splitlines() if line not in counters]


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_the_server_reads_every_expression_and_predicate(path, db15, run_sql):
    schema, queries = parts(path)
    run_sql(db15, schema)
    catalog = catalog_from_sql(schema)
    with psycopg.connect(db15, autocommit=True) as connection:
        for relation in usage_graph(workload_from_sql(queries), catalog).relations:
            table = f'"{relation.table.schema}"."{relation.table.name}"'
            for use in relation.uses:
                for text in filter(None, (use.expression, use.predicate)):
                    connection.execute(f"SELECT ({text}) FROM {table}")  # the right columns, functions and operators
                if use.expression is not None:
                    assert refusal(connection, f"CREATE INDEX ON {table} (({use.expression}))") in {None, IMMUTABILITY}
                if use.predicate is not None:
                    assert refusal(connection, f"CREATE INDEX ON {table} ((1)) WHERE {use.predicate}") in {None, IMMUTABILITY}


def refusal(connection, statement):
    """Return the SQLSTATE a statement is refused with, None when it is carried out."""
    try:
        connection.execute(statement)
    except psycopg.Error as error:
        return error.sqlstate
    return None


WORKLOADS = Path(__file__).parents[2] / "workloads"
TPCH = WORKLOADS / "tpch"


def test_tpch_is_resolved_whole(db15, run_sql):
    run_sql(db15, (TPCH / "schema.sql").read_text())
    with Session(db15) as session:
        catalog = load(session)
    text = "".join(f"-- query id=q{path.stem}\n{path.read_text()}\n" for path in sorted((TPCH / "queries").glob("*.sql")))
    usage = usage_graph(workload_from_sql(text), catalog)
    assert usage.skipped == ()
    assert len({relation.query_id for relation in usage.relations}) == 22


def test_lifeceo_is_resolved_whole(db15, run_sql):
    run_sql(db15, (WORKLOADS / "lifeceo" / "schema.sql").read_text())
    with Session(db15) as session:
        catalog = load(session)
    blocks = re.split(r"(?m)^-- name: ", (WORKLOADS / "lifeceo" / "statements.sql").read_text())[1:]
    statements = ("\n".join(line for line in block.splitlines()[1:] if not line.startswith("--")) for block in blocks)
    text = "".join(f"-- query id=q{number}\n{statement}\n" for number, statement in enumerate(statements))
    usage = usage_graph(workload_from_sql(text), catalog)
    assert usage.skipped == ()
    assert len({relation.query_id for relation in usage.relations if relation.query_id.startswith("q")}) == len(blocks) > 50
    if os.environ.get("SHOW"):
        print(usage_text(usage), text)
