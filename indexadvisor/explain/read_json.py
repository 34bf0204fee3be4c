"""JSON as plans come in it: whole documents by the standard library, broken ones (cut off, nested without end) by our own reader.

PostgreSQL 10 to 12 print ``Workers`` twice for one node; the two are joined by worker. Any other key that is repeated keeps its first
value and gets the later ones under ``name (2)``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json import decoder
from typing import Any, NamedTuple

from indexadvisor.explain.properties import number

MAX_NESTING = 1000
"""Levels of arrays and objects: two for each node of a plan."""
_SCAN: Callable[[str, int, bool], tuple[str, int]] = vars(decoder)["scanstring"]
_SPACE = re.compile(r"[\s,:]*")
_WORD = re.compile(r"[^\s,:\[\]{}\"]+")
_WORDS = {"true": True, "false": False, "null": None}


class Decoded(NamedTuple):
    """A value, where it ended, and what was missing of it (None for a whole one). ``position`` is that of the fault."""

    value: Any
    end: int
    fault: str | None = None
    position: int = 0


def joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object in which no value is lost to a repeated key.

    >>> joined([("a", 1), ("a", 2)])
    {'a': 1, 'a (2)': 2}
    """
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found, counts = {}, dict[str, int]()
    for name, value in pairs:
        if name not in found:
            found[name] = value
            continue
        if name == "Workers" and isinstance(value, list) and isinstance(found[name], list):
            found[name] = _workers(found[name], value)
            continue
        counts[name] = counts.get(name, 1) + 1
        found.setdefault(f"{name} ({counts[name]})", value)
    return found


def _workers(first: list[Any], second: list[Any]) -> list[Any]:
    merged: dict[Any, Any] = {}
    for worker in (*first, *second):
        key = worker.get("Worker Number") if isinstance(worker, dict) else None
        key = key if isinstance(key, (int, str)) else f"at {len(merged)}"
        merged[key] = {**merged[key], **worker} if key in merged else worker
    return list(merged.values())


_DECODER = json.JSONDecoder(object_pairs_hook=joined)


def decode(text: str, start: int) -> Decoded:
    """Decode the value at a position; one that is cut off or malformed is read as far as it goes. Never raises.

    >>> decode('{"a": [1, {"b": 2', 0)
    Decoded(value={'a': [1, {'b': 2}]}, end=17, fault='the end is missing', position=17)
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _Repairer(text, start).read()
    return Decoded(value, end)


class _Open:
    """A container that is being filled; an object collects pairs."""

    __slots__ = ("has_key", "items", "key", "sign")

    def __init__(self, sign: str) -> None:
        self.sign = sign
        self.items: list[Any] = []
        self.key = ""
        self.has_key = False

    def add(self, value: Any) -> None:
        """Put a value; in an object the first of two is the key."""
        if self.sign == "[":
            self.items.append(value)
        elif self.has_key:
            self.items.append((self.key, value))
            self.has_key = False
        else:
            self.key, self.has_key = str(value), True

    def value(self) -> Any:
        """Return what was collected."""
        return self.items if self.sign == "[" else joined(self.items)


class _Repairer:
    """Reads as much of a damaged value as can be read, without recursion."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._at = start
        self._stack: list[_Open] = []
        self._fault: str | None = None
        self._fault_at = start

    def read(self) -> Decoded:
        """Return the value; what was open at the end is closed."""
        value = self._outermost()
        if value is _NOTHING:
            value = self._closed()
        return Decoded(value, self._at, self._fault, self._fault_at)

    def _outermost(self) -> Any:
        """Return the outermost value once it is whole, _NOTHING where it never is."""
        text, size = self._text, len(self._text)
        while True:
            space = _SPACE.match(text, self._at)
            self._at = self._at if space is None else space.end()
            if self._at >= size:
                return self._fail("the end is missing", size)
            sign = text[self._at]
            if sign in "{[":
                if len(self._stack) >= MAX_NESTING:
                    return self._fail(f"nested more than {MAX_NESTING} levels deep", self._at)
                self._stack.append(_Open(sign))
                self._at += 1
                continue
            if sign in "}]":
                self._at += 1
                if not self._stack:
                    return self._fail("a value was expected", self._at - 1)
                value = self._stack.pop().value()
            else:
                value = self._scalar(sign)
                if value is _NOTHING:
                    return _NOTHING
            if not self._stack:
                return value
            self._stack[-1].add(value)

    def _scalar(self, sign: str) -> Any:
        if sign == '"':
            try:
                value, self._at = _SCAN(self._text, self._at + 1, False)
            except ValueError:
                return self._fail("the end is missing" if self._text.find('"', self._at + 1) < 0 else "a string was expected", self._at)
            return value
        word = _WORD.match(self._text, self._at)
        if word is None:
            return self._fail("a value was expected", self._at)
        name = word.group()
        figure = number(name)
        if name not in _WORDS and figure is None:
            return self._fail("the end is missing" if word.end() == len(self._text) else "a value was expected", self._at)
        self._at = word.end()
        return _WORDS.get(name, figure)

    def _fail(self, fault: str, position: int) -> Any:
        self._fault, self._fault_at = fault, position
        return _NOTHING

    def _closed(self) -> Any:
        """Close all that is open, innermost first."""
        value: Any = None
        while self._stack:
            container = self._stack.pop()
            if value is not None:
                container.add(value)
            value = container.value()
        return value


_NOTHING = object()
