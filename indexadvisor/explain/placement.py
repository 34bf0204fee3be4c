"""Who evaluated what is evaluated on demand: the nodes inside whose time an InitPlan, a SubPlan or a CTE was run.

EXPLAIN prints these subtrees below the node that owns them, but their time was spent elsewhere:

- a CTE is pulled row by row by its CTE Scans (src/backend/executor/nodeCtescan.c);
- an InitPlan is run by whoever first needs its value (execExprInterp.c, ExecEvalParamExec; nodeSubplan.c, ExecSetParamPlan), by Gather
before
  it launches workers that will need it (execParallel.c); its users are found by their expressions: ``$0``, from 17 on ``(InitPlan
  1).col1``;
- a SubPlan is run by the node whose expression holds it; in a key of an index it may be the node above, since a scan that begins again
  reads its keys before its own clock starts (execProcnode.h, ExecProcNode);
- the owner pays for ending the workers of a subtree, since that walks the tree as printed (execProcnode.c, ExecShutdownNode);
- a data-modifying CTE is run to its end after the main plan (execMain.c, ExecPostprocessPlan).

Where several nodes could have paid, all are named: how much each paid is left to ``explain.conserve``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.processes import Region

AFTER = -1
"""Stands among the payers for what runs after the main plan."""
_CTE = "CTE "
_INITPLAN = re.compile(r"InitPlan (\d+)(?: \(returns ([$\d,]+)\))?")
_LITERAL = re.compile(r"'[^']*'")
_NAMES = frozenset({"Subplan Name", "Parent Relationship", "Node Type", "CTE Name", "Relation Name", "Alias", "Schema", "Index Name"})
"""Properties that name things and evaluate nothing."""
_KEYS = ("Index Cond", "Order By", "TID Cond")
"""What a scan that begins again reads before its own clock starts."""
_MAX_PAYERS = 200
"""An InitPlan that nobody mentions, in a plan of more nodes than this, is put down to its owner alone."""


@dataclass(frozen=True)
class Charge:
    """One subtree's time (``node``: its top) and who can have paid for it, by number. ``more``: who is asked next if those cannot."""

    node: int
    payers: tuple[int, ...]
    more: tuple[tuple[int, ...], ...] = ()


def charges(plan: Plan, found: Mapping[int, Region]) -> list[Charge]:
    """Return the charge of every executed node but the root and the tops of regions, parents first."""
    return list(_Placement(plan, found).charges())


class _Placement:
    def __init__(self, plan: Plan, found: Mapping[int, Region]) -> None:
        self._plan = plan
        self._regions = found
        self._ends = _subtree_ends(plan)
        self._scans: dict[str, list[PlanNode]] = {}
        self._texts: dict[int, str] = {}
        self._tables = {node.number: frozenset(child.subplan_name for child in node.children if child.subplan_name) for node in plan.walk()}
        for node in plan.walk():
            if node.node_type == "CTE Scan" and node.executed:
                self._scans.setdefault(str(node.details.get("CTE Name")), []).append(node)

    def charges(self) -> Iterator[Charge]:
        for node in self._plan.walk():
            parent = self._plan.parents.get(node.number)
            if parent is None or not node.executed or self._regions[node.number].top == node.number:
                continue
            name = node.subplan_name or ""
            if name.startswith(_CTE):
                yield self._cte(node, parent, name.removeprefix(_CTE))
            elif node.relationship == "InitPlan" or name.startswith("InitPlan"):
                yield self._initplan(node, parent, name)
            elif node.relationship == "SubPlan":
                mentions = re.compile(re.escape(name.split(" (")[0]) + r"(?!\d)")
                yield Charge(node.number, self._evaluators(parent, mentions, node), ((parent.number,), *self._above(parent, node)))
            else:
                yield Charge(node.number, (parent.number,))

    def _cte(self, node: PlanNode, owner: PlanNode, name: str) -> Charge:
        scans = tuple(
            dict.fromkeys(
                payer for scan in self._scans.get(name, ()) if self._serves(node, owner, scan) for payer in self._payer(scan.number, node)
            )
        )
        if writes(node):
            return Charge(node.number, (*scans, AFTER))
        return Charge(node.number, scans, ((owner.number,),)) if scans else Charge(node.number, (owner.number,))

    def _serves(self, node: PlanNode, owner: PlanNode, scan: PlanNode) -> bool:
        """Whether a scan of that name reads this CTE: that of the nearest owner above it, not counting CTEs it is part of."""
        if not self._within(scan, owner) or self._within(scan, node):
            return False
        for above in (scan, *self._plan.ancestors(scan)):
            if above.number == owner.number:
                return True
            if node.subplan_name in self._tables[above.number] and not self._inside(scan, above, node.subplan_name):
                return False
        return False

    def _inside(self, scan: PlanNode, owner: PlanNode, name: str | None) -> bool:
        """Whether a scan is part of the very CTE of that name which a node owns: it then reads another of the name, further up."""
        return any(self._within(scan, child) for child in owner.children if child.subplan_name == name)

    def _initplan(self, node: PlanNode, owner: PlanNode, name: str) -> Charge:
        mentions = _mention(name)
        held = self._users(node, owner, mentions) if mentions is not None else []
        users = [self._plan.nodes[number] for user in held if mentions is not None for number in self._evaluators(user, mentions, node)]
        everyone = tuple(dict.fromkeys(payer for each in self._around(node, owner) for payer in self._payer(each, node)))
        payers = tuple(dict.fromkeys(payer for user in users for payer in self._payer(user.number, node)))
        # the count of a LIMIT is never printed, and a Limit has no other work of its own
        payers = payers or ((owner.number,) if owner.node_type == "Limit" else ())
        if payers:
            return Charge(node.number, payers, (everyone,))
        return Charge(node.number, everyone if 0 < len(everyone) <= _MAX_PAYERS else (owner.number,))

    def _users(self, node: PlanNode, owner: PlanNode, mentions: re.Pattern[str]) -> list[PlanNode]:
        """Return the nodes whose expressions hold the value, without those that only pass on what a child of theirs put out."""
        around = [self._plan.nodes[number] for number in self._around(node, owner)]
        held = [user for user in around if mentions.search(self._expressions(user))]
        outputs = {user.number for user in held if any(map(mentions.search, _strings(user.details.get("Output"))))}
        return [user for user in held if not any(child.number in outputs for child in user.inputs())]

    def _expressions(self, node: PlanNode) -> str:
        if node.number not in self._texts:
            texts = (text for name, value in node.details.items() if name not in _NAMES for text in _strings(value))
            self._texts[node.number] = _LITERAL.sub("''", "\n".join(texts))
        return self._texts[node.number]

    def _evaluators(self, holder: PlanNode, mentions: re.Pattern[str], node: PlanNode) -> tuple[int, ...]:
        """Return who evaluates an expression of a node: a key of an index can be read by the node above, and is by a nested loop."""
        keys = (text for name in _KEYS for text in _strings(holder.details.get(name)))
        above = self._above(holder, node)
        if not above or not any(map(mentions.search, keys)):
            return (holder.number,)
        caller = self._plan.nodes[above[0][0]]
        rescanned = caller.node_type == "Nested Loop" and holder.relationship == "Inner"
        return (caller.number,) if rescanned else (holder.number, caller.number)

    def _above(self, holder: PlanNode, node: PlanNode) -> tuple[tuple[int, ...], ...]:
        """Return the ancestors of a node in the same region as the charge, nearest first, for time that its own clock did not see."""
        region = self._regions[node.number]
        return tuple((above.number,) for above in self._plan.ancestors(holder) if self._regions[above.number] == region)[:3]

    def _around(self, node: PlanNode, owner: PlanNode) -> list[int]:
        """Return the executed nodes of the owner's subtree, itself included, without the charge's own."""
        inside = range(node.number, self._ends[node.number])
        numbers = range(owner.number, self._ends[owner.number])
        return [number for number in numbers if number not in inside and self._plan.nodes[number].executed]

    def _payer(self, number: int, node: PlanNode) -> tuple[int, ...]:
        """Return the node itself, or the nearest above it that runs in the charge's processes: Gather pays for its workers."""
        region = self._regions[node.number]
        user = self._plan.nodes[number]
        for above in (user, *self._plan.ancestors(user)):
            if self._regions[above.number] == region:
                return (above.number,)
        return ()

    def _within(self, node: PlanNode, top: PlanNode) -> bool:
        return top.number <= node.number < self._ends[top.number]


def writes(node: PlanNode) -> bool:
    """Return whether a CTE changes data: it is run to its end whether or not anyone reads what it returns."""
    return node.node_type == "ModifyTable"


def _subtree_ends(plan: Plan) -> Mapping[int, int]:
    """Return for each node the number after the last node below it; numbers run parents first."""
    ends: dict[int, int] = {}
    for node in reversed(list(plan.walk())):
        ends[node.number] = max((ends[child.number] for child in node.children), default=node.number + 1)
    return ends


def _mention(name: str) -> re.Pattern[str] | None:
    """Return what an expression that uses an InitPlan holds.

    >>> bool(_mention("InitPlan 1 (returns $1)").search("(x > $10)"))
    False
    """
    found = _INITPLAN.match(name)
    if found is None:
        return None
    parameters = [re.escape(parameter) for parameter in (found[2] or "").split(",") if parameter]
    return re.compile(rf"(?:{'|'.join([*parameters, f'InitPlan {found[1]}'])})(?!\d)")


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in a property."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
