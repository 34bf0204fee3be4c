"""Every property of a node and of a statement as text, in groups, so that no field is lost on a reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from indexadvisor.explain.engine import PlanReport
from indexadvisor.explain.plan import Plan, PlanNode, Worker
from indexadvisor.report import units
from indexadvisor.report.plan.tree import span

Properties = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Group:
    """Properties under one heading."""

    title: str
    properties: Properties


def of_node(report: PlanReport, node: PlanNode) -> tuple[Group, ...]:
    """Return everything known of a node: what was worked out first, then what was printed."""
    groups = [
        Group("Worked out", tuple(_worked_out(report, node))),
        Group("Printed", tuple(_pairs(node, leave=_TOLD))),
        Group("Measured per loop", _values(node.actual)),
        *_resources(node),
        Group("Properties", _details(node.details)),
        *(Group(f"Worker {worker.number}", tuple(_worker(worker))) for worker in node.workers),
    ]
    return tuple(group for group in groups if group.properties)


def of_plan(plan: Plan) -> tuple[Group, ...]:
    """Return everything known of the statement beside its nodes."""
    planning = plan.planning
    groups = [
        Group("Statement", tuple(_pairs(plan, leave=_TOLD_OF_PLAN))),
        Group("Planning", () if planning is None else tuple(_pairs(planning, leave=_RESOURCES))),
        *([] if planning is None else _resources(planning, "Planning: ")),
        *(Group(f"Trigger {trigger.name}", _values(trigger)) for trigger in plan.triggers),
        Group("JIT", () if plan.jit is None else (*_pairs(plan.jit, leave=frozenset({"options"})), *_details(plan.jit.options))),
        Group("Serialization", () if plan.serialization is None else tuple(_pairs(plan.serialization, leave=_RESOURCES))),
        *([] if plan.serialization is None else _resources(plan.serialization, "Serialization: ")),
        Group("Settings", _details(plan.settings)),
        Group("Further properties", _details(plan.details)),
    ]
    return tuple(group for group in groups if group.properties)


_RESOURCES = frozenset({"buffers", "io", "wal"})
_TOLD = _RESOURCES | {"children", "details", "actual", "workers"}
_TOLD_OF_PLAN = frozenset({
    "root", "settings", "planning", "triggers", "jit", "serialization", "query_text", "unread", "truncated", "details",
})  # fmt: skip


def _worked_out(report: PlanReport, node: PlanNode) -> Iterator[tuple[str, str]]:
    time = None if report.times is None else report.times.nodes.get(node.number)
    if time is not None:
        yield "own time", span(time.own)
        yield "time with all below", span(time.inclusive)
        low, high = units.percent(time.share.low), units.percent(time.share.high)
        yield "share of the statement", low if low == high else f"{low} to {high}"
        yield "processes", units.significant(time.processes)
    count = report.rows.get(node.number)
    if count is not None and node.executed:
        yield "rows returned, all loops", _between(count.returned.low, count.returned.high)
        if count.removed.high:
            yield "rows removed, all loops", _between(count.removed.low, count.removed.high)
        if count.factor is not None:
            side = "too few" if count.under else "too many"
            yield "estimate of rows", "right" if count.factor < 1.005 else f"{units.times(count.factor)} {side}"
        if count.excuse is not None:
            yield "estimate not judged", count.excuse
    if node.executed is False:
        yield "executed", "never"


def _between(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _resources(owner: Any, before: str = "") -> Iterator[Group]:
    for name, title in (("buffers", "Buffers (blocks)"), ("io", "I/O times"), ("wal", "WAL")):
        held = getattr(owner, name, None)
        if held is not None:
            yield Group(before + title, tuple((label, text) for label, text in _values(held) if text != "0") or (("all", "0"),))


def _worker(worker: Worker) -> Iterator[tuple[str, str]]:
    yield from _values(worker.actual)
    for group in _resources(worker):
        yield from ((f"{group.title}: {name}", text) for name, text in group.properties)
    yield from _details(worker.details)


def _values(owner: Any) -> Properties:
    return () if owner is None else tuple(_pairs(owner))


def _pairs(owner: Any, *, leave: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield a dataclass's fields that hold something, by their names without underscores."""
    for each in fields(owner):
        value = getattr(owner, each.name)
        if each.name not in leave and value is not None and value != () and value != frozenset():
            yield each.name.replace("_", " "), shown(value)


def _details(details: Mapping[str, Any]) -> Properties:
    return tuple((str(name), shown(value)) for name, value in details.items())


def shown(value: Any) -> str:
    """Return a property's value as text; a list of plain values is one line each.

    >>> shown(12500), shown(["a", "b"]), shown({"Name": 1}), shown(True)
    ('12,500', 'a\\nb', '{"Name": 1}', 'true')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, (int, float)):
        return f"{value:,}".removesuffix(".0")
    if isinstance(value, (list, tuple)):
        return "\n".join(shown(item) for item in value)
    if isinstance(value, frozenset):
        return "\n".join(sorted(map(str, value)))
    return json.dumps(value, default=str, ensure_ascii=False)
