"""Candidates that only a limit asks for: columns that lead a wider index, and covering keys where INCLUDE is off."""

from __future__ import annotations

import pytest

from indexadvisor.candidates.generate import generate
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql

SCHEMA = """
CREATE TABLE line (order_id integer, number integer, part integer, price integer, PRIMARY KEY (order_id, number));
"""
LOAD = """
-- query id=q0 calls=10
SELECT price FROM line WHERE part = 5;
-- query id=q1 calls=10
SELECT price FROM line WHERE order_id = 5;
"""


def found(**limits):
    catalog = catalog_from_sql(SCHEMA)
    usage = usage_graph(workload_from_sql(LOAD), catalog)
    return {str(each.index): each.query_ids for each in generate(usage, catalog, Limits(**limits)).candidates}


@pytest.mark.parametrize("asked", [False, True])
def test_the_leading_column_of_a_wider_index_is_a_candidate_only_when_asked_for(asked):
    candidates = found(leading_columns=asked)
    assert candidates.get("line btree (order_id)") == (("q1",) if asked else None)


def test_tables_left_alone_get_no_leading_column_either():
    assert not found(leading_columns=True, exclude=("line",))


def test_without_include_the_covered_columns_become_keys():
    assert "line btree (part) INCLUDE (price)" in found()
    without = found(covering=False)
    assert "line btree (part, price)" in without
    assert not any("INCLUDE" in text for text in without)
