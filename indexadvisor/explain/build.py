"""The decoded JSON of a plan, or what the other readers made in its likeness, into the model.

Whatever has the wrong type is kept in ``details`` under its name and told as Unread: a bad value never takes the plan with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from indexadvisor.explain.build_statement import jit, planning, serialization, triggers
from indexadvisor.explain.plan import Actual, Plan, PlanNode, Unread, Worker
from indexadvisor.explain.properties import ACTUAL, BUFFERS, COSTS, IO_TIMES, WAL
from indexadvisor.explain.usage import buffers, io_times, wal

MAX_DEPTH = 400
"""Levels of nodes: more is no plan of PostgreSQL, and would exhaust the stack of what walks it."""
_MAX_COUNT = 1 << 63

_OWN = COSTS | ACTUAL | BUFFERS.keys() | IO_TIMES.keys() | WAL.keys() | {
    "Node Type", "Relation Name", "Schema", "Alias", "Index Name", "Plans", "Workers"}  # fmt: skip
_STRINGS = ("Relation Name", "Schema", "Alias", "Index Name", "Parent Relationship", "Subplan Name")
_TEXT_OR_NONE = frozenset({str, type(None)})
_WORKER_OWN = ACTUAL | BUFFERS.keys() | IO_TIMES.keys() | WAL.keys() | {"Worker Number"}
_STATEMENT = frozenset({
    "Plan", "Settings", "Planning", "Planning Time", "Execution Time", "Total Runtime", "Triggers", "JIT", "Serialization", "Query Text",
    "Query Parameters", "Query Identifier",
})  # fmt: skip


def build(
    document: Mapping[str, Any],
    *,
    source_format: str = "json",
    line: int = 1,
    truncated: str | None = None,
    unread: Iterable[Unread] = (),
) -> Plan | None:
    """Return the plan of one statement (the object that holds ``Plan``), or None where it holds none.

    >>> build({"Plan": {"Node Type": "Result", "Total Cost": 0.01}}).root.total_cost
    0.01
    """
    builder = _Builder(line)
    root = document.get("Plan")
    node = builder.node(root, 1) if isinstance(root, Mapping) else None
    if node is None:
        return None
    take = builder.taker(document)
    settings = document.get("Settings")
    return Plan(
        node,
        settings={str(name): str(value) for name, value in settings.items()} if isinstance(settings, Mapping) else {},
        planning=planning(document, builder.taker),
        execution_ms=next((take(name) for name in ("Execution Time", "Total Runtime", "Duration") if name in document), None),
        triggers=triggers(document.get("Triggers"), builder.taker),
        jit=jit(document.get("JIT"), builder.taker),
        serialization=serialization(document.get("Serialization"), builder.taker),
        query_text=builder.string(document, "Query Text"),
        query_parameters=builder.string(document, "Query Parameters"),
        query_identifier=builder.whole(document, "Query Identifier"),
        source_format=source_format,
        unread=(*unread, *builder.unread),
        truncated=truncated,
        line=line,
        details={name: value for name, value in document.items() if name not in _STATEMENT},
    )


class _Builder:
    """Builds one plan: counts its nodes and collects what was not understood."""

    def __init__(self, line: int) -> None:
        self._line = line
        self._next = 0
        self._refused: list[str] = []
        self.unread: list[Unread] = []

    def refuse(self, name: str, value: object, expected: str) -> None:
        """Note a value that is not what its name promises."""
        self._refused.append(name)
        self.unread.append(Unread(self._line, 1, f"{name}: {str(value)[:200]}", expected))

    def number(self, fields: Mapping[str, Any], name: str) -> float | None:
        """Return a number, None where it is absent or is none."""
        value = fields.get(name)
        kind = type(value)
        if kind is float and isfinite(value):  # type: ignore[arg-type]
            return value
        if kind is int and -_MAX_COUNT <= value < _MAX_COUNT:  # type: ignore[operator]
            return float(value)  # type: ignore[arg-type]
        if value is not None:
            self.refuse(name, value, "a number")
        return None

    def whole(self, fields: Mapping[str, Any], name: str) -> int | None:
        """Return a whole number, None where it is absent or is none."""
        exact = fields.get(name)
        if type(exact) is int and -_MAX_COUNT <= exact < _MAX_COUNT:
            return exact
        value = None if exact is None else self.number(fields, name)
        return None if value is None else int(value)

    def string(self, fields: Mapping[str, Any], name: str) -> str | None:
        """Return a string, None where it is absent; a number (a table may be called so) as it would be written."""
        value = fields.get(name)
        if value is None or type(value) is str:
            return value
        if type(value) in (int, float):
            return str(value)
        self.refuse(name, value, "a string")
        return None

    def _strings(self, fields: Mapping[str, Any]) -> list[str | None]:
        """Return the names of a node, in the order of _STRINGS."""
        values = [fields.get(name) for name in _STRINGS]
        return values if _TEXT_OR_NONE.issuperset(map(type, values)) else [self.string(fields, name) for name in _STRINGS]

    def taker(self, fields: Mapping[str, Any]) -> _Taker:
        """Return a reader of numbers of one object."""
        return _Taker(self, fields)

    def node(self, fields: Mapping[str, Any], depth: int) -> PlanNode | None:
        """Return a node with everything below it, None where it has no type."""
        node_type = fields.get("Node Type")
        if type(node_type) is not str or not node_type:
            self.refuse("Node Type", node_type, "the name of a plan node")
            return None
        number = self._next
        self._next += 1
        children = self._children(fields.get("Plans"), depth)
        took = len(self._refused)
        relation, schema, alias, index, relationship, subplan_name = self._strings(fields)
        startup, total = self.number(fields, "Startup Cost"), self.number(fields, "Total Cost")
        rows, width = self.number(fields, "Plan Rows"), self.whole(fields, "Plan Width")
        actual, used = self.actual(fields), self.taker(fields)
        details = {name: value for name, value in fields.items() if name not in _OWN}
        touched, timed, logged = buffers(fields, used), io_times(fields, used), wal(fields, used)
        workers = self._workers(fields.get("Workers"))
        for name in self._refused[took:]:
            if name in fields:
                details[name] = fields[name]
        return PlanNode(
            node_type, startup, total, rows, width, relation, schema, alias, index, children, details, number, relationship, subplan_name,
            actual, touched, timed, logged, workers,
        )  # fmt: skip

    def actual(self, fields: Mapping[str, Any]) -> Actual | None:
        """Return what was measured, None without ANALYZE."""
        if "Actual Rows" not in fields and "Actual Loops" not in fields:
            return None
        rows, loops = self.number(fields, "Actual Rows"), self.whole(fields, "Actual Loops")
        if rows is None or loops is None or loops < 0:
            if rows is not None or loops is not None:
                self.refuse("Actual Loops", fields.get("Actual Loops"), "rows and loops together")
            return None
        startup, total = self.number(fields, "Actual Startup Time"), self.number(fields, "Actual Total Time")
        return Actual(rows, loops, startup, total, 2 if type(fields["Actual Rows"]) is float else 0)

    def _children(self, plans: object, depth: int) -> tuple[PlanNode, ...]:
        if plans is None:
            return ()
        if not isinstance(plans, list) or depth >= MAX_DEPTH:
            self.refuse("Plans", "", "a list of nodes" if depth < MAX_DEPTH else f"a plan at most {MAX_DEPTH} levels deep")
            return ()
        children = []
        for each in plans:
            if not isinstance(each, Mapping):
                self.refuse("Plans", each, "a node")
                continue
            child = self.node(each, depth + 1)
            if child is not None:
                children.append(child)
        return tuple(children)

    def _workers(self, workers: object) -> tuple[Worker, ...]:
        if workers is None:
            return ()
        found = []
        entries: list[Any] = workers if isinstance(workers, list) else [workers]
        for each in entries:
            number = self.whole(each, "Worker Number") if isinstance(each, Mapping) else None
            if number is None:
                self.refuse("Workers", each, "the numbers of one worker")
                continue
            used = self.taker(each)
            details = {name: value for name, value in each.items() if name not in _WORKER_OWN}
            found.append(Worker(number, self.actual(each), buffers(each, used), io_times(each, used), wal(each, used), details))
        return tuple(found)


class _Taker:
    """Reads the numbers of one object."""

    __slots__ = ("_builder", "_fields")

    def __init__(self, builder: _Builder, fields: Mapping[str, Any]) -> None:
        self._builder = builder
        self._fields = fields

    def __call__(self, name: str) -> float | None:
        return self._builder.number(self._fields, name)

    def whole(self, name: str) -> int | None:
        """Return a whole number, None where it is absent or is none."""
        return self._builder.whole(self._fields, name)

    def string(self, name: str) -> str | None:
        """Return a string, None where it is absent."""
        return self._builder.string(self._fields, name)
