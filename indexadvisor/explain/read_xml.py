"""EXPLAIN's XML format into the likeness of its JSON, by the expat parser of the standard library.

Document types are refused, so that no entity is ever expanded or fetched. What was read before a fault, or before the end of an input
that was cut off, is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.parsers import expat

from indexadvisor.explain.plan import Unread
from indexadvisor.explain.properties import EMPTY_LISTS, LISTS, typed
from indexadvisor.explain.source import Found, Line, statement

MAX_NESTING = 1000
_NAMES = {"One-Time-Filter": "One-Time Filter", "Full-sort-Groups": "Full-sort Groups", "Pre-sorted-Groups": "Pre-sorted Groups"}
_ITEMS = frozenset({"Plans", "Workers", "Triggers", "Target Tables", "Grouping Sets"})
_NESTED = frozenset({"Group Keys", "Hash Keys"})
# XML has no control characters, PostgreSQL prints them all the same: they pass the parser in a private area of Unicode
_HIDDEN = {code: 0xF8000 + code for code in range(32) if code not in (9, 10, 13)}
_SHOWN = {hidden: code for code, hidden in _HIDDEN.items()}
_IS_HIDDEN = re.compile("[\U000f8000-\U000f801f]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


class _Element:
    """An element that is being read."""

    __slots__ = ("children", "name", "parts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[str] = []
        self.children: list[tuple[str, Any]] = []

    def value(self) -> Any:
        """Return the element as JSON would print it."""
        if self.name in _ITEMS or self.name in _NESTED:
            return [value if value != "" else [] for _, value in self.children]
        if self.name in LISTS or (self.children and all(name == "Item" for name, _ in self.children)):
            return [value for _, value in self.children]
        if self.children:
            return _object(self.name, self.children)
        text = "".join(self.parts)
        if not text.strip() and self.name in EMPTY_LISTS:
            return []
        return text


def name_of(tag: str) -> str:
    """Return the name that JSON prints for a tag.

    >>> name_of("Shared-I-O-Read-Time"), name_of("One-Time-Filter"), name_of("work_mem")
    ('Shared I/O Read Time', 'One-Time Filter', 'work_mem')
    """
    return _NAMES.get(tag) or tag.replace("I-O", "I/O").replace("-", " ")


def _object(owner: str, children: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for tag, value in children:
        name = tag
        if tag == "Incremental Sort Groups":  # the two kinds share their tag, the full sort comes first
            name = "Pre-sorted Groups" if "Full-sort Groups" in found else "Full-sort Groups"
        elif tag == "Sort Space":
            name = _space(found)
        key, count = name, 1
        while key in found:
            count += 1
            key = f"{name} ({count})"
        found[key] = typed(name, value) if isinstance(value, str) and owner != "Settings" else value
    return found


def _space(found: dict[str, Any]) -> str:
    """Return which sort space comes next: memory is printed before disk, and external methods alone have no memory."""
    methods = found.get("Sort Methods Used", [])
    external = bool(methods) and all(str(method).startswith("external") for method in methods)
    return "Sort Space Disk" if "Sort Space Memory" in found or external else "Sort Space Memory"


class _Reader:
    """Collects the statements of one document."""

    def __init__(self, is_fragment: bool) -> None:
        self._stack: list[_Element] = []
        self._is_fragment = is_fragment
        self.statements: list[Any] = []
        self.whole = False

    def start(self, tag: str, _: dict[str, str]) -> None:
        """Open an element."""
        if len(self._stack) >= MAX_NESTING:
            raise _Refused(f"elements nested at most {MAX_NESTING} levels deep")
        self._stack.append(_Element(name_of(tag)))

    def end(self, _: str) -> None:
        """Close an element, and keep its value in the one around it."""
        element = self._stack.pop()
        if element.name == "explain" or not self._stack:
            self.whole = True
            self._finish(element)
        elif self._is_fragment and element.name == "Plan" and len(self._stack) == 1:
            self.statements.append(element.value())
        elif element.name == "Query" and self._stack[-1].name == "explain":
            self._finish(element)
        else:
            self._stack[-1].children.append((element.name, element.value()))

    def text(self, text: str) -> None:
        """Take text of the innermost element."""
        if self._stack:
            self._stack[-1].parts.append(text.translate(_SHOWN) if _IS_HIDDEN.search(text) else text)

    def doctype(self, *_: object) -> None:
        """Refuse a document type."""
        raise _Refused("no document type (DOCTYPE): a plan has none")

    def cut(self) -> None:
        """Close all that is open; an element that was not yet whole is dropped where it holds text."""
        while self._stack:
            element = self._stack[-1]
            if not element.children and element.parts and len(self._stack) > 1:
                self._stack.pop()
            else:
                self.end("")

    def _finish(self, element: _Element) -> None:
        if element.name == "Plan":
            self.statements.append({"Plan": element.value()})
        elif element.children:
            self.statements.append(_object(element.name, element.children))


class _Refused(ValueError):
    """Something that no plan has."""


def read_xml(lines: Sequence[Line], start: int, end: int) -> list[Found]:
    """Read the document on the lines ``start`` to ``end`` (exclusive); never raises.

    One that begins with ``<Plan>`` is what is left of a document whose beginning was cut off: its nodes are read one by one.
    """
    is_fragment = lines[start].text.lstrip().startswith("<Plan>")
    text = _DECLARATION.sub(" ", "\n".join(line.text for line in lines[start:end]).translate(_HIDDEN))
    if is_fragment:
        text = f"<explain>{text}"
    parser, reader = expat.ParserCreate(), _Reader(is_fragment)
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, reader.doctype
    unread: tuple[Unread, ...] = ()
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, _Refused) as error:
        at = min(start + parser.CurrentLineNumber - 1, end - 1)
        line, column = lines[at], parser.CurrentColumnNumber + 1
        ran_out = isinstance(error, expat.ExpatError) and at == end - 1 and not reader.whole
        if not ran_out and not is_fragment:
            expected = str(error) if isinstance(error, _Refused) else "well-formed XML"
            unread = (Unread(line.number, line.column + column - 1, line.text[column - 1 :].strip()[:1000], expected),)
    truncated = None if reader.whole or is_fragment else f"the end is missing: after line {lines[end - 1].number}"
    if not reader.whole:
        reader.cut()
    found = [each for each in reader.statements if isinstance(each, dict) and ("Plan" in each or "Node Type" in each)]
    number = lines[start].number
    return [statement(each, "xml", number, end, unread, truncated if each is found[-1] else None) for each in found]
