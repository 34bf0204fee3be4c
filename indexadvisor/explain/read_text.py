"""EXPLAIN's TEXT format into the likeness of its JSON: the tree from the indentation, the rest line by line.

Over 300 lines, because a line means what the lines before it made of it.

Source: ExplainNode in src/backend/commands/explain.c. A child's arrow stands two columns right of its parent's text or more, its
properties right of its arrow; InitPlans, SubPlans and CTEs have a heading above their arrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from indexadvisor.explain import text_statement
from indexadvisor.explain.plan import Unread
from indexadvisor.explain.source import Found, Line, indent_of
from indexadvisor.explain.text_literal import Literals
from indexadvisor.explain.text_node import is_node, measured, measures, node, target
from indexadvisor.explain.text_property import PROPERTIES, counters, io_timings, is_name, read_property
from indexadvisor.explain.text_shape import is_cut, missing_inputs, relationship
from indexadvisor.explain.text_zeros import fill_zeros

_HEADINGS = ("InitPlan ", "SubPlan ", "CTE ")
_SECTIONS = frozenset({"Planning", "JIT", "Settings", "Serialization", "Query Identifier", *text_statement.TIMES})
_NOT_PRINTED = frozenset({"Plans", "Workers", "Keys", "Never", "Target Tables", "Grouping Sets"})
_Fields = dict[str, Any]


def is_root(text: str, following: str = "") -> bool:
    """Return whether a plan begins with this line; a bare name (COSTS OFF) needs a line of a plan behind it, since it may be any word.

    >>> is_root("Result  (cost=0.00..0.01 rows=1 width=4)"), is_root("Limit"), is_root("Limit", "  ->  Sort"), is_root("Seq Scan on t")
    (True, False, True, True)
    """
    stripped = text.strip()
    if not stripped[:1].isalpha():
        return False
    found = measures(stripped)
    if found is not None:
        head = stripped[: found.start].rstrip()
        if not head or ": " in head:
            return False
        return is_node(head) if found.broken and not found.broken.startswith("(actual") else bool(found.fields)
    if not is_node(stripped):
        return False
    if " on " in stripped or stripped.endswith(" Join"):
        return True
    deeper = indent_of(following) > indent_of(text)
    return deeper and (following.lstrip().startswith(("->", *_HEADINGS)) or ": " in following)


def is_arrow(text: str) -> bool:
    """Return whether this line is a node below another."""
    stripped = text.strip()
    return stripped.startswith("->") and len(stripped) > 2


def read_text(lines: Sequence[Line], start: int) -> Found:
    """Read the plan whose first node stands on the line of that index; never fails."""
    reader = _Reader(lines, start)
    return reader.read()


class _Level:
    """A node that may still get children; ``inputs`` counts those that are no InitPlans or SubPlans."""

    __slots__ = ("fields", "indent", "inputs")

    def __init__(self, indent: int, fields: _Fields) -> None:
        self.indent = indent
        self.fields = fields
        self.inputs = 0


class _Reader:
    """Reads one plan."""

    def __init__(self, lines: Sequence[Line], start: int) -> None:
        self._lines = lines
        self._at = start
        self._first = start
        first = lines[start].text
        self._root_indent = indent_of(first)
        self._is_fragment = is_arrow(first)
        self._literals = Literals(lines, start)
        self._stack: list[_Level] = []
        self._heading: tuple[int, str] | None = None
        self._worker: tuple[int, _Fields] | None = None
        self._section: tuple[str, _Fields] | None = None
        self._document: _Fields = {}
        self._unread: list[Unread] = []
        self._broken: Line | None = None

    def read(self) -> Found:
        """Read line by line until something that cannot belong to this plan."""
        lines, count = self._lines, len(self._lines)
        while self._at < count:
            line = lines[self._at]
            text = line.text
            stripped = text.strip()
            if stripped and not self._plain(line, text, stripped) and not self._take(line, stripped, indent_of(text)):
                break
            self._at += 1
        fill_zeros(self._document)
        cut = self._cut()
        return Found(self._document, "text", lines[self._first].number, self._at, tuple(self._unread), cut)

    def _plain(self, line: Line, text: str, stripped: str) -> bool:
        """Read the usual line, a property of the last node; returns False for any other."""
        if text[0] != " " or self._root_indent or self._worker is not None or self._section is not None or not self._stack:
            return False
        name, _, value = stripped.partition(": ")
        if name not in PROPERTIES or not value:
            return False
        return self._property(line, self._stack[-1].fields, name, value.lstrip(), 1)

    def _take(self, line: Line, stripped: str, indent: int) -> bool:
        """Read one line; returns False where the plan ended before it."""
        if stripped.startswith("->"):
            if self._section is not None or (self._stack and indent <= self._root_indent):
                return False
            self._node(line, stripped[2:].lstrip(), indent)
            return True
        if not self._stack:
            self._node(line, stripped, indent)
            return True
        name, colon, value = stripped.partition(": ")
        if not colon and stripped.endswith(":"):
            name, colon = stripped[:-1], ":"
        if colon and self._statement(line, stripped, name, value.strip(), indent):
            return True
        if indent <= self._root_indent and not self._is_fragment:
            return False
        if self._section is not None:
            return colon != "" and self._in_section(line, name, value.strip())
        return self._below_node(line, stripped, name, colon, value.strip(), indent)

    def _node(self, line: Line, text: str, indent: int) -> None:
        found = measures(text)
        name = text if found is None else text[: found.start].rstrip()
        fields, understood = node(name)
        if found is not None:
            fields.update(found.fields)
            if found.broken:
                self._broken = line
                self._unread.append(line.unread("(cost=.. rows=.. width=..) (actual time=.. rows=.. loops=..)"))
        if not understood:
            self._unread.append(line.unread("a plan node: its type, then on [schema.]table [alias]"))
        stack = self._stack
        # a heading may stand behind a child of its owner: it says whose the node is
        edge = self._heading[0] if self._heading is not None and self._heading[0] < indent else indent
        while stack and stack[-1].indent >= edge:
            stack.pop()
        if stack:
            self._attach(stack[-1], fields, indent)
        else:
            self._document["Plan"] = fields
        stack.append(_Level(indent, fields))
        self._heading = self._worker = None

    def _attach(self, parent: _Level, fields: _Fields, indent: int) -> None:
        """Make a node the child of another, with the relationship that JSON prints."""
        siblings = parent.fields.setdefault("Plans", [])
        if self._heading is not None and self._heading[0] < indent:
            name = self._heading[1]
            fields["Parent Relationship"] = "SubPlan" if name.startswith("SubPlan") else "InitPlan"
            fields["Subplan Name"] = name
        else:
            fields["Parent Relationship"] = relationship(parent.fields["Node Type"], siblings, parent.inputs)
            parent.inputs += 1
        siblings.append(fields)

    def _statement(self, line: Line, stripped: str, name: str, value: str, indent: int) -> bool:
        """Read a line about the whole statement; returns False where it is none."""
        if self._worker is not None and indent > self._worker[0]:
            return False
        document = self._document
        if name in text_statement.TIMES:
            time = text_statement.time(value)
            if time is None:
                return self._refuse(line, "milliseconds")
            document[text_statement.TIMES[name]] = time
            self._section = ("", {})
        elif name in ("JIT", "Planning") and not value:
            self._section = (name, document.setdefault(name, {}))
        elif name == "Settings":
            settings = text_statement.settings(value)
            self._section = ("", {})
            if settings is None:
                return self._refuse(line, "name = 'value', ...")
            document["Settings"] = settings
        elif name == "Query Identifier" and value.lstrip("-").isdecimal() and len(value) < 21:
            document[name] = int(value)
            self._section = ("", {})
        elif name == "Serialization":
            group = text_statement.serialization(value)
            if group is None:
                return self._refuse(line, "time=.. output=.. format=..")
            self._section = (name, document.setdefault(name, group))
        elif name.startswith("Trigger") and (found := text_statement.trigger(stripped)) is not None:
            document.setdefault("Triggers", []).append(found)
            self._section = ("", {})
        else:
            return False
        return True

    def _in_section(self, line: Line, name: str, value: str) -> bool:
        """Read a line of a block about the statement (Planning, JIT, Serialization)."""
        section, group = self._section or ("", {})
        if section == "JIT" and text_statement.jit_line(group, name, value):
            return True
        if name == "Buffers" and section:
            return counters(group, value) or self._refuse(line, "shared hit=.. read=..")
        if name == "I/O Timings" and section:
            return io_timings(group, value) or self._refuse(line, "shared read=.. write=..")
        if name == "Memory" and section and text_statement.memory(group, value):
            return True
        return self._refuse(line, "a line about the statement (Planning, JIT, Trigger, Execution Time, ...)")

    def _below_node(self, line: Line, stripped: str, name: str, colon: str, value: str, indent: int) -> bool:
        owner = self._stack[-1].fields
        if stripped.startswith(_HEADINGS) and self._heads(indent):
            self._heading = (indent, stripped)
            return True
        if not colon or not is_name(name):
            aimed = target(stripped) if owner["Node Type"] == "ModifyTable" else None
            if aimed is None:
                return self._refuse(line, "a property (Name: value), a heading or a node (->)")
            owner.setdefault("Target Tables", []).append(aimed)
            return True
        if name.startswith("Worker ") and name[7:].isdecimal() and len(name) < 16 and not self._in_worker(indent):
            workers = owner.setdefault("Workers", [])
            worker = next((each for each in workers if each["Worker Number"] == int(name[7:])), None)
            if worker is None:
                worker = {"Worker Number": int(name[7:])}
                workers.append(worker)
            self._worker = (indent, worker)
            return self._worker_line(line, worker, value)
        return self._property(line, owner, name, value, indent)

    def _in_worker(self, indent: int) -> bool:
        """Return whether a line belongs to the worker above it; one that does not ends the worker's lines."""
        if self._worker is not None and indent <= self._worker[0]:
            self._worker = None
        return self._worker is not None

    def _property(self, line: Line, owner: _Fields, name: str, value: str, indent: int) -> bool:
        """Read a property of a node, or of the worker whose lines stand deeper."""
        if self._worker is not None and self._in_worker(indent):
            return self._of_worker(line, self._worker[1], name, value)
        if "'" in value or '"' in value:
            value, self._at = self._literals.whole(self._at, value)
        if name in ("Group Key", "Hash Key", "Sort Key") and owner["Node Type"] == "Aggregate":
            owner.setdefault("Keys", []).append((name, value))
            return True
        if name in _NOT_PRINTED:
            return self._refuse(line, "a property that TEXT prints")
        if name in owner and name not in ("Schema", "Alias"):
            return self._refuse(line, f"{name} only once for a node")
        return read_property(owner, name, value) or self._refuse(line, f"figures of {name}")

    def _heads(self, indent: int) -> bool:
        """Return whether the next line is a node that stands deeper: then the line at hand is its heading."""
        for line in self._lines[self._at + 1 : self._at + 4]:
            stripped = line.text.lstrip()
            if stripped:
                return stripped.startswith("->") and indent_of(line.text) > indent
        return False

    def _worker_line(self, line: Line, worker: _Fields, value: str) -> bool:
        found = measured(value)
        if found is not None:
            worker.update(found)
            return True
        name, colon, rest = value.partition(": ")
        if not colon and value.endswith(":"):
            name, colon = value[:-1], ":"
        return self._of_worker(line, worker, name, rest.strip()) if colon else self._refuse(line, "figures of a worker")

    def _of_worker(self, line: Line, worker: _Fields, name: str, value: str) -> bool:
        if name == "JIT":
            worker["JIT"] = {}
            return True
        if "JIT" in worker and text_statement.jit_line(worker["JIT"], name, value):
            return True
        return read_property(worker, name, value) or self._refuse(line, f"figures of {name}")

    def _refuse(self, line: Line, expected: str) -> bool:
        """Keep a line that was not understood, and go on behind it."""
        self._unread.append(line.unread(expected))
        return True

    def _cut(self) -> str | None:
        """Return what is missing of a plan that was cut off."""
        parts = []
        if self._is_fragment:
            parts.append(f"the beginning is missing: the node above line {self._lines[self._first].number}")
        lines, at = self._lines, self._at
        if next((index for index in range(at, len(lines)) if lines[index].text.strip()), None) is None:
            last = next((lines[index] for index in range(at - 1, -1, -1) if lines[index].text.strip()), None)
            if last is not None and (last is self._broken or is_cut(last.text.strip())):
                parts.append(f"the end is missing: line {last.number} breaks off")
            elif (missing := missing_inputs(self._document["Plan"])) is not None:
                parts.append(f"the end is missing: {missing}")
        return "; ".join(parts) or None
