"""What no answer of the planner rules out: the least a statement can cost, as a ladder over the sets still possible.

With the set E enabled a statement cost c, so every set within E costs at least c: to cost less, a set must hold something outside
E. Sorted by cost, the answers make a ladder. The highest rung holds unless the set has something outside its E; then the next one
holds, and so on down to the cheapest answer, which holds always.

>>> from indexadvisor.candidates.example import ORDERS
>>> from indexadvisor.catalog.model import IndexDef, IndexKey
>>> a, b = (IndexDef(ORDERS.name, (IndexKey(name),)) for name in ("customer_id", "status"))
>>> none, both = frozenset(), frozenset({a, b})
>>> floors = [Floor(both, 10.0, both), Floor(frozenset({a}), 40.0, none), Floor(none, 100.0, none)]
>>> for rung in ladder(floors, both, step=1.0):
...     print(rung.cost, [sorted(index.keys[0].column for index in way) for way in rung.unless])
100.0 [['customer_id', 'status']]
40.0 [['status']]
10.0 []

Source of the idea: logic-based Benders decomposition (Hooker and Ottosson, Mathematical Programming 96, 2003); a rung is a cut.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef
from indexadvisor.selection.problem import Floor


@dataclass(frozen=True)
class Rung:
    """A statement costs at least ``cost`` unless the set holds an index of each of ``unless``; the last rung holds always."""

    cost: float
    unless: tuple[frozenset[IndexDef], ...]


def ladder(floors: Iterable[Floor], allowed: frozenset[IndexDef], step: float) -> tuple[Rung, ...]:
    """Return the rungs, the highest cost first, for sets of ``allowed`` indexes. Costs closer than ``step`` count as the lower one."""
    undominated: list[tuple[frozenset[IndexDef], float]] = []
    for floor in sorted(floors, key=lambda floor: (-floor.cost, -len(floor.enabled))):
        way = allowed - floor.enabled
        if not any(other <= way for other, _ in undominated):
            undominated.append((way, floor.cost))
        if not way:
            break
    rungs: list[Rung] = []
    for way, cost in reversed(undominated):
        if not rungs or cost >= rungs[-1].cost + step:
            rungs.append(Rung(cost, (way,)))
        else:
            others = tuple(other for other in rungs[-1].unless if not way <= other)
            rungs[-1] = Rung(rungs[-1].cost, (*others, way))
    if rungs and frozenset() in rungs[0].unless:
        rungs[0] = Rung(rungs[0].cost, ())
    return tuple(reversed(rungs))
