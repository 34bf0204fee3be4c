"""Advice that is not an index, put to the planner where it can be: settings, and indexes that exist and are not taken.

What only a run or fresh statistics could show (ANALYZE, extended statistics, VACUUM) is marked untested, with what the catalog knows of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from indexadvisor.catalog.model import Table
from indexadvisor.diagnosis.index_choice import WORTHWHILE
from indexadvisor.diagnosis.model import OtherKind, TriedOther
from indexadvisor.diagnosis.relations import Relations
from indexadvisor.diagnosis.settings import ALLOWED, SettingsTrial, comparable
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.diff import diff
from indexadvisor.explain.finding import Advice, Finding
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.workload.model import Sample

_NO_SESSION = "no session to plan on under other settings"
_LADDER_MB = (16, 64, 256, 1024)
"""Sizes of work_mem tried where a finding names none; more is no answer, as the setting holds for every sort and hash at once."""
_NOT_TAKEN = re.compile(r"^(?:The index )?(.+?) (?:on .+ )?exists(?: and was not taken)?:", re.DOTALL)
_FAST_STORAGE = "1.1"
_NO_INDEX = {"enable_indexscan": "off", "enable_indexonlyscan": "off", "enable_bitmapscan": "off"}
_MB = 1024
_Test = Callable[[Finding, Advice], TriedOther]
_UNITS_KB = {"B": 1 / 1024, "kB": 1, "MB": 1024, "GB": 1024 * 1024, "TB": 1024**3}


def plannable(advice: Advice) -> bool:
    """Return whether the planner can be asked about an advice here: a setting of its own, or an index that it does not take."""
    return (advice.kind == "setting" and (advice.setting is not None or "work_mem" in advice.text)) or _existing(advice) is not None


class OtherTrial:
    """The advice of one plan's findings that is not an index. ``settings`` is None where there is no session to ask on."""

    def __init__(self, given: Plan, relations: Relations, sample: Sample, settings: SettingsTrial | None) -> None:
        self._given = given
        self._relations = relations
        self._sample = sample
        self._settings = settings

    def outcomes(self, findings: Iterable[Finding]) -> Iterator[TriedOther]:
        """Yield what became of each advice, in the order of findings."""
        for finding in findings:
            for advice in finding.advice:
                tests = self._existing_tests if _existing(advice) is not None else self._tests.get(advice.kind)
                if tests is not None and (advice.kind != "setting" or plannable(advice)):
                    yield self._guarded(finding, advice, *tests)

    @property
    def _existing_tests(self) -> tuple[OtherKind, _Test]:
        return "existing index", self._existing_index

    @property
    def _tests(self) -> Mapping[str, tuple[OtherKind, _Test]]:
        return {
            "setting": ("setting", self._setting), "analyze": ("analyze", self._analyze),
            "statistics": ("statistics", self._statistics), "vacuum": ("vacuum", self._vacuum),
        }  # fmt: skip

    def _guarded(self, finding: Finding, advice: Advice, kind: OtherKind, test: _Test) -> TriedOther:
        try:
            return test(finding, advice)
        except StatementFailed as error:
            return TriedOther(finding, kind, "untested", f"the planner refused the statement: {error}")

    def _setting(self, finding: Finding, advice: Advice) -> TriedOther:
        if self._settings is None:
            return _untested(finding, "setting", _NO_SESSION)
        if advice.setting is None:
            return self._memory(finding, self._settings)
        name, value = advice.setting
        if name == "jit":
            return self._jit(finding, self._settings)
        if name == "plan_cache_mode":
            return self._custom_plan(finding, self._settings)
        if name not in ALLOWED:
            return _untested(finding, "setting", f"{name} is no setting of the planner")
        return self._changed(finding, self._settings, name, value)

    def _changed(self, finding: Finding, settings: SettingsTrial, name: str, value: str) -> TriedOther:
        here, sql = settings.value(name), f"SET LOCAL {name} = '{value}'"
        before = settings.present
        if here == value:
            where = "" if name in self._given.settings else " on this server, and may have been otherwise when the plan was made"
            return TriedOther(finding, "setting", "withdrawn", f"{name} is {value} already{where}", sql, before.total_cost)
        if name == "work_mem" and kilobytes(here) >= kilobytes(value):
            words = f"work_mem is {here} here, which is enough: it was less when the plan was made"
            return TriedOther(finding, "setting", "withdrawn", words, sql, before.total_cost)
        after = settings.plan({name: value})
        if comparable(before) and after.total_cost < before.total_cost * WORTHWHILE:
            return _taken(finding, "setting", f"{name} = {value} ({here} today)", sql, before, after)
        if not comparable(before) and comparable(after):
            words = f"tested: with {name} = {value} nothing forbidden is needed; the statement then costs {after.total_cost:,.2f}"
            return TriedOther(finding, "setting", "taken", words, sql, None, after.total_cost, changes=diff(before, after))
        return self._no_cheaper(finding, name, value, sql, before, after)

    def _no_cheaper(self, finding: Finding, name: str, value: str, sql: str, before: Plan, after: Plan) -> TriedOther:
        costs = before.total_cost, after.total_cost
        if name in {"work_mem", "hash_mem_multiplier"}:
            node = self._relations.node(finding)
            rows = "" if node is None or node.rows is None else f", as it expects {node.rows:,.0f} rows at this node"
            words = f"the planner does not count on the temporary files{rows}: its cost stays {costs[1]:,.2f}, only a run can tell"
            return TriedOther(finding, "setting", "untested", words, sql, *costs)
        words = f"with {name} = {value} the statement would cost {costs[1]:,.2f} instead of {costs[0]:,.2f}"
        return TriedOther(finding, "setting", "withdrawn", words, sql, *costs, changes=diff(before, after))

    def _memory(self, finding: Finding, settings: SettingsTrial) -> TriedOther:
        """Find the least work_mem at which the plan costs less, where a finding names no size."""
        before, here = settings.present, settings.value("work_mem")
        for size_mb in _LADDER_MB:
            if size_mb * _MB <= kilobytes(here):
                continue
            after = settings.plan({"work_mem": f"{size_mb}MB"})
            if after.total_cost < before.total_cost * WORTHWHILE:
                sql = f"SET LOCAL work_mem = '{size_mb}MB'"
                return _taken(finding, "setting", f"work_mem = {size_mb}MB ({here} today)", sql, before, after)
        words = f"no work_mem from {here} up to {_LADDER_MB[-1]}MB changes what the planner expects the statement to cost"
        return TriedOther(finding, "setting", "withdrawn", words, None, before.total_cost, before.total_cost)

    def _jit(self, finding: Finding, settings: SettingsTrial) -> TriedOther:
        if not settings.compiles():
            return _untested(finding, "setting", "this source of cost cannot compile statements, so that its plan does not show it")
        before, sql = settings.present, "SET LOCAL jit = off"
        if before.jit is None:
            above = settings.value("jit_above_cost")
            words = f"the statement is not compiled here: it costs {before.total_cost:,.2f}, jit_above_cost is {above}"
            return TriedOther(finding, "setting", "withdrawn", words, sql, before.total_cost)
        after = settings.plan({"jit": "off"})
        took = self._given.jit.total_ms if self._given.jit is not None else None
        spent = "" if took is None else f", which took {took:,.1f} ms in the plan given"
        words = f"tested: without jit nothing is compiled{spent}; the planner's cost does not count it and stays {after.total_cost:,.2f}"
        return TriedOther(finding, "setting", "taken", words, sql, before.total_cost, after.total_cost, changes=diff(before, after))

    def _custom_plan(self, finding: Finding, settings: SettingsTrial) -> TriedOther:
        """Plan for the values against the plan for any value; both by the same planner."""
        if not self._sample.parameters:
            return _untested(finding, "setting", "the values of the parameters are not known")
        generic, custom = settings.plan({}, Sample(self._sample.text, None)), settings.present
        found = diff(generic, custom)
        costs = generic.total_cost, custom.total_cost
        sql = "SET LOCAL plan_cache_mode = force_custom_plan"
        if found.same_shape:
            words = f"planned for its values the statement is run in the same way (cost {costs[1]:,.2f}, for any value {costs[0]:,.2f})"
            return TriedOther(finding, "setting", "withdrawn", words, sql, *costs, changes=found)
        words = (
            f"tested: for its values the planner chooses another plan, of cost {costs[1]:,.2f};"
            f" the plan for any value counts {costs[0]:,.2f}, which rests on averages"
        )
        return TriedOther(finding, "setting", "taken", words, sql, *costs, changes=found)

    def _existing_index(self, finding: Finding, advice: Advice) -> TriedOther:
        """Find out why an index that exists is not taken: forbid sequential scans, then make random reads as cheap as on fast storage."""
        scan, settings = self._relations.scan(finding), self._settings
        if settings is None or scan is None:
            return _untested(finding, "existing index", _NO_SESSION if settings is None else "the node reads no table")
        present = settings.present
        name, cost = _existing(advice), present.total_cost
        reader = self._relations.reader(present, scan)
        if reader is not None:
            words = f"the source reads {scan.relation} through {reader.index or 'an index'} today"
            return TriedOther(finding, "existing index", "withdrawn", words, None, cost)
        forced = settings.plan({"enable_seqscan": "off"})
        reader = self._relations.reader(forced, scan)
        if reader is None:
            words = f"even with sequential scans forbidden the planner does not use {name}: the condition does not fit it"
            return TriedOther(finding, "existing index", "withdrawn", words, None, cost)
        if not comparable(forced):
            words = f"{name} can be used; what it would cost alone cannot be told, as another table can only be read sequentially"
            return _untested(finding, "existing index", words)
        return self._judged_dear(finding, settings, scan, forced)

    def _judged_dear(self, finding: Finding, settings: SettingsTrial, scan: PlanNode, forced: Plan) -> TriedOther:
        present = settings.present
        dear = f"through the index the statement would cost {forced.total_cost:,.2f}, and {present.total_cost:,.2f} as it is"
        cheap = settings.plan({"random_page_cost": _FAST_STORAGE})
        reader = self._relations.reader(cheap, scan)
        if reader is None:
            words = f"the planner knows the index and judges it dearer: {dear}, also with random_page_cost = {_FAST_STORAGE}"
            found = diff(present, forced)
            return TriedOther(finding, "existing index", "withdrawn", words, None, present.total_cost, forced.total_cost, changes=found)
        without = settings.plan({"random_page_cost": _FAST_STORAGE, **_NO_INDEX})
        words = (
            f"at random_page_cost = {settings.value('random_page_cost')} {dear}; at {_FAST_STORAGE} the planner takes it:"
            f" {cheap.total_cost:,.2f} instead of {without.total_cost:,.2f}"
        )
        return TriedOther(
            finding, "existing index", "taken", words, f"SET LOCAL random_page_cost = {_FAST_STORAGE}", without.total_cost,
            cheap.total_cost, "random reads cost little more than sequential ones on this storage (SSD, or cached data)",
            changes=diff(without, cheap),
        )  # fmt: skip

    def _analyze(self, finding: Finding, advice: Advice) -> TriedOther:
        scan = self._relations.scan(finding)
        known = _statistics_state(None if scan is None else self._relations.table(scan))
        return _untested(finding, "analyze", f"what ANALYZE would find cannot be known without reading the rows; {known}", advice.sql)

    def _statistics(self, finding: Finding, advice: Advice) -> TriedOther:
        words = "statistics that do not exist yet hold nothing to plan with: create them, ANALYZE, and compare the estimate of this node"
        if (advice.sql or "").startswith("ALTER STATISTICS"):
            words = "what a larger sample would hold cannot be known without taking it: ANALYZE, and compare the estimate of this node"
        return _untested(finding, "statistics", words, advice.sql)

    def _vacuum(self, finding: Finding, advice: Advice) -> TriedOther:
        scan = self._relations.scan(finding)
        table = None if scan is None else self._relations.table(scan)
        counted = None if table is None or not table.pages else f"{table.all_visible_pages:,} of {table.pages:,}"
        share = "" if counted is None else f"; the catalog counts {counted} pages all-visible"
        return _untested(finding, "vacuum", f"what VACUUM would free cannot be planned with{share}", advice.sql)


def kilobytes(setting: str) -> float:
    """Return a memory setting in kB, 0 for what is none.

    >>> kilobytes("64MB"), kilobytes("4096")
    (65536.0, 4096.0)
    """
    found = re.fullmatch(r"(\d+)\s*([kMGT]?B)?", setting.strip())
    return 0.0 if found is None else float(found[1]) * _UNITS_KB[found[2] or "kB"]


def _taken(finding: Finding, kind: OtherKind, what: str, sql: str, before: Plan, after: Plan) -> TriedOther:
    words = f"tested: with {what} the statement costs {after.total_cost:,.2f} instead of {before.total_cost:,.2f}"
    return TriedOther(finding, kind, "taken", words, sql, before.total_cost, after.total_cost, changes=diff(before, after))


def _untested(finding: Finding, kind: OtherKind, why: str, sql: str | None = None) -> TriedOther:
    return TriedOther(finding, kind, "untested", why, sql)


def _existing(advice: Advice) -> str | None:
    """Return the index that an advice says exists and was not taken."""
    found = _NOT_TAKEN.match(advice.text) if advice.kind == "none" and "exists" in advice.text else None
    return None if found is None else found[1]


def _statistics_state(table: Table | None) -> str:
    if table is None or table.activity is None:
        return "how old its statistics are is not known here"
    if table.activity.last_analyzed is None and table.rows is None:
        return f"{table.name} was never analyzed"
    when = "" if table.activity.last_analyzed is None else f" since {table.activity.last_analyzed:%Y-%m-%d %H:%M}"
    return f"{table.activity.modified_since_analyze:,} of some {table.activity.live_rows:,} rows of {table.name} have changed{when}"
