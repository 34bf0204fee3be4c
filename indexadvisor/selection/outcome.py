"""The chosen set told query by query and index by index, every figure asked of the planner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexadvisor.catalog.model import IndexDef
from indexadvisor.selection.attribute import Worth
from indexadvisor.selection.model import QueryEffect, QueryOutcome, Step, WriteTax
from indexadvisor.selection.problem import Observation, Offer, Plans, Statement, total_bytes
from indexadvisor.workload.model import QueryGroup, Workload


def steps(
    plans: Plans,
    offers: Mapping[IndexDef, Offer],
    taxes: Mapping[IndexDef, WriteTax],
    worths: Mapping[IndexDef, Worth],
    order: Sequence[IndexDef],
) -> tuple[Step, ...]:
    """Return one step per chosen index, in order of creation, with the workload's true cost after each."""
    made = []
    for number, index in enumerate(order, start=1):
        so_far = frozenset(order[:number])
        made.append(
            Step(
                candidate=offers[index].candidate,
                size_bytes=offers[index].size_bytes,
                benefit=worths[index].benefit,
                write_tax=taxes[index],
                effects=_effects(plans, worths[index], frozenset(order)),
                cost_after=plans.workload_cost(so_far),
                total_bytes=total_bytes(so_far, offers),
                caveat=offers[index].caveat,
                swayed=_swayed(plans, worths[index], frozenset(order)),
            )
        )
    return tuple(made)


def _effects(plans: Plans, value: Worth, chosen: frozenset[IndexDef]) -> tuple[QueryEffect, ...]:
    return _averaged(plans, value.without, chosen)


def _swayed(plans: Plans, value: Worth, chosen: frozenset[IndexDef]) -> tuple[QueryEffect, ...]:
    """Return the queries that do not use the index and are estimated otherwise beside it."""
    return tuple(effect for effect in _averaged(plans, value.swayed, chosen) if effect.cost_with != effect.cost_without)


def _averaged(plans: Plans, without: Mapping[Statement, float], chosen: frozenset[IndexDef]) -> tuple[QueryEffect, ...]:
    """Return the costs per call, averaged over all samples of each query, with the set and as ``without`` says."""
    served = {statement.query_id for statement in without}
    parts: dict[str, list[tuple[float, float, float]]] = {query_id: [] for query_id in served}
    for statement in plans.statements:
        if statement.query_id in served:
            cost = plans.ask(statement, chosen).cost
            parts[statement.query_id].append((statement.weight, cost, without.get(statement, cost)))
    effects = []
    for query_id, samples in parts.items():
        weight = sum(sample[0] for sample in samples)
        cost_with = sum(sample[0] * sample[1] for sample in samples) / weight
        cost_without = sum(sample[0] * sample[2] for sample in samples) / weight
        effects.append(QueryEffect(query_id, weight, cost_with, cost_without))
    return tuple(sorted(effects, key=lambda effect: (-(effect.cost_without - effect.cost_with) * effect.calls, effect.query_id)))


def outcomes(workload: Workload, plans: Plans, chosen: frozenset[IndexDef]) -> tuple[QueryOutcome, ...]:
    """Return every query that could be costed, before and after, in the workload's order."""
    by_query: dict[str, list[Statement]] = {}
    for statement in plans.statements:
        by_query.setdefault(statement.query_id, []).append(statement)
    groups = {group.query_id: group for group in workload.groups}
    return tuple(_outcome(groups[query_id], plans, statements, chosen) for query_id, statements in by_query.items())


def _outcome(group: QueryGroup, plans: Plans, statements: Sequence[Statement], chosen: frozenset[IndexDef]) -> QueryOutcome:
    shares = sum(statement.sample.share for statement in statements)

    def average(costs: Sequence[float]) -> float:
        return sum(statement.sample.share * cost for statement, cost in zip(statements, costs, strict=True)) / shares

    before = [plans.ask(statement, frozenset()) for statement in statements]
    after = [plans.ask(statement, chosen) for statement in statements]
    bound = [min(seen.cost for seen in plans.observations(statement)) for statement in statements]
    heaviest = max(range(len(statements)), key=lambda n: (statements[n].sample.share * before[n].cost, -n))
    return QueryOutcome(
        query_id=group.query_id,
        calls=group.calls,
        cost_before=average([seen.cost for seen in before]),
        cost_after=average([seen.cost for seen in after]),
        cost_bound=average(bound),
        used=frozenset(index for seen in after for index in seen.used),
        plan_before=before[heaviest].plan,
        plan_after=after[heaviest].plan,
        index_names=after[heaviest].names,
        generic=any(statement.sample.generic for statement in statements),
        sources=tuple(dict.fromkeys(seen.source for seen in (*before, *after) if seen.source is not None)),
        plans_differ=len({shape(seen) for seen in before}) > 1 or len({shape(seen) for seen in after}) > 1,
    )


def shape(seen: Observation) -> tuple[tuple[str, ...], ...]:
    """Return what a plan does, without figures and conditions: two samples of a template with equal shapes are run alike.

    Proposed indexes count by their definitions, since a hypothetical index may bear another name at each question.
    """
    found: list[tuple[str, ...]] = []
    stack = [(seen.plan.root, 0)]
    while stack:
        node, depth = stack.pop()
        index = str(seen.names.get(node.index, node.index)) if node.index is not None else ""
        join = str(node.details.get("Join Type", ""))
        found.append((str(depth), node.node_type, join, node.relation or "", node.alias or "", index))
        stack.extend((child, depth + 1) for child in reversed(node.children))
    return tuple(found)
