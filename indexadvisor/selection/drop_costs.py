"""What the workload loses with the existing indexes that may go, asked of the planner where it can be made to look away from them.

All that may go is hidden at once, with the chosen indexes in place: that is what a person who follows the whole advice ends up with. Only
statements whose plan uses one of them need asking; the others keep their plan (``whatif/cache.py`` says why). An index that would be
proposed if it were not there, by what it saves against its write tax and the limits asked for, stays: one rule for both directions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.findings import Skipped
from indexadvisor.selection.drops import attached
from indexadvisor.selection.model import Drop, QueryEffect
from indexadvisor.selection.problem import Deadline, Plans, Statement
from indexadvisor.settings import Limits

_IN_USE = "captured queries use it, and what they cost without it is not known: measure in staging, or ask the lab (--what-if lab)"
_EARNS = "{}, but it earns its keep: without it the captured queries that use it would cost {:.1%} more"


def with_costs(
    drops: Sequence[Drop], plans: Plans, chosen: frozenset[IndexDef], catalog: Catalog, limits: Limits, deadline: Deadline
) -> tuple[tuple[Drop, ...], tuple[Skipped, ...]]:
    """Return the drops with what each would cost, without those of indexes that earn their keep, and these with the reason."""
    kept: list[Skipped] = []
    priced = list(drops)
    while True:
        names = {drop: _names(drop, catalog) for drop in priced}
        without = _without(plans, chosen, frozenset().union(*names.values()), deadline)
        costed = {drop: _costed(drop, _users(plans, chosen, names[drop], without), without, plans, chosen) for drop in priced}
        left = plans.workload_cost(chosen)
        earning = [drop for drop in priced if _earns_its_keep(costed[drop], left, limits)]
        if not earning:
            return tuple(costed[drop] for drop in priced), tuple(kept)
        for drop in earning:
            kept.append(_kept(costed[drop]))
            priced.remove(drop)


def _kept(drop: Drop) -> Skipped:
    more = (drop.loss or 0.0) / sum(effect.calls * effect.cost_with for effect in drop.effects)
    return Skipped("selection", f"index {TableName(drop.index.schema, drop.index.name)}", _EARNS.format(drop.reasons[0], more))


def _names(drop: Drop, catalog: Catalog) -> frozenset[TableName]:
    """Return the index and those attached to it, as the planner knows them."""
    return frozenset(TableName(each.schema, each.name) for each in (drop.index, *attached(drop.index, catalog)))


def _without(
    plans: Plans, chosen: frozenset[IndexDef], gone: frozenset[TableName], deadline: Deadline
) -> Mapping[Statement, float | None]:
    """Return what each statement that uses one of these indexes costs without all of them; None where that is not known."""
    return {statement: None if deadline.passed else plans.without(statement, chosen, gone) for statement in _users(plans, chosen, gone)}


def _users(
    plans: Plans, chosen: frozenset[IndexDef], names: Collection[TableName], among: Iterable[Statement] | None = None
) -> list[Statement]:
    """Return the statements whose plan with the chosen set uses an index of these names, of all or of some."""
    bare = {name.name for name in names}
    return [each for each in (plans.statements if among is None else among) if not bare.isdisjoint(plans.ask(each, chosen).plan.indexes())]


def _costed(
    drop: Drop, users: Sequence[Statement], without: Mapping[Statement, float | None], plans: Plans, chosen: frozenset[IndexDef]
) -> Drop:
    """Return the drop with its loss, and the effect on each query that uses it, averaged over the query's samples that do."""
    parts: dict[str, list[tuple[float, float, float]]] = {}
    for statement in users:
        cost = without[statement]
        if cost is None:
            return replace(drop, caveats=tuple(dict.fromkeys((*drop.caveats, _IN_USE))))
        now = plans.ask(statement, chosen).cost
        # the planner drops paths within 1 % of each other, so that a plan can seem cheaper without an index
        parts.setdefault(statement.query_id, []).append((statement.weight, now, max(now, cost)))
    effects = []
    for query_id, samples in sorted(parts.items()):
        weight = sum(sample[0] for sample in samples)
        average = [sum(sample[0] * sample[n] for sample in samples) / weight for n in (1, 2)]
        effects.append(QueryEffect(query_id, weight, *average))
    loss = sum((effect.cost_without - effect.cost_with) * effect.calls for effect in effects)
    return replace(drop, loss=loss, effects=tuple(effects))


def _earns_its_keep(drop: Drop, left: float, limits: Limits) -> bool:
    served = sum(effect.calls * effect.cost_without for effect in drop.effects)
    if not drop.loss or not served:
        return False
    return drop.loss > (drop.tax.cost or 0.0) and drop.loss >= max(limits.min_benefit * served, limits.min_saving * left)
