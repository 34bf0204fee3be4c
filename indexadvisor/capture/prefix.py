"""``log_line_prefix``: given, or recognised from the lines themselves (PostgreSQL documentation, 20.8.3 What to Log)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from indexadvisor.capture.entry import SEVERITIES
from indexadvisor.errors import CaptureError

CONTINUES = ("DETAIL", "HINT", "QUERY", "CONTEXT", "STATEMENT", "LOCATION", "BACKTRACE")
"""What the further lines of an entry start with."""

_SEVERITY = r"(?P<severity>" + "|".join((*SEVERITIES, *CONTINUES)) + r"):  (?P<message>.*)\Z"
_HAS_SEVERITY = re.compile(r"(?:^|[^A-Za-z])(?:" + "|".join((*SEVERITIES, *CONTINUES)) + "):  ")
_STAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_ESCAPES = {
    "a": r"(?P<application>[^\n]{0,63}?)", "u": r"(?P<user>[^\n]{0,63}?)", "d": r"(?P<database>[^\n]{0,63}?)",
    "r": r"[^\s,|]{0,255}?", "h": r"[^\s,|]{0,255}?", "b": r"[A-Za-z_ ]{0,60}?", "p": r"(?P<pid>\d+)", "P": r"\d*",
    "t": rf"(?P<time>{_STAMP} [^\s:,|\]]{{1,10}})", "m": rf"(?P<time>{_STAMP}\.\d{{3}} [^\s:,|\]]{{1,10}})", "n": r"(?P<time>\d+\.\d{3})",
    "s": rf"(?:{_STAMP} \S{{1,10}}?)?", "i": r"[A-Za-z ]{0,40}?", "e": r"[0-9A-Z]{5}", "c": r"(?P<session>[0-9a-f]+\.[0-9a-f]+)",
    "l": r"\d+", "v": r"(?:-?\d+/\d+)?", "x": r"\d*", "Q": r"-?\d+", "L": r"[^\s,|]{0,255}?",
}  # fmt: skip
KNOWN = (
    "%m [%p] %q%u@%d ", "%m [%p] ", "%t [%p] %q%u@%d ", "%t [%p] ", "%m [%p] %u@%d ", "%m [%p] %q%u@%d %a ", "%m [%p]: ", "%t [%p]: ",
    "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", "%m [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: user=%u,db=%d,app=%a,client=%h ", "%m [%p] user=%u,db=%d,app=%a,client=%h ", "%m [%p] %quser=%u,db=%d,app=%a,client=%h ",
    "%t [%p]: [%l-1] user=%u,db=%d ", "%m [%p]: [%l-1] user=%u,db=%d ", "%t [%p]: [%l-1] ", "%m [%p]: [%l-1] ", "%m [%p] %quser=%u,db=%d ",
    "%m [%p]: [%l-1] db=%d,user=%u ", "%t [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ", "%m [%p]: [%l-1] db=%d,user=%u,app=%a,client=%h ",
    "%m|%u|%d|%c|", "%t:%r:%u@%d:[%p]:", "%m:%r:%u@%d:[%p]:%l:%e:%s:%v:%x:%c:%q%a:", "%m %u@%d [%p] ", "%t %u@%d [%p] ",
    "%m [%c] %q%u@%d ", "%m [%c] ", "%t-%c-", "%m [%p:%l] %q%u@%d ", "%n [%p] %q%u@%d ", "%n [%p] ", "< %m [%p] >", "%p %m ", "",
)  # fmt: skip
"""Prefixes in common use: Debian, pgBadger's, RDS, Azure, pgreplay's and the documentation's."""
_ENOUGH = 0.6
_FIELDS = ("severity", "message", "time", "session", "pid", "user", "database", "application")


class Prefix(Protocol):
    """Something that takes the prefix off a line."""

    def split(self, line: str) -> tuple[str, ...] | None:
        """Return (severity, message, time, session, user, database, application), or None for a line without the prefix."""


class CompiledPrefix:
    """A ``log_line_prefix`` as a pattern. Raises CaptureError for an escape that PostgreSQL does not have."""

    def __init__(self, prefix: str) -> None:
        self.text = prefix
        self._pattern = re.compile(_compile(prefix) + _SEVERITY, re.DOTALL)
        groups = self._pattern.groupindex
        # the pattern's own group numbers, 0 standing for "this prefix has none"
        self._order = [groups.get(name, 0) for name in _FIELDS]

    def split(self, line: str) -> tuple[str, ...] | None:
        """Return the parts of a line; see Prefix."""
        match = self._pattern.match(line)
        if match is None:
            return None
        severity, message, time, session, pid, user, database, application = (str(match[i] or "") if i else "" for i in self._order)
        return severity, message, time, session or pid, user, database, application


class FoundPrefix:
    """A prefix of no known form in which time, process, user, database and application are found by how they look."""

    text = "a form of its own"
    _pattern = re.compile(r"(?P<head>[^\n]{0,400}?)(?<![A-Za-z])" + _SEVERITY, re.DOTALL)
    _time = re.compile(rf"{_STAMP}(?:\.\d{{3}})? [A-Za-z0-9+:-]{{1,9}}|\b\d{{10}}\.\d{{3}}\b")
    _session = re.compile(r"\b[0-9a-f]{8}\.[0-9a-f]+\b|\[(\d+)(?:[-:]\d+)?\]|\b(?:pid|p)[=:] ?(\d+)|(?<![\d.:-])(\d{2,7})(?![\d.:/-])")
    _named = re.compile(r"\b(user|usr|db|database|app|application(?:_name)?)=([^,\s\]|]*)")
    _at = re.compile(r"(?:^|[\s:|\[,])([\w.-]+)@([\w.-]+)")

    def split(self, line: str) -> tuple[str, ...] | None:
        """Return the parts of a line; see Prefix."""
        match = self._pattern.match(line)
        if match is None:
            return None
        head = match["head"]
        time = self._time.search(head)
        rest = head if time is None else head[: time.start()] + head[time.end() :]
        session = self._session.search(rest)
        named = {str(name)[0]: str(value) for name, value in self._named.findall(head)}
        at = self._at.search(rest)
        user, database = named.get("u", str(at[1]) if at else ""), named.get("d", str(at[2]) if at else "")
        key = next((str(part) for part in (*session.groups(), session[0]) if part), "") if session else ""
        return match["severity"], match["message"], time[0] if time else "", key, user, database, named.get("a", "")


def detect_prefix(lines: Sequence[str]) -> Prefix | None:
    """Return the prefix that fits most of the lines that have a severity, or None when no line has one."""
    heads = [line for line in lines if has_severity(line) and not line.startswith("\t")]
    if not heads:
        return None
    best, fits = None, 0
    for prefix in _known():
        count = sum(prefix.split(line) is not None for line in heads)
        if count > fits:
            best, fits = prefix, count
    if best is not None and fits >= _ENOUGH * len(heads):
        return best
    found = FoundPrefix()
    return found if any(found.split(line) for line in heads) else None


def has_severity(line: str) -> bool:
    """Return whether a line could be the first of an entry or of a part of one."""
    return _HAS_SEVERITY.search(line) is not None


_compiled: list[CompiledPrefix] = []


def _known() -> list[CompiledPrefix]:
    if not _compiled:
        _compiled.extend(CompiledPrefix(text) for text in KNOWN)
    return _compiled


def _compile(prefix: str) -> str:
    parts: list[str] = []
    seen: Counter[str] = Counter()
    optional = False
    position = 0
    for match in re.finditer(r"%(-?\d*)(.)", prefix):
        parts.append(re.escape(prefix[position : match.start()]))
        position = match.end()
        letter = match[2]
        if letter == "%":
            parts.append("%")
        elif letter == "q":
            # processes that are no sessions stop here, so the rest is there or not
            parts.append("" if optional else "(?:")
            optional = True
        elif letter not in _ESCAPES:
            raise CaptureError(f"log_line_prefix has no escape %{letter}", hint="give it as SHOW log_line_prefix prints it")
        else:
            parts.append(_padded(_once(_ESCAPES[letter], seen), match[1]))
    parts.append(re.escape(prefix[position:]))
    return "".join(parts) + (")?" if optional else "")


def _once(pattern: str, seen: Counter[str]) -> str:
    """A group may be named once: a second %m or %p is matched but not kept."""
    name = re.match(r"\(\?P<(\w+)>", pattern)
    if name is None:
        return pattern
    seen[name[1]] += 1
    return pattern if seen[name[1]] == 1 else "(?:" + pattern[name.end() :]


def _padded(pattern: str, width: str) -> str:
    if not width:
        return pattern
    return pattern + " *" if width.startswith("-") else " *" + pattern
