"""The engine: who may speak, what is noise, what explains what, in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexadvisor.explain.engine import analyse, applied
from indexadvisor.explain.finding import Advice, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Actual, Plan, PlanNode, numbered
from indexadvisor.explain.rule import PlanRule
from indexadvisor.explain.thresholds import Thresholds
from tests.fakes.plans import plan_from_text, point, simple_analysis


class Says(PlanRule):
    """A rule that finds what it is told to."""

    code, name, severity = "T0", "says", "info"

    def __init__(self, code, *findings, needs=(), explained_by=(), wrong_per_se=False, follows=True):
        self.code, self.name = code, f"says-{code.lower()}"
        self.findings, self.needs, self.explained_by, self.wrong_per_se, self.follows = findings, needs, explained_by, wrong_per_se, follows

    def check(self, analysis):
        for found in self.findings:
            node = None if found.get("node") is None else analysis.plan.nodes[found["node"]]
            yield self.finding(
                found.get("message", self.code), node, **{name: found[name] for name in found if name not in ("node", "message")}
            )

    def follows_from(self, analysis, finding, cause):
        return self.follows


def node(node_type, total_ms, *children, relationship="Outer", loops=1, rows=1.0, **more):
    actual = None if total_ms is None else Actual(rows, loops, 0.0, total_ms)
    return PlanNode(node_type, 0.0, 100.0, rows, 8, children=children, actual=actual, relationship=relationship, **more)


def join(total_ms=100.0):
    """0 Sort / 1 Nested Loop / 2 Seq Scan, 3 Index Scan, 4 an InitPlan."""
    initplan = node("Result", 5.0, relationship="InitPlan", subplan_name="InitPlan 1")
    loop = node("Nested Loop", 90.0, node("Seq Scan", 50.0), node("Index Scan", 20.0, relationship="Inner"), initplan)
    return Plan(numbered(node("Sort", total_ms, loop, relationship=None)), execution_ms=total_ms)


def run(*rules, plan=None, thresholds=None):
    return applied({rule.code: rule for rule in rules}, simple_analysis(plan or join()), thresholds or Thresholds())


def shape(findings):
    return [(found.code, found.node, shape(found.consequences)) for found in findings]


def test_a_cause_below_takes_the_consequence_in():
    loop = Says("T1", {"node": 1, "saving_ms": Interval(10, 80), "severity": "error"}, explained_by=("T2",))
    estimate = Says("T2", {"node": 2, "saving_ms": Interval(20, 30), "confidence": 0.8})
    (found,) = run(loop, estimate).findings
    assert shape([found]) == [("T2", 2, [("T1", 1, [])])]
    assert found.severity == "error", "as severe as what it brings about"
    assert found.saving_ms == Interval(20, 80), "savings above each other overlap: the largest, not the sum"
    assert found.score == pytest.approx(0.5 * 0.8)
    assert found.consequences[0].score == pytest.approx(0.45 * 0.5)


def test_a_chain_of_three():
    spill, loop, estimate = (
        Says("T1", {"node": 0}, explained_by=("T2",)),
        Says("T2", {"node": 1}, explained_by=("T3",)),
        Says("T3", {"node": 3}),
    )
    assert shape(run(spill, loop, estimate).findings) == [("T3", 3, [("T2", 1, [("T1", 0, [])])])]


def test_the_same_node_can_be_the_cause():
    assert shape(run(Says("T1", {"node": 2}, explained_by=("T2",)), Says("T2", {"node": 2})).findings) == [("T2", 2, [("T1", 2, [])])]


@pytest.mark.parametrize(("consequence", "cause"), [(2, 1), (2, 3), (1, 4)], ids=["above", "beside", "in an InitPlan"])
def test_what_hands_no_rows_up_explains_nothing(consequence, cause):
    found = run(Says("T1", {"node": consequence}, explained_by=("T2",)), Says("T2", {"node": cause})).findings
    assert all(not one.consequences for one in found)
    assert len(found) == 2


def test_a_finding_about_the_statement_takes_any_cause():
    assert shape(run(Says("T1", {}, explained_by=("T2",)), Says("T2", {"node": 4})).findings) == [("T2", 4, [("T1", None, [])])]


def test_a_finding_about_the_statement_explains_no_node():
    found = run(Says("T1", {"node": 2}, explained_by=("T2",)), Says("T2", {})).findings
    assert sorted(shape(found), key=str) == [("T1", 2, []), ("T2", None, [])]


def test_the_rule_can_refuse_a_cause():
    assert len(run(Says("T1", {"node": 1}, explained_by=("T2",), follows=False), Says("T2", {"node": 2})).findings) == 2


def test_the_code_named_first_wins_then_the_deepest_node():
    rules = Says("T1", {"node": 0}, explained_by=("T3", "T2")), Says("T2", {"node": 2}), Says("T3", {"node": 1}, {"node": 3})
    assert sorted(shape(run(*rules).findings), key=str) == [("T2", 2, []), ("T3", 1, []), ("T3", 3, [("T1", 0, [])])]


def test_two_that_explain_each_other_are_not_lost():
    found = run(Says("T1", {"node": 1}, explained_by=("T2",)), Says("T2", {"node": 1}, explained_by=("T1",))).findings
    assert shape(found) == [("T2", 1, [("T1", 1, [])])]


def test_a_cause_inside_a_cte_reaches_the_scan_of_it():
    scan = node("CTE Scan", 40.0, details={"CTE Name": "recent"})
    shadowed = node("Seq Scan", 3.0, relationship="InitPlan", subplan_name="CTE recent")
    cte = node("Seq Scan", 30.0, relationship="InitPlan", subplan_name="CTE recent")
    loop = node("Nested Loop", 80.0, cte, scan)
    plan = Plan(numbered(node("Sort", 100.0, shadowed, loop, relationship=None)), execution_ms=100.0)  # 1 shadowed, 2 loop, 3 cte, 4 scan
    assert shape(run(Says("T1", {"node": 2}, explained_by=("T2",)), Says("T2", {"node": 3}), plan=plan).findings) == [
        ("T2", 3, [("T1", 2, [])])
    ]
    apart = run(Says("T1", {"node": 2}, explained_by=("T2",)), Says("T2", {"node": 1}), plan=plan).findings
    assert all(not one.consequences for one in apart), "a CTE of the same name further out is another one"


def test_order_is_score_then_severity_then_rows():
    plan = join()
    rules = [
        Says("T1", {"node": 2, "severity": "error"}),
        Says("T2", {"node": 3, "saving_ms": point(50.0)}),
        Says("T3", {"node": 1, "saving_ms": point(60.0)}),
        Says("T4", {"node": 3, "severity": "warning"}),
        Says("T5", {"severity": "warning"}),
    ]
    expected = ["T3", "T2", "T1", "T4", "T5"]
    assert [found.code for found in run(*rules, plan=plan).findings] == expected
    assert [found.code for found in run(*reversed(rules), plan=plan).findings] == expected


def test_a_saving_is_at_most_the_statement():
    (found,) = run(Says("T1", {"node": 2, "saving_ms": Interval(-3.0, 400.0), "confidence": 1.0})).findings
    assert (found.saving_ms, found.score) == (Interval(0.0, 100.0), 0.5)


@pytest.mark.parametrize(
    ("total_ms", "kept"), [(100.0, True), (5_000.0, False), (500_000.0, False)], ids=["large share", "small share and short", "tiny share"]
)
def test_noise_is_short_and_a_small_share(total_ms, kept):
    result = run(Says("T1", {"node": 4}), plan=join(total_ms))  # node 4 takes 5 ms
    assert (len(result.findings), len(result.noise)) == ((1, 0) if kept else (0, 1))


def test_noise_by_the_thresholds_asked_for():
    assert run(Says("T1", {"node": 4}), plan=join(5_000.0), thresholds=Thresholds(noise_ms=4.0)).noise == ()
    assert run(Says("T1", {"node": 4}), thresholds=Thresholds(noise_share=0.2)).findings == ()


def test_what_is_wrong_per_se_is_never_noise():
    assert run(Says("T1", {"node": 4}, wrong_per_se=True), plan=join(5_000.0)).noise == ()


def test_a_tiny_cause_of_a_large_consequence_is_no_noise():
    plan = join(5_000.0)
    rules = Says("T1", {"node": 0}, explained_by=("T2",)), Says("T2", {"node": 2})
    thresholds = Thresholds(noise_ms=60.0, noise_share=0.5)
    assert run(rules[1], plan=plan, thresholds=thresholds).findings == ()
    assert shape(run(*rules, plan=plan, thresholds=thresholds).findings) == [("T2", 2, [("T1", 0, [])])]


BARE = Plan(PlanNode("Result", 0.0, 1.0, 1.0, 4))


@pytest.mark.parametrize("need", ["analyze", "timing", "buffers", "io_timing", "verbose", "catalog", "wal", "memory", "serialize"])
def test_a_rule_without_what_it_needs_is_silent_and_says_so(need):
    result = run(Says("T1", {"node": 0}, needs=(need,)), plan=BARE)
    assert result.findings == ()
    (skipped,) = result.silent
    assert (skipped.stage, skipped.subject) == ("explain", "T1 says-t1")
    assert skipped.reason


def test_without_times_there_is_no_score_and_no_noise():
    result = run(Says("T1", {"node": 0}), plan=BARE)
    assert [(found.code, found.score, found.saving_ms) for found in result.findings] == [("T1", None, None)]


def test_findings_are_values():
    assert Finding("EX01", "x", "info", "m") == Finding("EX01", "x", "info", "m")


def partitions(node_type="Append"):
    """0 Sort / 1 Append / 2 to 4 scans of partitions."""
    scans = [node("Seq Scan", 20.0, relation=f"orders_{year}") for year in (2022, 2023, 2024)]
    return Plan(numbered(node("Sort", 100.0, node(node_type, 70.0, *scans), relationship=None)), execution_ms=100.0)


def same(*columns):
    return (Advice("index", "an index", columns=columns),)


def test_what_is_the_same_for_all_partitions_is_said_once():
    each = [{"node": number, "saving_ms": Interval(1.0, 2.0 * number), "advice": same("a")} for number in (2, 3, 4)]
    (found,) = run(Says("T1", *each), plan=partitions()).findings
    assert shape([found]) == [("T1", 4, [("T1", 3, []), ("T1", 2, [])])]
    assert found.saving_ms == Interval(3.0, 18.0), "partitions are read one after the other: their savings add up"
    assert found.message == "T1 So it is for 2 more of these partitions."
    assert found.score == pytest.approx(10.5 / 100 * 0.5)


@pytest.mark.parametrize(
    ("plan", "advice"),
    [(partitions("Hash Join"), [same("a")] * 3), (partitions(), [same("a"), same("b"), ()])],
    ids=["no partitions", "other advice"],
)
def test_what_differs_stays_apart(plan, advice):
    each = [{"node": number, "advice": advice[number - 2]} for number in (2, 3, 4)]
    assert len(run(Says("T1", *each), plan=plan).findings) == 3


CASES = Path(__file__).parents[2] / "cases" / "explain" / "rules"


@pytest.mark.parametrize(
    ("case", "chain"),
    [
        ("EX01/fires-one-column.txt", ["EX01", "EX02"]),
        ("EX03/fires-two-equalities.txt", ["EX01", "EX03"]),
        ("EX19/fires-lower.txt", ["EX19", "EX01"]),
        ("EX20/fires-like.txt", ["EX20", "EX01"]),
        ("EX13/fires-or-of-columns.txt", ["EX13", "EX01"]),
        ("EX04/fires-plain-explain.txt", ["EX04", "EX02"]),
    ],
)
def test_rules_about_one_scan_are_one_finding(case, chain):
    text = "".join(line for line in (CASES / case).read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("-- "))
    found = analyse(plan_from_text(text), only=["EX01", "EX02", "EX03", "EX04", "EX13", "EX19", "EX20"]).findings
    assert shape(found) == [(chain[0], 0, [(chain[1], 0, [])])]
