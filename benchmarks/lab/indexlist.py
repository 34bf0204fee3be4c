"""The indexes whose real sizes are compared with the model: candidates of both workloads, the expert's set, and a list by hand."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import psycopg

from indexadvisor.candidates.generate import generate
from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, TableName
from indexadvisor.demo.statements import Protocol, Role, read_statements
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

WORKLOADS = Path(__file__).parents[2] / "workloads"
_SAMPLES = 6


def tpch_workload() -> Workload:
    """Return the 22 queries, each once."""
    texts = [path.read_text(encoding="utf-8").strip() for path in sorted((WORKLOADS / "tpch" / "queries").glob("*.sql"))]
    return Workload(tuple(QueryGroup(f"q{n}", text, text, StatementKind.SELECT, 1, (Sample(text, ()),)) for n, text in enumerate(texts, 1)))


def lifeceo_workload(dsn: str) -> Workload:
    """Return the application's statements with some of their real values, as a capture would hold them."""
    groups = []
    with psycopg.connect(dsn, autocommit=True) as conn:
        for number, each in enumerate(read_statements(WORKLOADS / "lifeceo" / "statements.sql")):
            rows = conn.execute(each.parameters.encode()).fetchmany(_SAMPLES) if each.parameters else [()]
            values = [tuple(None if value is None else str(value) for value in row)[each.role is Role.APP :] for row in rows]
            simple = each.protocol is Protocol.SIMPLE
            samples = tuple(Sample(each.with_values(row), ()) if simple else Sample(each.text, row) for row in values)
            first = each.text.split()[0].lower()
            kind = StatementKind(first) if first in {"insert", "update", "delete"} else StatementKind.SELECT
            groups.append(QueryGroup(f"q{number}", samples[0].text, each.text, kind, each.calls, samples))
    return Workload(tuple(groups))


def expert_indexes(dsn: str, existing: Catalog) -> list[IndexDef]:
    """Return the expert's definitions as the server holds them; they are built in a transaction that is rolled back."""
    from indexadvisor.catalog.load_indexes import read_indexes
    from indexadvisor.db import queries

    with psycopg.connect(dsn) as conn:
        conn.execute((WORKLOADS / "lifeceo" / "expert.sql").read_bytes())
        rows = conn.execute(queries.get("indexes", conn.info.server_version), [[], []]).fetchall()
        oids = dict(conn.execute("SELECT relname, oid::bigint FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"))
        conn.rollback()
    tables = {oids[table.name.name]: table for table in existing.tables if table.name.name in oids}
    found, _ = read_indexes(rows, tables, set(), {})
    return [index.definition for index in found if index.name.startswith("expert_")]


def _plain(table: str, method: str, *columns: str, operator_class: str | None = None) -> IndexDef:
    keys = tuple(
        IndexKey(expression=column[1:-1], operator_class=operator_class)
        if column.startswith("(")
        else IndexKey(column, operator_class=operator_class)
        for column in columns
    )
    return IndexDef(TableName("public", table), keys, method)


def tpch_by_hand() -> list[IndexDef]:
    """Return hash, BRIN, GiST, SP-GiST and GIN indexes that the workload does not ask for, and some more B-trees."""
    found = [_plain(table, "hash", column) for table, column in (
        ("lineitem", "l_orderkey"), ("lineitem", "l_partkey"), ("lineitem", "l_shipmode"), ("lineitem", "l_shipdate"),
        ("orders", "o_custkey"), ("orders", "o_orderkey"), ("orders", "o_clerk"), ("orders", "o_orderstatus"), ("customer", "c_name"),
        ("customer", "c_nationkey"), ("part", "p_name"), ("part", "p_size"), ("partsupp", "ps_suppkey"),
    )]  # fmt: skip
    found += [_plain(table, "brin", *columns) for table, *columns in (
        ("lineitem", "l_shipdate"), ("lineitem", "l_orderkey", "l_comment"), ("orders", "o_orderdate"), ("orders", "o_totalprice"),
        ("partsupp", "ps_comment"), ("customer", "c_custkey"),
    )]  # fmt: skip
    found += [_plain(table, "gist", *columns) for table, *columns in (
        ("lineitem", "(daterange(l_shipdate, l_receiptdate))"), ("orders", "(int8range(o_orderkey, o_orderkey + 10))"),
        ("lineitem", "(point(l_partkey, l_suppkey))"), ("orders", "(box(point(o_custkey, 0), point(o_orderkey, 1)))"),
        ("orders", "o_orderdate"), ("lineitem", "l_partkey", "l_shipdate"), ("orders", "o_totalprice"),
        ("partsupp", "(numrange(ps_supplycost, ps_supplycost + 10))"),
    )]  # fmt: skip
    found += [_plain(table, "gist", column, operator_class="gist_trgm_ops") for table, column in (
        ("part", "p_name"), ("customer", "c_name"), ("orders", "o_comment"),
    )]  # fmt: skip
    found += [_plain(table, "spgist", column) for table, column in (
        ("part", "p_name"), ("orders", "o_comment"), ("lineitem", "(daterange(l_shipdate, l_receiptdate))"),
        ("lineitem", "(point(l_partkey, l_suppkey))"),
    )]  # fmt: skip
    found += [_plain(table, "gin", column, operator_class="gin_trgm_ops") for table, column in (
        ("part", "p_name"), ("customer", "c_name"), ("orders", "o_comment"), ("customer", "c_address"),
        ("lineitem", "l_comment"), ("partsupp", "ps_comment"),
    )]  # fmt: skip
    found += [_plain(table, "gin", column) for table, column in (
        ("part", "(string_to_array(p_name, ' '))"), ("orders", "(to_tsvector('english', o_comment))"),
        ("part", "(to_tsvector('simple', p_name))"),
    )]  # fmt: skip
    return found


def lifeceo_by_hand() -> list[IndexDef]:
    """Return indexes of the other methods over the application's tables."""
    found = [_plain(table, "hash", column) for table, column in (
        ("users", "email"), ("chat_messages", "user_id"), ("chat_messages", "conversation_id"), ("agent_memories", "agent_type"),
        ("memories", "title"), ("events", "group_id"),
    )]  # fmt: skip
    found += [_plain(table, "brin", column) for table, column in (
        ("chat_messages", "created_at"), ("memories", "deleted_at"), ("agent_memories", "id"), ("conversations", "title"),
    )]  # fmt: skip
    found += [_plain("events", "gist", "(tstzrange(starts_at, ends_at))"), _plain("events", "spgist", "(tstzrange(starts_at, ends_at))")]
    found += [_plain(table, "gist", *columns) for table, *columns in (
        ("chat_messages", "user_id", "created_at"), ("memories", "created_at"), ("housing", "price"), ("users", "email"),
        ("chat_messages", "agent_type"),
    )]  # fmt: skip
    found += [_plain(table, "gist", column, operator_class="gist_trgm_ops") for table, column in (
        ("users", "name"), ("memories", "title"), ("housing", "description"), ("users", "email"),
    )]  # fmt: skip
    found += [_plain(table, "spgist", column) for table, column in (("users", "email"), ("memories", "title"), ("conversations", "title"))]
    found += [_plain(table, "gin", column, operator_class=name) for table, column, name in (
        ("users", "email", "gin_trgm_ops"), ("users", "name", "gin_trgm_ops"), ("memories", "title", "gin_trgm_ops"),
        ("memories", "content", "gin_trgm_ops"), ("conversations", "title", "gin_trgm_ops"), ("groups", "name", "gin_trgm_ops"),
        ("users", "settings", "jsonb_path_ops"), ("agent_configurations", "settings", "jsonb_path_ops"),
        ("users", "settings", None), ("agent_memories", "content", None), ("conversations", "metadata", None),
        ("conversations", "messages", None), ("conversations", "messages", "jsonb_path_ops"),
        ("housing", "(to_tsvector('english', description))", None), ("memories", "(to_tsvector('english', content))", None),
    )]  # fmt: skip
    return found


def candidates(workload: Workload, catalog: Catalog) -> list[IndexDef]:
    """Return what the advisor would propose for a workload."""
    return [candidate.index for candidate in generate(usage_graph(workload, catalog), catalog, Limits()).candidates]


def without_repeats(definitions: Iterable[IndexDef]) -> list[IndexDef]:
    """Return the definitions once each, in order."""
    return list(dict.fromkeys(definitions))


def sample(definitions: list[IndexDef], most: int) -> list[IndexDef]:
    """Return at most so many definitions, the same ones each time, every method but btree kept whole."""
    trees = [each for each in definitions if each.method == "btree"]
    kept = set(random.Random(7).sample(range(len(trees)), min(most, len(trees))))
    return [each for each in definitions if each.method != "btree"] + [each for n, each in enumerate(trees) if n in kept]
