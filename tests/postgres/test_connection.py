"""The session against a real server: read-only, one captured statement at a time, errors as sentences."""

from __future__ import annotations

import pytest

from indexadvisor.db.connection import Session
from indexadvisor.errors import ConnectionFailed, StatementFailed
from indexadvisor.explain.parse import from_json


@pytest.mark.parametrize("version", ["db15", "db18"])
def test_explains_captured_text_with_parameters(request, run_sql, version):
    dsn = request.getfixturevalue(version)
    run_sql(dsn, "CREATE TABLE orders (id int PRIMARY KEY, note text)")
    with Session(dsn) as session:
        rows = session.captured("EXPLAIN (FORMAT JSON)", "select * from orders where id = $1 -- 100%", ["7"])
        assert from_json(rows[0][0]).root.relation == "orders"
        rows = session.captured("EXPLAIN (FORMAT JSON)", "update orders set note = '%' where id = 7;")
        assert from_json(rows[0][0]).root.node_type == "ModifyTable"


def test_a_second_statement_is_refused_by_the_server(db15, run_sql):
    run_sql(db15, "CREATE TABLE orders (id int)")
    with Session(db15) as session, pytest.raises(StatementFailed) as caught:
        session.captured("EXPLAIN (FORMAT JSON)", "select 1; drop table orders")
    assert caught.value.sqlstate == "42601"


def test_the_session_cannot_write(db15, run_sql):
    run_sql(db15, "CREATE TABLE orders (id int)")
    with Session(db15) as session, pytest.raises(StatementFailed) as caught:
        session.rows("DROP TABLE orders")
    assert caught.value.sqlstate == "25006"


def test_no_connection_is_a_sentence():
    with pytest.raises(ConnectionFailed) as caught:
        Session("host=/nowhere dbname=shop password=hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint
