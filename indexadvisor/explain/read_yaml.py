"""EXPLAIN's YAML format into the likeness of its JSON: the regular subset that PostgreSQL prints, read line by line.

Source: escape_yaml and ExplainYAMLLineStarting in src/backend/commands/explain_format.c: strings are quoted as in JSON, nothing is
anchored, aliased or tagged. Plain and single-quoted strings of other writers are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from indexadvisor.explain.log_lines import HEADS
from indexadvisor.explain.plan import Unread
from indexadvisor.explain.properties import EMPTY_LISTS, typed
from indexadvisor.explain.read_json import decode, joined
from indexadvisor.explain.source import Found, Line, statement

MAX_NESTING = 1000
_ENTRY = re.compile(r"([^\s\"'\-#][^:\"']*|\"[^\"]*\"):(?:\s+(.*)|)$")
START = re.compile(r"\s*(?:- )?(?:Plan:\s*$|Query Text:|Node Type: \S)")
"""How a document begins, or what is left of one whose beginning was cut off."""


class _Block:
    """A mapping or a list that is being read. ``indent``: the column of its entries."""

    __slots__ = ("indent", "is_list", "items", "key", "name")

    def __init__(self, indent: int, is_list: bool, name: str) -> None:
        self.indent = indent
        self.is_list = is_list
        self.name = name
        self.items: list[Any] = []
        self.key: str | None = None

    def add(self, value: Any) -> None:
        """Put a value, under the key that waits for it."""
        if self.is_list:
            self.items.append(value)
        else:
            self.items.append((self.key, value))
            self.key = None

    def value(self) -> Any:
        """Return what was collected; a key without a value is an empty list or nothing."""
        if self.key is not None:
            self.add([] if self.key in EMPTY_LISTS else None)
        return self.items if self.is_list else joined(self.items)


def read_yaml(lines: Sequence[Line], start: int) -> list[Found]:
    """Read the statements that begin on the line of that index; never raises."""
    reader = _Reader(lines, start)
    return reader.read()


class _Reader:
    """Reads a list of statements, or the one mapping that auto_explain prints."""

    def __init__(self, lines: Sequence[Line], start: int) -> None:
        self._lines = lines
        self._start = start
        first = lines[start].text
        self._base = len(first) - len(first.lstrip())
        self._stack = [_Block(self._base, first.lstrip().startswith("- "), "")]
        self._unread: list[Unread] = []
        self._cut = False

    def read(self) -> list[Found]:
        """Read until a line that stands left of the first, or is no YAML where one would have to be."""
        at, count = self._start, len(self._lines)
        last = at
        while at < count:
            line = self._lines[at]
            if line.text.strip() and not self._take(line):
                break
            last = at if line.text.strip() else last
            at += 1
        value = self._close(-1)
        statements = value if isinstance(value, list) else [value]
        found = [each for each in statements if isinstance(each, dict) and ("Plan" in each or "Node Type" in each)]
        truncated = f"the end is missing: line {self._lines[last].number} breaks off" if self._cut and at >= count else None
        number, unread = self._lines[self._start].number, tuple(self._unread)
        return [statement(each, "yaml", number, at, unread, truncated if each is found[-1] else None) for each in found]

    def _take(self, line: Line) -> bool:
        """Read one line; returns False where the document ended before it."""
        self._cut = False
        text = line.text.rstrip()
        content = text.lstrip()
        indent = len(text) - len(content)
        if indent < self._base or (indent == self._base and self._outermost_ends(content)):
            return False
        while content.startswith("- "):
            self._close(indent, True)
            if not self._open(line, indent, True):
                return True
            inner = content[2:].lstrip()
            indent += len(content) - len(inner)
            content = inner
        entry = _ENTRY.match(content)
        block = self._stack[-1]
        if entry is None:
            if block.is_list and indent > block.indent and content:
                self._scalar(line, block, block.name, content)
                return True
            return self._stray(line)
        self._close(indent, False)
        if not self._open(line, indent, False):
            return True
        block = self._stack[-1]
        if block.key is not None:
            block.add([] if block.key in EMPTY_LISTS else None)
        block.key = entry[1].strip('"')
        if entry[2]:
            self._scalar(line, block, block.key, entry[2])
        return True

    def _outermost_ends(self, content: str) -> bool:
        """Return whether a line in the first column belongs to something else."""
        if self._stack[0].is_list:
            return not content.startswith("- ")
        entry = _ENTRY.match(content)
        if entry is None or HEADS.search(content) is not None:
            return True
        known = {name for name, _ in self._stack[0].items} | {self._stack[0].key}
        return entry[1] in known

    def _open(self, line: Line, indent: int, is_list: bool) -> bool:
        """Make the innermost block one with entries in that column."""
        block = self._stack[-1]
        if block.indent == indent and block.is_list == is_list:
            return True
        if len(self._stack) >= MAX_NESTING:
            self._unread.append(line.unread(f"blocks nested at most {MAX_NESTING} levels deep"))
            return False
        if not block.is_list and block.key is None:
            return self._stray(line) and False
        self._stack.append(_Block(indent, is_list, block.name if block.is_list else block.key or ""))
        return True

    def _close(self, indent: int, is_list: bool = False) -> Any:
        """Close the blocks right of a column, and one in it that is of the other kind; returns the last value closed."""
        value: Any = None
        while self._stack:
            block = self._stack[-1]
            awaits = is_list and block.key is not None  # a list may stand in the column of its key
            if block.indent < indent or (block.indent == indent and (block.is_list == is_list or awaits)):
                break
            if len(self._stack) == 1 and indent >= 0:
                break
            value = self._stack.pop().value()
            if self._stack:
                self._stack[-1].add(value)
        return value

    def _scalar(self, line: Line, block: _Block, name: str, text: str) -> None:
        if text[0] in '"[':
            decoded = decode(text, 0)
            self._cut = decoded.fault is not None or text[decoded.end :].strip() != ""
            if self._cut:
                self._unread.append(line.unread("a string in double quotes, whole"))
                block.key = None
                return
            block.add(decoded.value)
        elif text[0] == "'" and text[-1] == "'" and len(text) > 1:
            block.add(text[1:-1].replace("''", "'"))
        else:
            block.add(typed(name, text))

    def _stray(self, line: Line) -> bool:
        """Keep a line that is no YAML; one in the middle of a document does not end it."""
        self._cut = True
        self._unread.append(line.unread("an entry (Name: value)"))
        return True
