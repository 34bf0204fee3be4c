"""What the workload loses with the existing indexes that may go, asked of the planner where it can be made to look away from them.

All that may go is hidden at once, with the chosen indexes in place: that is what a person who follows the whole advice ends up with. Only
statements whose plan uses one of them need asking; the others keep their plan (``whatif/cache.py`` says why). An index that would be
proposed if it were not there, by what it saves against its write tax and the limits asked for, stays: one rule for both directions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from indexadvisor.catalog.model import Catalog, Index, IndexDef, TableName
from indexadvisor.findings import Skipped
from indexadvisor.selection.drops import attached
from indexadvisor.selection.model import Drop, QueryEffect
from indexadvisor.selection.parallel import in_parallel
from indexadvisor.selection.problem import Deadline, Plans, Statement
from indexadvisor.settings import Limits, Progress, silent

_UNKNOWN = "captured queries use it, and what they cost without it is not known: measure in staging, or ask the lab (--what-if lab)"
_EARNS = "{}, but it earns its keep: without it the captured queries that use it would cost {} more"


@dataclass(frozen=True)
class Questions:
    """How the planner is asked: the chosen set, the statements' answers so far, how many at once, and until when."""

    plans: Plans
    chosen: frozenset[IndexDef]
    catalog: Catalog
    deadline: Deadline
    jobs: int = 1
    progress: Progress = silent
    may_ask: Callable[[], bool] = lambda: True


def with_costs(drops: Sequence[Drop], ask: Questions, limits: Limits) -> tuple[tuple[Drop, ...], tuple[Skipped, ...]]:
    """Return the drops with what each would cost, without those of indexes that earn their keep, and these with the reason."""
    kept: list[Skipped] = []
    left = ask.plans.workload_cost(ask.chosen)
    users = _users(drops, ask)
    priced = list(drops)
    while True:
        gone = [each for drop in priced for each in _family(drop.index, ask.catalog)]
        affected = dict.fromkeys(statement for drop in priced for statement in users[_name(drop.index)])
        costs = _ask(tuple(affected), gone, ask)
        costed = [_costed(drop, users[_name(drop.index)], costs) for drop in priced]
        earning = [drop for drop in costed if _earns_its_keep(drop, left, limits)]
        if not earning:
            return tuple(_told(drop) for drop in costed), tuple(kept)
        kept += [_kept(drop) for drop in earning]
        staying = {_name(drop.index) for drop in earning}
        priced = [drop for drop in priced if _name(drop.index) not in staying]


def _name(index: Index) -> TableName:
    return TableName(index.schema, index.name)


def _family(index: Index, catalog: Catalog) -> tuple[Index, ...]:
    """Return the index and those attached to it."""
    return (index, *attached(index, catalog))


def _users(drops: Iterable[Drop], ask: Questions) -> dict[TableName, list[Statement]]:
    """Return for each index that may go the statements whose plan with the chosen set uses it or an index attached to it.

    A plan names indexes without their schemas: where two have one name, the statement must read the index's table.
    """
    bare: dict[str, list[Statement]] = {}
    for statement in ask.plans.statements:
        # what counts for nothing loses nothing
        if statement.weight > 0:
            for name in ask.plans.ask(statement, ask.chosen).plan.indexes():
                bare.setdefault(name, []).append(statement)
    known = Counter(index.name for index in ask.catalog.indexes)
    found: dict[TableName, list[Statement]] = {}
    for drop in drops:
        table = drop.index.definition.table
        using = {
            statement: None for each in _family(drop.index, ask.catalog) for statement in bare.get(each.name, ())
            if known[each.name] < 2 or _reads(statement, table, ask.catalog)
        }  # fmt: skip
        found[_name(drop.index)] = list(using)
    return found


def _reads(statement: Statement, table: TableName, catalog: Catalog) -> bool:
    """Return whether a statement reads a table, or another part of the same partitioned one; where nobody knows what it reads, it may."""
    tables = {catalog.root(name) for name in statement.columns}
    return not tables or catalog.root(table) in tables


def _ask(
    statements: Sequence[Statement], gone: Sequence[Index], ask: Questions
) -> Mapping[Statement, tuple[float, float] | None]:
    """Return what each statement costs with the indexes and without all of them, by one planner; None where that is not known."""

    def one(statement: Statement) -> tuple[float, float] | None:
        if ask.deadline.passed or not ask.may_ask():
            return None
        near = frozenset(_name(index) for index in gone if _reads(statement, index.definition.table, ask.catalog))
        return ask.plans.beside(statement, ask.chosen, near)

    found = {}
    answers = in_parallel(one, statements, ask.jobs, ask.deadline, ask.plans.interrupt)
    for done, (statement, answer) in enumerate(zip(statements, answers, strict=True), start=1):
        found[statement] = answer
        ask.progress("pricing drops", done, len(statements))
    return found


def _costed(drop: Drop, users: Sequence[Statement], costs: Mapping[Statement, tuple[float, float] | None]) -> Drop:
    """Return the drop with the effect on each query that uses it, as far as known, averaged over the query's samples that do; and with
    its loss where all are known.
    """
    parts: dict[str, list[tuple[float, float, float]]] = {}
    for statement in users:
        answer = costs[statement]
        if answer is not None:
            # the planner drops paths within 1 % of each other, so that a plan can seem cheaper without an index
            parts.setdefault(statement.query_id, []).append((statement.weight, answer[0], max(answer)))
    effects = []
    for query_id, samples in sorted(parts.items()):
        weight = sum(sample[0] for sample in samples)
        cost_with, cost_without = (sum(sample[0] * sample[n] for sample in samples) / weight for n in (1, 2))
        effects.append(QueryEffect(query_id, weight, cost_with, cost_without))
    known = all(costs[statement] is not None for statement in users)
    return replace(drop, effects=tuple(effects), loss=_lost(effects) if known else None)


def _lost(effects: Iterable[QueryEffect]) -> float:
    return sum((effect.cost_without - effect.cost_with) * effect.calls for effect in effects)


def _earns_its_keep(drop: Drop, left: float, limits: Limits) -> bool:
    """Return whether what is known of the loss is reason enough to keep the index."""
    lost, served = _lost(drop.effects), sum(effect.calls * effect.cost_without for effect in drop.effects)
    return lost > (drop.tax.cost or 0.0) and lost >= max(limits.min_benefit * served, limits.min_saving * left)


def _told(drop: Drop) -> Drop:
    """Return the drop as it is told: of one whose loss is not known nobody can be sure."""
    if drop.loss is not None:
        return drop
    return replace(drop, caveats=tuple(dict.fromkeys((*drop.caveats, _UNKNOWN))), confidence="low")


def _kept(drop: Drop) -> Skipped:
    cost = sum(effect.calls * effect.cost_with for effect in drop.effects)
    more = f"{_lost(drop.effects) / cost:.1%}" if cost > 0 else f"{_lost(drop.effects):,.0f}"
    return Skipped("selection", f"index {_name(drop.index)}", _EARNS.format(drop.reasons[0], more))
