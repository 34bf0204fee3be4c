"""What must hold of any statement: no crash, the same answer twice, and nothing recorded that PostgreSQL's grammar refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pgparse
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexadvisor.lexer import significant
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.rewrite import rewritten
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.schema import catalog_from_sql

CASES = sorted((Path(__file__).parents[2] / "cases" / "usage").glob("*.sql"))
SCHEMA = """
CREATE TABLE t (id bigint PRIMARY KEY, a text, b int, c boolean, d jsonb, e text[], f timestamptz);
CREATE TABLE u (id bigint PRIMARY KEY, t_id bigint REFERENCES t, a text);
CREATE VIEW v AS SELECT t.id, lower(t.a) AS low, u.a FROM t LEFT JOIN u ON u.t_id = t.id;
"""
CATALOG = catalog_from_sql(SCHEMA)


def statements():
    """Every query text of the cases."""
    for path in CASES:
        queries = re.search(r"(?s)(-- query\b.*?)-- expect\n", path.read_text())
        assert queries
        for block in re.split(r"(?m)^-- (?:query|sample)\b.*\n", queries[1])[1:]:
            yield re.sub(r"(?m)^-- parameters .*\n?", "", block).strip().rstrip(";")


def group(text, parameters=None):
    return QueryGroup("q", text, text, StatementKind.SELECT, 5, (Sample(text, parameters),))


def without_places(node):
    """A parse tree without locations, and without what OPERATOR( ) and explicit casts write differently."""
    if isinstance(node, dict):
        return {
            key: without_places(value)
            for key, value in node.items()
            if key not in {"location", "stmt_len", "stmt_location", "list_start", "list_end"}
        }
    return [without_places(each) for each in node] if isinstance(node, list) else node


def like_as_operator(text):
    """Whether a statement uses spellings whose tree differs though the meaning does not, or is too deep to compare."""
    return re.search(r"(?i)\b(date|interval|inet|box|point)\s+(\$|')", text) is not None or text.count("(") > 100


@pytest.mark.parametrize("text", [each for each in statements() if not like_as_operator(each)])
def test_the_rewriting_changes_nothing_for_postgres(text):
    try:
        before = pgparse.parse(text)
    except (pgparse.PGQueryError, RecursionError):
        return
    assert without_places(pgparse.parse(rewritten(text))) == without_places(before)


_CONDITIONS = st.recursive(
    st.sampled_from(
        ["t.a = $1", "a LIKE 'x%'", "b IN (1, 2)", "c", "NOT c", "d ->> 'k' = $2", "d @> $3", "e && $4", "f >= now() - interval '1 day'",
         "lower(t.a) = 'x'", "t.id = (SELECT max(id) FROM u)", "EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)", "(f, id) < ($5,$6)",
         "t.id IN (SELECT t_id FROM u WHERE a = $1)", "nope = 1", "f IS NULL", "c = true", "t.b BETWEEN 1 AND t.id", "$1 = ANY(e)", "t"]
    ),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner), st.builds("({} OR {})".format, inner, inner), st.builds("NOT ({})".format, inner)
    ),
    max_leaves=8,
)  # fmt: skip
_SOURCES = st.sampled_from(
    ["t", "v AS t JOIN t AS x ON x.id = t.id", "t JOIN u ON u.t_id = t.id", "(SELECT * FROM t WHERE c LIMIT 5) t", "v t"]
)
_ENDS = st.sampled_from(["", " ORDER BY 1", " ORDER BY t.id DESC LIMIT 5", " GROUP BY 1", " FOR UPDATE"])


@settings(max_examples=150, deadline=None)
@given(st.builds("SELECT t.id FROM {} WHERE {}{}".format, _SOURCES, _CONDITIONS, _ENDS))
def test_any_combination_is_analysed_the_same_way_twice(text):
    workload = Workload((group(text),))
    usage = usage_graph(workload, CATALOG)
    assert usage == usage_graph(workload, CATALOG)
    for relation in usage.relations:
        table = CATALOG.table(relation.table)
        assert table is not None
        for use in relation.uses:
            assert set(use.columns) <= {column.name for column in table.columns}
            for sql in filter(None, (use.expression, use.predicate)):
                assert len(pgparse.parse(f"SELECT ({sql})")) == 1


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(list(statements())), st.data())
def test_damaged_statements_never_end_the_run(text, data):
    pieces = [text[token.start : token.end] for token in significant(text)][:200]
    if pieces:
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(pieces) - 1))
            pieces[place] = data.draw(st.sampled_from(["", "(", ")", "SELECT", "t.*", "NULL", "$1", "'", "@>", "::int", "a", ",", "*"]))
    usage = usage_graph(Workload((group(" ".join(pieces)), group("SELECT a FROM t WHERE b = 1"))), CATALOG)
    assert usage.relations[-1].uses or usage.skipped


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_refused_with_a_reason_or_analysed(text):
    usage = usage_graph(Workload((group(text),)), CATALOG)
    assert usage.relations or usage.skipped
