"""Every plan out of any text: documents in the four formats, wherever they begin, with what auto_explain logged about the statement.

Over 300 lines, because texts hold documents that hold texts: the readers call each other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from indexadvisor.explain import read_yaml as yaml
from indexadvisor.explain.log_lines import DURATION, HEADS, csv_messages
from indexadvisor.explain.mend import is_odd, mended
from indexadvisor.explain.plan import Unread
from indexadvisor.explain.read_json import decode
from indexadvisor.explain.read_text import is_arrow, is_root, read_text
from indexadvisor.explain.read_xml import read_xml
from indexadvisor.explain.source import Found, Line, statement
from indexadvisor.explain.text_node import is_node, measures
from indexadvisor.explain.unwrap import is_noise, unwrap

_MARKS = ("(cost=", "(actual ", "Node Type", "<explain", "Node-Type", "-> ", " Scan on ")
"""A string without any of these holds no plan."""
_MAX_WITHIN = 4
"""Texts within texts: a plan in a message, in a JSON line, in an export."""
_LOOK_AHEAD = 4000
_SMALL = 12


@dataclass
class Extract:
    """What a text holds. ``near``: the first place that looked like a plan and was none."""

    found: list[Found] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    near: Unread | None = None


def extract(text: str) -> Iterator[Extract]:
    """Yield what a text holds, piece by piece, in its order; never raises. A log comes entry by entry, so that little is held at once."""
    for piece, number in _pieces(text):
        result = Extract()
        if not _json_entry(piece, number, result):
            _from_text(piece, result, number, False, 0)
        yield result


def _json_entry(text: str, number: int, result: Extract, fixed: bool = False) -> bool:
    """Read the usual entry of a log in JSON without looking at its lines one by one; returns False where it is anything else."""
    head = DURATION.search(text, 0, _LOOK_AHEAD)
    if head is None or text[head.end() : head.end() + 3] not in ("\n\t{", "\n{\n"):
        return False
    body = text[head.end() :].replace("\n\t", "\n")
    decoded = decode(body, 1)
    if decoded.fault is not None or not isinstance(decoded.value, dict) or not isinstance(decoded.value.get("Plan"), dict):
        return False
    if DURATION.search(body, decoded.end) is not None:
        return False
    at = number if fixed else number + text.count("\n", 0, head.end()) + 1
    result.found.append(Found({"Duration": float(head[1]), **decoded.value}, "json", at, 0))
    return True


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of a text that can be read one by one, each with the number of its first line: entries of a log, else the whole."""
    first = text.lstrip()[:_LOOK_AHEAD].partition("\n")
    if first[1] and first[0][:1] == "{" and first[0].rstrip()[-1:] == "}":  # a document in each line
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield line, number
        return
    if "duration: " not in text or "-1] " in text or ',"duration: ' in text or text.lstrip()[:1] in ("{", "["):
        yield text, 1
        return
    start, number = 0, 1
    for head in DURATION.finditer(text):
        at = text.rfind("\n", 0, head.start()) + 1
        if at > start:
            yield text[start:at], number
            number += text.count("\n", start, at)
            start = at
    yield text[start:], number


def _from_text(text: str, result: Extract, number: int, fixed: bool, within: int) -> None:
    """Read a text whose first line has that number; ``fixed`` where all its lines share it (a string within JSON)."""
    messages = list(csv_messages(text)) if ',"duration: ' in text else []
    if messages and not text.lstrip().startswith(("{", "[")):
        for message, at in messages:
            _Scan(unwrap(message, number if fixed else number + at - 1, fixed), result, within).run()
        return
    whole = decode(text, len(text) - len(text.lstrip())) if text.lstrip()[:1] == '"' else None
    if whole is not None and whole.fault is None and not text[whole.end :].strip():
        _from_value(whole.value, result, number, within)
        return
    position = _values(text, result, number, fixed, within)
    if position < len(text) and text[position:].strip():
        number += 0 if fixed else text.count("\n", 0, position)
        _Scan(unwrap(text[position:], number, fixed), result, within).run()


def _values(text: str, result: Extract, number: int, fixed: bool, within: int) -> int:
    """Read JSON values as long as nothing else stands between them (one document, or a jsonlog); returns where that ends."""
    position = 0
    while True:
        start = position + len(text[position : position + 200]) - len(text[position : position + 200].lstrip(" \t\n"))
        if text[start : start + 1] not in ("{", "["):
            return position
        decoded = decode(text, start)
        if decoded.fault is not None:
            return position
        number += 0 if fixed else text.count("\n", position, start)
        _from_value(decoded.value, result, number, within)
        number += 0 if fixed else text.count("\n", start, decoded.end)
        position = decoded.end


def _from_value(value: Any, result: Extract, number: int, within: int, truncated: str | None = None) -> None:
    """Take the plans out of a decoded JSON value: plans themselves, or strings that hold plans (messages of logs, cells of clients)."""
    stack, first = [value], len(result.found)
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if isinstance(item.get("Plan"), dict) or "Node Type" in item:
                result.found.append(statement(item, "json", number, 0, (), None))
                continue
            stack.extend(reversed(item.values()))
        elif isinstance(item, list):
            rows = _rows(item)
            stack.extend([rows] if rows is not None else reversed(item))
        elif not isinstance(item, str) or within >= _MAX_WITHIN or not any(mark in item for mark in _MARKS):
            continue
        elif not _json_entry(item, number, result, fixed=True):
            _from_text(item, result, number, True, within + 1)
    if truncated is not None and len(result.found) > first:
        result.found[-1] = result.found[-1]._replace(truncated=truncated)


def _rows(items: list[Any]) -> str | None:
    """Return the rows of a result with one column of text as one text, None for any other list."""
    lines = []
    for item in items:
        cells = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else [item]
        if len(cells) != 1 or not isinstance(cells[0], str):
            return None
        lines.append(cells[0])
    return "\n".join(lines) if len(lines) > 1 else None


class _Scan:
    """Goes through cleaned lines and reads each plan where it begins."""

    def __init__(self, lines: list[Line], result: Extract, within: int) -> None:
        self._lines = lines
        self._result = result
        self._within = within
        self._text: str | None = None
        self._offsets: list[int] = []
        self._about: dict[str, Any] = {}

    def run(self) -> None:
        """Read all lines."""
        lines, at = self._lines, 0
        while at < len(lines):
            text = lines[at].text
            stripped = text.lstrip()
            if stripped:
                at = self._step(at, text, stripped)
            else:
                at += 1

    def _step(self, at: int, text: str, stripped: str) -> int:
        """Read what begins on a line; returns the index to go on from."""
        head = DURATION.search(text) if "duration: " in text else None
        if head is not None:
            self._about = {"Duration": float(head[1])}
            rest = text[head.end() :].strip()
            if not rest:
                return at + 1
            self._lines[at] = self._lines[at]._replace(text=rest, column=self._lines[at].column + text.rfind(rest))
            self._text = None
            return self._step(at, rest, rest)
        if ":  " in text and HEADS.search(text) is not None:
            return self._other_entry(at + 1)
        sign = stripped[0]
        if sign in "{[" or '{"' in stripped:
            return self._json(at, text)
        if sign == "<":
            return self._xml(at, stripped)
        if yaml.START.match(text) is not None and self._is_yaml(at, stripped):
            return self._keep(yaml.read_yaml(self._lines, at), at)
        if stripped.startswith("Query Text: "):
            return self._query(at)
        following = next((line.text for line in self._lines[at + 1 : at + 3] if line.text.strip()), "")
        if is_root(text, following) or is_arrow(text) or self._is_alone(at, stripped):
            return self._plan_text(at)
        if self._result.near is None and "(cost=" in text:
            self._result.near = self._lines[at].unread("a plan node with (cost=.. rows=.. width=..)")
        return at + 1

    def _other_entry(self, at: int) -> int:
        """Pass over the further lines of a log's entry that holds no plan, whatever they look like."""
        while at < len(self._lines) and self._lines[at].text.startswith("\t"):
            at += 1
        return at

    def _is_alone(self, at: int, stripped: str) -> bool:
        """Return whether a bare node name is the whole plan: there is nothing else but what psql puts around."""
        if len(self._lines) > _SMALL or not is_node(stripped.rstrip()):
            return False
        return all(index == at or not line.text.strip() or is_noise(line.text) for index, line in enumerate(self._lines))

    def _keep(self, plans: list[Found], at: int) -> int:
        """Add plans with what the log said about them; returns the index behind them."""
        for each in plans:
            self._result.found.append(each._replace(document={**self._about, **each.document}) if self._about else each)
            self._about = {}
        return max((each.end for each in plans), default=at + 1)

    def _json(self, at: int, text: str) -> int:
        whole, offsets = self._joined()
        start = offsets[at] + next((p for p in (text.find('{"'), text.find("{"), text.find("[")) if p >= 0), 0)
        if text.lstrip()[0] in "{[":
            start = offsets[at] + len(text) - len(text.lstrip())
        before, about = len(self._result.found), self._about
        ahead = whole[start : start + _LOOK_AHEAD]
        if '"Plan"' not in ahead and '"Node Type"' not in ahead and not any(mark in ahead for mark in _MARKS):
            return at + 1
        decoded = decode(whole, start)
        number, truncated = self._lines[at].number, None
        if decoded.fault is not None:
            fault = self._line_at(decoded.position)
            truncated = f"the end is missing: line {fault.number} breaks off" if decoded.fault == "the end is missing" else None
            if truncated is None:
                self._fault(fault, decoded.position, decoded.fault)
        _from_value(decoded.value, self._result, number, self._within, truncated)
        if about and len(self._result.found) > before:
            self._about = {}
            found = self._result.found[before]
            self._result.found[before] = found._replace(document={**about, **found.document})
        end = bisect_right(offsets, max(decoded.end - 1, start)) - 1
        if len(self._result.found) == before and self._result.near is None:
            self._result.near = self._lines[at].unread("a JSON document with a Plan")
        return max(end, at) + 1

    def _fault(self, line: Line, position: int, expected: str) -> None:
        column = position - self._joined()[1][bisect_right(self._offsets, position) - 1]
        self._result.unread.append(Unread(line.number, line.column + column, line.text[column : column + 1000], expected))

    def _line_at(self, position: int) -> Line:
        return self._lines[min(bisect_right(self._offsets, position), len(self._lines)) - 1]

    def _joined(self) -> tuple[str, list[int]]:
        """Return all lines as one text, and where each begins in it."""
        if self._text is None:
            self._text = "\n".join(line.text for line in self._lines)
            self._offsets = [0, *accumulate(len(line.text) + 1 for line in self._lines[:-1])]
        return self._text, self._offsets

    def _xml(self, at: int, stripped: str) -> int:
        if not stripped.startswith(("<explain", "<?xml", "<Plan>")):
            return at + 1
        end = at
        while end < len(self._lines) and "</explain>" not in self._lines[end].text:
            if end > at and "<explain" in self._lines[end].text and not stripped.startswith("<?xml"):
                break
            end += 1
        end += end < len(self._lines) and "</explain>" in self._lines[end].text
        plans = read_xml(self._lines, at, end)
        if not plans and self._result.near is None:
            self._result.near = self._lines[at].unread("an XML document with a Plan and no DOCTYPE")
        self._keep(plans, at)
        return max(end, at + 1)

    def _is_yaml(self, at: int, stripped: str) -> bool:
        if "Query Text:" not in stripped:
            return True
        return any(line.text.strip() == "Plan:" for line in self._lines[at + 1 : at + 4])

    def _query(self, at: int) -> int:
        """Take the statement that auto_explain logged in front of its plan; returns the index of the plan."""
        end, count = at + 1, len(self._lines)
        while end < count and not self._ends_query(end):
            end += 1
        if end < count and is_root(self._lines[end].text) and measures(self._lines[end].text) is not None:
            first = self._lines[at].text.lstrip().removeprefix("Query Text: ")
            query = "\n".join([first, *(line.text for line in self._lines[at + 1 : end])])
            text, has_parameters, parameters = query.rpartition("\nQuery Parameters: ")
            self._about["Query Text"] = (text if has_parameters else query).rstrip()
            if has_parameters:
                self._about["Query Parameters"] = parameters.rstrip()
        return end

    def _ends_query(self, at: int) -> bool:
        text = self._lines[at].text
        if "(cost=" in text or "(actual " in text:
            return is_root(text)
        return DURATION.search(text) is not None or (HEADS.search(text) is not None and text[:1].isdigit())

    def _plan_text(self, at: int) -> int:
        plan = read_text(self._lines, at)
        if plan.unread or plan.truncated or is_odd(self._lines, plan.end):
            plan = mended(self._lines, at, plan)
        return self._keep([plan], at)
