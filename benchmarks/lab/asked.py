"""What the labs of these benchmarks are asked: the statements of both workloads, and indexes of every kind to build for them."""

from __future__ import annotations

from pathlib import Path

from indexadvisor.db.script import Client
from indexadvisor.demo.location import workload_dir
from indexadvisor.demo.statements import Protocol, Role, read_statements
from indexadvisor.workload.model import Sample

ROOT = Path(__file__).parents[2]
TPCH_INDEXES = """
CREATE INDEX ON lineitem (l_partkey, l_suppkey);
CREATE INDEX ON lineitem (l_suppkey);
CREATE INDEX ON lineitem (l_shipdate) INCLUDE (l_extendedprice, l_discount, l_quantity);
CREATE INDEX ON lineitem (l_receiptdate, l_shipmode);
CREATE INDEX ON lineitem (l_orderkey) WHERE l_commitdate < l_receiptdate;
CREATE INDEX ON lineitem USING brin (l_commitdate);
CREATE INDEX ON orders (o_custkey);
CREATE INDEX ON orders (o_orderdate, o_custkey);
CREATE INDEX ON orders USING hash (o_custkey);
CREATE INDEX ON customer (c_nationkey);
CREATE INDEX ON customer (c_mktsegment);
CREATE INDEX ON customer (substring(c_phone from 1 for 2));
CREATE INDEX ON partsupp (ps_suppkey) INCLUDE (ps_supplycost, ps_availqty);
CREATE INDEX ON part (p_size, p_type);
CREATE INDEX ON part (p_brand, p_container);
CREATE INDEX ON part (p_name);
CREATE INDEX ON supplier (s_nationkey);
CREATE INDEX ON nation (n_name);
"""
LIFECEO_MORE = """
CREATE INDEX ON agent_memories USING gin (content);
CREATE INDEX ON conversations USING gin (metadata);
CREATE INDEX ON users USING gist (lower(name) gist_trgm_ops);
CREATE INDEX ON chat_messages USING brin (created_at);
CREATE INDEX ON chat_messages USING hash (conversation_id);
CREATE INDEX ON users USING spgist (email);
CREATE INDEX ON housing USING gin (to_tsvector('english', description));
"""


def lifeceo_indexes() -> str:
    """Return the expert's indexes, and one of each other kind, as a script."""
    return (workload_dir() / "expert.sql").read_text(encoding="utf-8") + LIFECEO_MORE


def tpch_queries() -> list[tuple[str, Sample]]:
    """Return the 22 queries with their names."""
    return [(file.stem, Sample(file.read_text(encoding="utf-8"))) for file in sorted((ROOT / "workloads/tpch/queries").glob("*.sql"))]


def lifeceo_queries(dsn: str) -> list[tuple[str, Sample]]:
    """Return each kind of statement with three sets of its parameters, taken from the database."""
    found = []
    with Client(dsn, application_name="accuracy") as client:
        for statement in read_statements(workload_dir() / "statements.sql"):
            rows = client.rows(f"{statement.parameters} LIMIT 3") if statement.parameters else [()]
            for number, row in enumerate(rows, start=1):
                values = row[1:] if statement.role is Role.APP else row
                # the policy's setting is the session's, on neither side: planned as the owner
                if statement.protocol is Protocol.SIMPLE:
                    sample = Sample(statement.with_values(values))
                else:
                    sample = Sample(statement.text, tuple(values))
                found.append((f"{statement.name} #{number}", sample))
    return found
