"""``--redact``: names and literals of a plan replaced, the same one everywhere; structure and figures stay.

Tables become ``t1, t2, ..``, columns ``c1``, indexes ``i1``, aliases ``a1``, schemas ``s1``, functions ``f1``, CTEs ``w1``, triggers
``g1``, constraints ``k1``, types ``y1``; string literals ``'v1'`` (a pattern keeps the ``%`` at its ends), numbers of conditions 9001,
9002, and so on.
A name is replaced by what it is first met as. What stays: keywords, PostgreSQL's own types and common functions, the schemas ``public``,
``pg_catalog`` and ``information_schema``, the numbers 0 and 1, settings that are numbers or switches. Comments and what was not understood
go. Rules then see the replaced plan alone, so that what they say cannot hold a name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from indexadvisor.explain.anonymous_text import Renamer
from indexadvisor.explain.anonymous_words import ENUMERATED, KINDS
from indexadvisor.explain.diff import PlanDiff, diff
from indexadvisor.explain.plan import Plan, PlanNode, Trigger, Unread, Worker

NOT_SHOWN = "(not shown)"
_HARMLESS = re.compile(
    r"-?[\d.]+ ?(?:[kMGT]?B|us|ms|s|min|h|d)?|on|off|true|false|auto|regress|force_generic_plan|force_custom_plan|partition"
)
_INTERNAL_TRIGGER = re.compile(r"RI_ConstraintTrigger_[ac]_\d+")
_OWN_WORDS = re.compile(r"[A-Za-z0-9 ,/().-]{0,60}")


class Anonymiser:
    """Replaces names and literals; one instance replaces alike in all that it is given."""

    def __init__(self) -> None:
        self._text = Renamer()

    def plan(self, plan: Plan) -> Plan:
        """Return the plan with every name and literal replaced, statement and parameters included."""
        done: dict[int, PlanNode] = {}
        for node in plan.walk():
            self._learn(node)
        for node in reversed(tuple(plan.walk())):
            done[node.number] = self._node(node, tuple(done[child.number] for child in node.children))
        return replace(
            plan,
            root=done[plan.root.number],
            settings={self._setting(name): self._set(value) for name, value in plan.settings.items()},
            hidden_indexes=frozenset(self._text.name(name, "i") for name in sorted(plan.hidden_indexes)),
            triggers=tuple(self._trigger(trigger) for trigger in plan.triggers),
            query_text=None if plan.query_text is None else self.statement(plan.query_text),
            query_parameters=None if plan.query_parameters is None else self._text.printed(plan.query_parameters),
            query_identifier=None,
            unread=tuple(Unread(one.line, one.column, NOT_SHOWN, one.expected) for one in plan.unread),
            details={name: self._detail(name, value) for name, value in plan.details.items() if name != "Query Identifier"},
        )

    def changes(self, changes: PlanDiff) -> PlanDiff:
        """Return the same comparison of the replaced plans."""
        return diff(self.plan(changes.before), self.plan(changes.after))

    def statement(self, text: str) -> str:
        """Return a statement or DDL with every name and literal replaced, its comments gone."""
        return self._text.statement(text)

    def sentence(self, text: str) -> str:
        """Return a sentence of ours in which known names, quoted words and strings are replaced; figures stay."""
        return self._text.sentence(text)

    def name(self, name: str, kind: str) -> str:
        """Return what a name is replaced by; ``kind`` is the letter of a new one."""
        return self._text.name(name, kind)

    def _learn(self, node: PlanNode) -> None:
        """Give names their letters by what they name, before conditions mention them."""
        for name, kind in ((node.relation, "t"), (node.schema, "s"), (node.index, "i"), (node.alias, "a")):
            if name is not None:
                self._text.name(name, kind)
        for prop, kind in KINDS.items():
            value = node.details.get(prop)
            for name in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(name, str):
                    self._text.name(name, kind)

    def _node(self, node: PlanNode, children: tuple[PlanNode, ...]) -> PlanNode:
        return replace(
            node,
            relation=self._known(node.relation),
            schema=self._known(node.schema),
            alias=self._known(node.alias),
            index=self._known(node.index),
            subplan_name=None if node.subplan_name is None else self._subplan(node.subplan_name),
            details={name: self._detail(name, value) for name, value in node.details.items()},
            workers=tuple(self._worker(worker) for worker in node.workers),
            children=children,
        )

    def _known(self, name: str | None) -> str | None:
        return None if name is None else self._text.name(name, "x")

    def _worker(self, worker: Worker) -> Worker:
        return replace(worker, details={name: self._detail(name, value) for name, value in worker.details.items()})

    def _trigger(self, trigger: Trigger) -> Trigger:
        internal = _INTERNAL_TRIGGER.fullmatch(trigger.name) is not None
        return replace(
            trigger,
            name="RI_ConstraintTrigger" if internal else self._text.name(trigger.name, "g"),
            relation=None if trigger.relation is None else self._text.name(trigger.relation, "t"),
            constraint=None if trigger.constraint is None else self._text.name(trigger.constraint, "k"),
        )

    def _detail(self, name: str, value: Any) -> Any:
        """Return a property's value replaced; numbers stay, of lists and objects each part is replaced."""
        if isinstance(value, (list, tuple)):
            return [self._detail(name, item) for item in value]
        if isinstance(value, Mapping):
            return {key: self._detail(str(key), item) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        if name in KINDS:
            return self._text.name(value, KINDS[name])
        if name == "Subplan Name":
            return self._subplan(value)
        if name in ENUMERATED and _OWN_WORDS.fullmatch(value):
            return value
        return self._text.printed(value)

    def _subplan(self, text: str) -> str:
        """Return ``CTE x`` with its name replaced; ``SubPlan 2`` and ``InitPlan 1 (returns $0)`` stay."""
        if text.startswith("CTE "):
            return f"CTE {self._text.name(text.removeprefix('CTE '), 'w')}"
        return text if re.fullmatch(r"(?:SubPlan|InitPlan) \d+(?: \(returns [$\d, ]+\))?", text) else self._text.printed(text)

    def _setting(self, name: str) -> str:
        return name if re.fullmatch(r"[a-z_0-9]+", name) else self._text.name(name, "x")

    def _set(self, value: str) -> str:
        return value if _HARMLESS.fullmatch(value) else NOT_SHOWN
