"""What the text of a case does not show: calls, the calls of foreign keys, order, and the reasons for what was left out."""

from __future__ import annotations

import pytest

from indexadvisor.findings import Skipped
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.model import UseKind
from indexadvisor.usage.parse import MAX_QUERY_DEPTH, Refused, parse_statement
from tests.fakes.schema import catalog_from_sql, workload_from_sql

PARENT = """
CREATE TABLE users (id bigint PRIMARY KEY, code text UNIQUE, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, user_code text REFERENCES users (code));
"""


def calls_of(queries, schema=PARENT):
    return dict(usage_graph(workload_from_sql(queries), catalog_from_sql(schema)).calls)


def test_a_foreign_key_is_probed_as_often_as_its_parent_loses_rows():
    calls = calls_of("-- query id=a calls=12\nDELETE FROM users WHERE id = $1\n-- query id=b calls=5\nDELETE FROM users WHERE code = $1")
    assert calls == {"a": 12, "b": 5, "fk:orders_user_id_fkey": 17, "fk:orders_user_code_fkey": 17}


def test_an_update_probes_only_the_foreign_keys_to_what_it_sets():
    calls = calls_of("-- query id=a calls=12\nUPDATE users SET code = $1 WHERE id = $2")
    assert calls == {"a": 12, "fk:orders_user_code_fkey": 12}


def test_without_deletes_in_the_workload_the_counters_of_the_parent_count():
    calls = calls_of("-- query id=a calls=12\nSELECT 1 FROM users", PARENT + "-- activity users deleted=70\n")
    assert calls == {"a": 12, "fk:orders_user_id_fkey": 70, "fk:orders_user_code_fkey": 70}


def test_inserts_into_the_parent_probe_nothing():
    assert calls_of("-- query id=a calls=12\nINSERT INTO users (id, code) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING") == {"a": 12}


def test_a_delete_from_a_partition_probes_what_refers_to_its_root():
    schema = """
    CREATE TABLE logs (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE notes (log_id bigint, log_at date, FOREIGN KEY (log_id, log_at) REFERENCES logs);
    """
    usage = usage_graph(workload_from_sql("-- query id=a calls=2\nDELETE FROM logs_1 WHERE id = $1"), catalog_from_sql(schema))
    (probe,) = (relation for relation in usage.relations if relation.query_id.startswith("fk:"))
    assert [(use.kind, use.column, use.partner.column) for use in probe.uses] == [
        (UseKind.JOIN, "log_id", "id"),
        (UseKind.JOIN, "log_at", "at"),
    ]


def test_the_order_is_that_of_the_workload():
    queries = "".join(f"-- query id=q{number} calls={number}\nSELECT name FROM users WHERE id = {number}\n" for number in (3, 1, 2))
    usage = usage_graph(workload_from_sql(queries), catalog_from_sql(PARENT))
    assert [relation.query_id for relation in usage.relations] == ["q3", "q1", "q2"]


def test_what_is_left_out_is_named_once():
    usage = usage_graph(workload_from_sql("-- query id=q7\nSELECT nope, nope FROM users WHERE nope = 1"), catalog_from_sql(PARENT))
    assert usage.skipped == (Skipped("usage", "query q7", "column nope does not exist in the tables the query names"),)


def test_a_view_that_cannot_be_read_is_named_and_the_rest_goes_on():
    schema = PARENT + "CREATE VIEW odd AS SELECT id, user_id FROM ONLY (orders);\n"
    queries = "-- query id=q\nSELECT odd.id FROM odd JOIN users u ON u.id = odd.user_id WHERE u.code = $1"
    usage = usage_graph(workload_from_sql(queries), catalog_from_sql(schema))
    assert [(relation.table.name, relation.of(UseKind.EQUALITY)[0].column) for relation in usage.relations] == [("users", "code")]
    assert usage.skipped[0].reason.startswith("view odd is not understood: ")


@pytest.mark.parametrize("depth", [MAX_QUERY_DEPTH, MAX_QUERY_DEPTH + 1])
def test_the_depth_of_subqueries_has_a_limit(depth):
    text = "SELECT id FROM users WHERE id IN " + "(SELECT id FROM users WHERE id IN " * depth + "(1)" + ")" * depth
    usage = usage_graph(workload_from_sql(f"-- query id=q\n{text}"), catalog_from_sql(PARENT))
    if depth > MAX_QUERY_DEPTH:
        assert usage.skipped == (Skipped("usage", "query q", "nested too deeply"),)
    else:
        assert len(usage.relations) == depth + 1


def test_thousands_of_terms_are_no_trouble():
    text = "SELECT id FROM users WHERE " + " OR ".join(f"id = {number}" for number in range(3000))
    usage = usage_graph(workload_from_sql(f"-- query id=q\n{text}"), catalog_from_sql(PARENT))
    assert len(usage.relations[0].of(UseKind.EQUALITY)) == 3000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("-- nothing", "empty"),
        ("SELECT 'open", "PostgreSQL's parser refuses it: unterminated quoted string"),
        ("COPY users FROM STDIN", "not a SELECT, INSERT, UPDATE, DELETE or MERGE"),
        ("SELECT 1; DROP TABLE users", "more than one statement"),
    ],
)
def test_refusals_say_why(text, reason):
    with pytest.raises(Refused, match=reason):
        parse_statement(text)
