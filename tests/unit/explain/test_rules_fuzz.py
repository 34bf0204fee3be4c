"""Whatever a plan says, rules neither fail nor say what cannot be."""

from __future__ import annotations

from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from indexadvisor.errors import CaptureError
from indexadvisor.explain.engine import analyse
from indexadvisor.explain.finding import SEVERITIES
from indexadvisor.explain.plan import Actual, Buffers, Plan, PlanNode, numbered
from indexadvisor.explain.reading import read

CASES = Path(__file__).parents[2] / "cases" / "explain" / "rules"
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(CASES.glob("EX*/*.txt"))]
NODE_TYPES = [
    *("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "BitmapOr", "CTE Scan"),
    *("Nested Loop", "Hash Join", "Merge Join", "Hash", "Sort", "Limit", "Aggregate", "Append", "Gather", "Memoize", "Materialize", "Foo"),
]
CONDITIONS = [
    *("(a = 1)", "((a = 1) OR (lower(b) = 'x'::text))", "(((a + b) > 3) AND (c ~~ '%x%'::text))", "(NOT (hashed SubPlan 1))", "((("),
    *(
        "",
        "'",
        "a = ANY",
        "(a ~ '['::text)",
        '("A b"."c" = $1)',
        "(tags @> '{x}'::text[])",
        "(x.a = y.b)",
        "((a)::date = '2024-01-01'::date)",
    ),
]
amounts = st.one_of(st.floats(0, 1e12), st.integers(0, 10**9), st.sampled_from(["x", None, True, [], {}]))
details = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(["Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Join Filter", "Order By"], st.sampled_from(CONDITIONS)),
        **dict.fromkeys(["Rows Removed by Filter", "Rows Removed by Index Recheck", "Heap Fetches", "Index Searches"], amounts),
        **dict.fromkeys(["Lossy Heap Blocks", "Exact Heap Blocks", "Disabled"], amounts),
        "Output": st.lists(st.sampled_from(["a", "x.b", "lower(a)", "ctid", '"A b"', "("]), max_size=4),
        "CTE Name": st.sampled_from(["a", "b"]),
    },
)
actuals = st.builds(Actual, rows=st.floats(0, 1e9), loops=st.integers(0, 10**6), startup_ms=st.just(0.0), total_ms=st.floats(0, 1e6))


@st.composite
def nodes(draw, depth=2):
    kind = draw(st.sampled_from(NODE_TYPES))
    children = draw(st.lists(nodes(depth - 1), max_size=2)) if depth else []
    return PlanNode(
        kind,
        *(0.0, draw(st.one_of(st.none(), st.floats(0, 1e11))), draw(st.one_of(st.none(), st.floats(0, 1e9))), 8),
        relation=draw(st.sampled_from([None, "t", "x y"])),
        alias=draw(st.sampled_from([None, "x"])),
        schema=draw(st.sampled_from([None, "public", "pg_catalog", 'a"b'])),
        index=draw(st.sampled_from([None, "i"])),
        children=tuple(children),
        details=draw(details),
        relationship=draw(st.sampled_from(["Outer", "Inner", "Member", "InitPlan", "SubPlan"])),
        subplan_name=draw(st.sampled_from([None, "CTE a", "CTE b", "InitPlan 1", "SubPlan 1"])),
        actual=draw(st.one_of(st.none(), actuals)),
        buffers=draw(st.one_of(st.none(), st.builds(Buffers, st.integers(0, 10**7), st.integers(0, 10**7)))),
    )


def every(findings):
    for finding in findings:
        yield finding
        yield from every(finding.consequences)


def holds(plan):
    report = analyse(plan)
    for finding in every((*report.findings, *report.noise)):
        assert finding.severity in SEVERITIES
        assert finding.message
        assert 0 <= finding.confidence <= 1
        assert finding.node is None or finding.node in plan.nodes
        assert finding.score is None or 0 <= finding.score <= 1
        if finding.saving_ms is not None and finding.score is not None:
            assert 0 <= finding.saving_ms.low <= finding.saving_ms.high <= report.times.statement_ms
    scores = [finding.score or 0.0 for finding in report.findings]
    assert scores == sorted(scores, reverse=True)


@given(nodes())
@settings(max_examples=60, deadline=None, derandomize=True, phases=[Phase.generate])
def test_any_tree(root):
    holds(Plan(numbered(root), execution_ms=10.0))


@given(
    st.sampled_from(TEXTS),
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["", "(", ")", "'", "0", "9" * 30, "\n", " -> "])), max_size=8),
)
@settings(max_examples=60, deadline=None, derandomize=True, phases=[Phase.generate])
def test_real_plans_with_holes(text, edits):
    for place, piece in edits:
        at = place % (len(text) + 1)
        text = text[:at] + piece + text[at + 3 :]
    try:
        plans = read(text).plans
    except CaptureError:
        return
    for plan in plans:
        holds(plan)
