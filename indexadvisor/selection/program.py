"""Two mixed-integer programs over what the planner has said so far, solved by HiGHS: the best set known, and the best one possible.

``solve`` takes plans as seen: every set it prices costs what it says or less.

    minimise    sum over statements s, plans p of  weight(s) * cost(s, p) * y(s, p)   +   sum over indexes i of  charge(i) * x(i)
    subject to  sum over p of y(s, p) = 1                        each statement takes one plan
                sum over plans p that need i of y(s, p) <= x(i)  a plan needs its indexes; each is paid for once
                sum over i of size(i) * x(i) <= budget, counts within the limits, required indexes chosen, of each conflict at most one

``relax`` takes what no answer rules out (``rungs.py``): every set costs what it says or more, so its optimum is a bound on all sets.

    minimise    sum over s of weight(s) * (top(s) - sum over rungs k of fall(s, k) * z(s, k))   +   sum over i of charge(i) * x(i)
    subject to  z(s, k) <= z(s, k - 1)                           one rung after the other
                z(s, k) <= sum over i in way of x(i)             for every way off the rung: the set holds something of it
                and the limits on x as above

x is binary; y and z are continuous, since for fixed x their best values are whole. No question is put to the planner here.

Both know a set already, and what it costs. A plan or a rung by which one statement alone would make all dearer than that is left out (of a
rung, every way off it is then a must): what remains are costs of one order of magnitude, also where one statement outweighs the others.
Source: Dash, Polyzotis, Ailamaki, "CoPhy", VLDB 2011, with observed plans in place of INUM's templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum
from typing import Any

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import SelectionError
from indexadvisor.selection.problem import Offer, Plans, Statement
from indexadvisor.selection.rules import Rules, limit_rows
from indexadvisor.selection.rungs import Rung

_PRECISION = 1e-4
_SECONDS = 20.0


@dataclass(frozen=True)
class Solution:
    """A set, and the program's estimate of its weighted cost plus tax (exact where the planner knows no better plan)."""

    indexes: frozenset[IndexDef]
    estimate: float


@dataclass(frozen=True)
class Relaxation:
    """No set within the rules costs less than ``bound``, tax included; ``indexes`` is the set that might cost so little."""

    indexes: frozenset[IndexDef]
    bound: float


def solve(
    plans: Plans, rules: Rules, *, start: frozenset[IndexDef] | None = None, precision: float = _PRECISION, seconds: float = _SECONDS
) -> Solution:
    """Return the best set over the plans seen so far, within ``precision`` (a share) of the optimum; in doubt ``start``, a known set.

    Raises SelectionError when there is none: the required indexes are beyond the limits, or nothing was found in ``seconds``.
    """
    options = {statement: plans.options(statement) for statement in plans.statements}
    if start is not None and rules.permits(start):
        least = sum(statement.weight * choices[0][1] for statement, choices in options.items())
        spare = _spare(estimate(plans, rules.offers, start), least)
        options = {
            statement: tuple(choice for choice in choices if statement.weight * (choice[1] - choices[0][1]) <= spare)
            for statement, choices in options.items()
        }
    needed = {index for choices in options.values() for used, _ in choices for index in used}
    program = _Program(rules, needed | rules.required, sum(statement.weight * choices[-1][1] for statement, choices in options.items()))
    for statement, choices in options.items():
        taken = program.row(1.0, 1.0)
        needs: dict[IndexDef, int] = {}
        for used, cost in choices:
            if used <= program.x.keys():
                y = program.column(statement.weight * cost)
                program.put(taken, y, 1.0)
                for index in sorted(used, key=str):
                    if index not in needs:
                        needs[index] = program.row(None, 0.0)
                        program.put(needs[index], program.x[index], -1.0)
                    program.put(needs[index], y, 1.0)
    found = program.run(start, seconds, relative=precision)
    indexes = start if found is None else found
    if indexes is None or not rules.required <= indexes:
        raise SelectionError("the solver found no set within the limits", hint="allow a larger budget, or require fewer indexes")
    return Solution(indexes, estimate(plans, rules.offers, indexes))


def relax(
    ladders: Mapping[Statement, tuple[Rung, ...]], rules: Rules, *, precision: float, start: frozenset[IndexDef] | None = None,
    cutoff: float = float("inf"), seconds: float = _SECONDS,
) -> Relaxation | None:  # fmt: skip
    """Return the bound over all sets, within ``precision`` (a cost); None where the solver found none in time.

    ``cutoff``: what a known set costs, tax included; where no other could cost less, that is the bound.
    """
    spare = _spare(cutoff, sum(statement.weight * rungs[-1].cost for statement, rungs in ladders.items()))
    low = {
        statement: tuple(rung for rung in rungs if statement.weight * (rung.cost - rungs[-1].cost) <= spare)
        for statement, rungs in ladders.items()
    }
    musts = {way: None for statement, rungs in ladders.items() for rung in rungs[: -len(low[statement])] for way in rung.unless}
    ways = [*musts, *(way for rungs in low.values() for rung in rungs for way in rung.unless)]
    top = sum(statement.weight * rungs[0].cost for statement, rungs in low.items())
    program = _Program(rules, _worth_a_look(ways, rules) | rules.required | (start or frozenset()), top)
    must = _smallest(map(program.numbers, musts))
    program.rows((1.0, float("inf"), dict.fromkeys(sorted(way), 1.0)) for way in must)
    for statement, rungs in low.items():
        above: int | None = None
        told = list(must)
        for rung, lower in pairwise(rungs):
            z = program.column(statement.weight * (lower.cost - rung.cost))
            if above is not None:
                program.rows(((None, 0.0, {z: 1.0, above: -1.0}),))
            for way in map(program.numbers, rung.unless):
                # what a rung above asks for, or any set must have, need not be said again
                if not any(other <= way for other in told):
                    told.append(way)
                    program.rows(((None, 0.0, {z: 1.0, **dict.fromkeys(sorted(way), -1.0)}),))
            above = z
    found = program.run(start, seconds, absolute=precision)
    if program.infeasible and start is not None:
        return Relaxation(start, cutoff)
    return None if found is None else Relaxation(found, min(cutoff, top + program.bound))


def _smallest(sets: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Return the sets that hold no other one."""
    kept: list[frozenset[int]] = []
    for some in sorted(dict.fromkeys(sets), key=len):
        if not any(other <= some for other in kept):
            kept.append(some)
    return kept


def _spare(cost: float, least: float) -> float:
    """Return how much one statement can cost above its least where a whole set is to cost no more than ``cost``, and a little more."""
    return max(0.0, cost - least) + 1e-6 * cost


def _worth_a_look(ways: Iterable[frozenset[IndexDef]], rules: Rules) -> frozenset[IndexDef]:
    """Return the indexes that a bound needs: of two on a table, of which one opens every way of the other, costs no more and is in no
    further conflict, the other is of no use.
    """
    opens: dict[IndexDef, int] = {}
    numbers: dict[TableName, int] = {}
    for way in dict.fromkeys(ways):
        # ways are numbered table by table, which keeps the masks short
        tables = {index.table for index in way}
        for index in way:
            opens[index] = opens.get(index, 0) | 1 << numbers.get(index.table, 0)
        numbers |= {table: numbers.get(table, 0) + 1 for table in tables}
    rivals: dict[IndexDef, set[IndexDef]] = {index: set() for index in opens}
    for a, b in rules.conflicts:
        if a in rivals and b in rivals:
            rivals[a].add(b)
            rivals[b].add(a)
    price = {index: (rules.offers[index].size_bytes or 0, rules.offers[index].charge) for index in opens}
    kept: dict[TableName, list[IndexDef]] = {}
    for index in sorted(opens, key=lambda index: (price[index], -opens[index].bit_count(), str(index))):
        there = kept.setdefault(index.table, [])
        if not any(
            opens[index] & ~opens[other] == 0 and price[other][1] <= price[index][1] and rivals[other] - {index} <= rivals[index]
            for other in there
        ):
            there.append(index)
    return frozenset(index for some in kept.values() for index in some)


def estimate(plans: Plans, offers: Mapping[IndexDef, Offer], indexes: frozenset[IndexDef]) -> float:
    """Return a set's weighted cost by the plans seen so far, plus its tax; the true value is at most this."""
    tax = fsum(offers[index].charge for index in indexes)
    return tax + sum(statement.weight * plans.known(statement, indexes) for statement in plans.statements)


@dataclass
class _Program:
    """Columns and rows on their way to HiGHS; ``x`` has the column of each index. Costs are scaled by ``scale`` to about a thousand."""

    rules: Rules
    wanted: Iterable[IndexDef]
    scale: float
    x: dict[IndexDef, int] = field(default_factory=dict)
    bound: float = 0.0
    infeasible: bool = False

    def __post_init__(self) -> None:
        self._scale = 1e3 / max(1e-9, self.scale)
        self._costs: list[float] = []
        self._rows: list[tuple[float | None, float, dict[int, float]]] = []
        for index in sorted((index for index in self.wanted if self.rules.allows(index)), key=str):
            self.x[index] = self.column(self.rules.offers[index].charge)
        self.rows(limit_rows(self.x, self.rules))

    def column(self, cost: float) -> int:
        """Add a variable between 0 and 1; return its number."""
        self._costs.append(cost * self._scale)
        return len(self._costs) - 1

    def numbers(self, indexes: Iterable[IndexDef]) -> frozenset[int]:
        """Return the columns of these indexes, as far as they are in the program."""
        return frozenset(self.x[index] for index in indexes if index in self.x)

    def row(self, low: float | None, high: float) -> int:
        """Add an empty constraint; return its number."""
        self._rows.append((low, high, {}))
        return len(self._rows) - 1

    def put(self, row: int, column: int, factor: float) -> None:
        """Put a variable into a constraint."""
        self._rows[row][2][column] = factor

    def rows(self, rows: Iterable[tuple[float | None, float, dict[int, float]]]) -> None:
        """Add constraints: low <= sum of factor * variable <= high."""
        self._rows += rows

    def run(
        self, start: frozenset[IndexDef] | None, seconds: float, *, relative: float = 0.0, absolute: float = 0.0
    ) -> frozenset[IndexDef] | None:
        """Minimise; return the chosen indexes and set ``bound``, or None where no answer was found in time."""
        import highspy
        import numpy as np

        if not self.x:
            # nothing to choose: the continuous part is at its best where each takes its only value
            self.bound = 0.0
            return None if self.rules.required else frozenset()
        highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.silent()
        options = {"mip_rel_gap": relative, "mip_abs_gap": max(absolute * self._scale, 1e-6), "time_limit": seconds}
        for name, value in {**options, "random_seed": 1, "threads": 1, "mip_allow_restart": False}.items():
            highs.setOptionValue(name, value)
        count = len(self._costs)
        nothing = np.array([], dtype=np.int32), np.array([], dtype=np.float64)
        highs.addVars(count, np.zeros(count), np.ones(count))
        highs.changeColsCost(count, np.arange(count, dtype=np.int32), np.array(self._costs))
        whole = np.array(list(self.x.values()), dtype=np.int32)
        highs.changeColsIntegrality(len(whole), whole, np.array([highspy.HighsVarType.kInteger] * len(whole)))
        for low, high, terms in self._rows:
            columns = np.fromiter(terms, dtype=np.int32, count=len(terms)), np.fromiter(terms.values(), dtype=np.float64, count=len(terms))
            highs.addRow(-highspy.kHighsInf if low is None else low, high, len(terms), *(columns if terms else nothing))
        if start is not None and self.rules.required <= start:
            highs.setSolution(len(whole), whole, np.array([float(index in start) for index in self.x]))
        highs.run()
        info = highs.getInfo()
        self.bound = info.mip_dual_bound / self._scale
        self.infeasible = highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
            return None
        values = highs.getSolution().col_value
        return frozenset(index for index, column in self.x.items() if values[column] > 0.5)
