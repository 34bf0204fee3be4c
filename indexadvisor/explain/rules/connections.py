"""Which tables of a plan its conditions tie together, and which are tied by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from indexadvisor.explain.conditions import Condition, compared
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rules.loops import aliases, conditions

_CHILD_OF_A_SET = re.compile(r"_\d+$")


class Connections:
    """Groups of names that conditions anywhere in the plan connect: by a comparison of their columns, or by equality with one value."""

    def __init__(self, plan: Plan) -> None:
        self._above: dict[str, str] = {}
        for node in plan.walk():
            own = node.alias or node.relation
            if own is not None and node.node_type in {"Subquery Scan", "CTE Scan"}:
                self._join((own, *aliases(node)))
            if own is not None and node.relationship == "Member":
                self._join((own, _CHILD_OF_A_SET.sub("", own)))
            for condition in conditions(node):
                for names in _tied(condition, own):
                    self._join(names)

    def together(self, left: PlanNode, right: PlanNode) -> bool:
        """Return whether any name below one node is tied to one below the other."""
        return bool({self._root(name) for name in aliases(left)} & {self._root(name) for name in aliases(right)})

    def _root(self, name: str) -> str:
        while (above := self._above.get(name, name)) != name:
            name = above
        return name

    def _join(self, names: Iterable[str]) -> None:
        roots = list(dict.fromkeys(self._root(name) for name in names))
        for root in roots[1:]:
            self._above[root] = roots[0]


def _tied(condition: Condition, own: str | None) -> Iterator[tuple[str, ...]]:
    """Yield the names that each part of a condition ties; a value is a name as well (``= 5``)."""
    for arm in condition.arms:
        columns = [part.column for part in arm.walk() if part.column is not None]
        names = tuple(dict.fromkeys(column.alias or own or "" for column in columns))
        found = compared(arm)
        if found is not None and found.value is not None and found.operator == "=":
            value = found.value.without_casts()
            yield (*names, f"= {condition.part(value)}")
        elif len(names) + (own is not None) > 1:
            # a scan's condition that speaks of another table ties it to the table scanned
            yield (*names, *(() if own is None else (own,)))
