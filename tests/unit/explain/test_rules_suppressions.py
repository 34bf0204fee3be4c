"""EX36: where an estimate is not compared with what was counted, no rule that rests on misestimates speaks (docs/rules/EX36.md)."""

from __future__ import annotations

import pytest

from indexadvisor.explain.engine import report
from indexadvisor.explain.thresholds import Thresholds
from tests.fakes.plans import analysis_of, plan_from_text

CODES = ("EX21", "EX35", "EX37", "EX39", "EX40")


def found(text):
    analysis = analysis_of(plan_from_text(text))
    return {finding.code for finding in report(analysis, Thresholds(noise_share=0.0, noise_ms=0.0), only=CODES).findings}, analysis


def line(what, expected, rows, loops=1, depth=0):
    arrow = "" if depth == 0 else " " * (6 * depth - 4) + "->  "
    counted = f"(actual time=0.010..50.000 rows={rows} loops={loops})" if loops else "(never executed)"
    return f"{arrow}{what}  (cost=0.00..99.00 rows={expected} width=4) {counted}\n"


def extra(text, depth=0):
    return " " * (6 * depth + 2) + text + "\n"


WRONG = line("Hash Join", 1, 1) + extra("Hash Cond: (a.x = b.x)") + line("Seq Scan on a", 5, 50_000, depth=1)
WRONG += extra("Filter: (k = 1)", 1) + line("Hash", 9, 9, depth=1) + line("Seq Scan on b", 9, 9, depth=2)


def test_a_wrong_estimate_is_found_without_an_excuse():
    assert found(WRONG)[0] == {"EX35"}


CASES = {
    "never executed": line("Nested Loop", 9, 0)
    + line("Seq Scan on a", 1, 0, depth=1)
    + line("Index Scan using b_x on b", 90_000, 0, loops=0, depth=1)
    + extra("Index Cond: (x = a.x)", 1),
    "under a LIMIT that was reached": line("Limit", 10, 10) + line("Seq Scan on a", 90_000, 10, depth=1),
    "under a LIMIT, through a join": line("Limit", 10, 10)
    + line("Nested Loop", 90_000, 10, depth=1)
    + line("Seq Scan on a", 90_000, 10, depth=2)
    + line("Index Scan using b_x on b", 1, 1, loops=10, depth=2)
    + extra("Index Cond: (x = a.x)", 2),
    "inner side of a semi join": line("Nested Loop Semi Join", 5, 5)
    + extra("Join Filter: (a.x = b.x)")
    + line("Seq Scan on a", 5, 5, depth=1)
    + line("Seq Scan on b", 90_000, 1, loops=5, depth=1),
    "inner side of an anti join": line("Nested Loop Anti Join", 5, 5)
    + extra("Join Filter: (a.x = b.x)")
    + line("Seq Scan on a", 5, 5, depth=1)
    + line("Seq Scan on b", 90_000, 1, loops=5, depth=1),
    "merge join whose other side ended": line("Merge Join", 9, 9)
    + extra("Merge Cond: (a.x = b.x)")
    + line("Index Scan using a_x on a", 9, 9, depth=1)
    + line("Index Scan using b_x on b", 90_000, 9, depth=1),
    "merge join that reads rows again": line("Merge Join", 90_000, 90_000)
    + extra("Merge Cond: (a.x = b.x)")
    + line("Index Scan using a_x on a", 900, 900, depth=1)
    + line("Index Scan using b_x on b", 900, 90_000, depth=1),
    "bitmaps": line("Bitmap Heap Scan on a", 500, 500)
    + extra("Recheck Cond: ((x = 1) AND (y = 2))")
    + line("BitmapAnd", 500, 0, depth=1)
    + line("Bitmap Index Scan on a_x", 900, 90_000, depth=2)
    + extra("Index Cond: (x = 1)", 2)
    + line("Bitmap Index Scan on a_y", 90_000, 900, depth=2)
    + extra("Index Cond: (y = 2)", 2),
    "a statement that returns nothing": line("Update on a", 90_000, 0) + line("Seq Scan on a", 90_000, 90_000, depth=1),
    "fewer than a hundred rows apart": line("Hash Join", 1, 1)
    + extra("Hash Cond: (a.x = b.x)")
    + line("Seq Scan on a", 1, 90, depth=1)
    + line("Hash", 9, 9, depth=1)
    + line("Seq Scan on b", 9, 9, depth=2),
    "ten times, but over all loops": line("Nested Loop", 5_000, 5_000)
    + line("Seq Scan on a", 1_000, 1_000, depth=1)
    + line("Index Scan using b_x on b", 5, 5, loops=1_000, depth=1)
    + extra("Index Cond: (x = a.x)", 1),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_compared_is_not_judged(name):
    codes, analysis = found(CASES[name])
    assert codes == set()
    if name in {"fewer than a hundred rows apart", "ten times, but over all loops"}:
        return
    assert any(count.excuse is not None for count in analysis.rows.values()), "the case shows an excuse at work"


def test_nodes_above_a_wrong_estimate_are_not_blamed():
    above = line("Sort", 5, 50_000) + extra("Sort Key: a.x") + line("Hash Join", 5, 50_000, depth=1) + extra("Hash Cond: (a.x = b.x)", 1)
    above += line("Seq Scan on a", 5, 50_000, depth=2) + line("Hash", 9, 9, depth=2) + line("Seq Scan on b", 9, 9, depth=3)
    _, analysis = found(above)
    findings = report(analysis, Thresholds(), only=["EX35"]).findings
    assert [analysis.plan.nodes[finding.node].relation for finding in findings] == ["a"]


def test_a_lookup_that_is_wrong_in_each_loop_is_found():
    text = line("Nested Loop", 1_000, 100_000) + line("Seq Scan on a", 1_000, 1_000, depth=1)
    text += line("Index Scan using b_x on b", 1, 100, loops=1_000, depth=1) + extra("Index Cond: (x = a.x)", 1)
    _, analysis = found(text)
    (finding,) = report(analysis, Thresholds(), only=["EX35"]).findings
    assert analysis.plan.nodes[finding.node].relation == "b"
    assert finding.severity == "warning"
