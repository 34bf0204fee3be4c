"""Splits the script that pg_dump writes into statements, and says what each one is about.

The text is a dump, but it travels in a file that anybody may have touched: only the kinds of statement that a dump of schema or
statistics holds, and that planning needs, are let through (``wanted``); psql's own commands (``\\restrict``) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

# nothing follows what repeats, and a string ends wherever its loop does: no piece is ever matched a second time in another way
_PIECE = re.compile(
    r"""
      (?P<plain>[^'";$\-/\\A-Za-z_\x80-\U0010ffff]+)
    | (?P<string>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|\\?\Z) | '[^']*(?:''[^']*)*(?:'|\Z) | "[^"]*(?:""[^"]*)*(?:"|\Z))
    | (?P<dollar>\$(?:[^\W\d]\w*)?\$)
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<end>;)
    | (?P<word>[^\W\d][\w$]*)
    | (?P<meta>\\[^\n]*)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_EDGE = re.compile(r"/\*|\*/")
_NAME = r'(?:[^\W\d][\w$]*|"(?:[^"]|"")+")'
_FULL = rf"{_NAME}(?:\.{_NAME})*"
_KINDS = "FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|COLLATION|SCHEMA|SEQUENCE|RULE"
_ABOUT = (
    (re.compile(rf"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?({_FULL}) ON (?:ONLY )?({_FULL})"), "index {0} on {1}"),
    (re.compile(rf"CREATE (?:UNLOGGED |FOREIGN )*TABLE (?:IF NOT EXISTS )?({_FULL})"), "table {0}"),
    (re.compile(rf"CREATE (?:OR REPLACE )?(?:RECURSIVE )?VIEW ({_FULL})"), "view {0}"),
    (re.compile(rf"CREATE MATERIALIZED VIEW ({_FULL})"), "materialized view {0}"),
    (re.compile(rf"CREATE EXTENSION (?:IF NOT EXISTS )?({_FULL})"), "extension {0}"),
    (re.compile(rf"CREATE STATISTICS ({_FULL})"), "extended statistics {0}"),
    (re.compile(rf"CREATE POLICY ({_FULL}) ON ({_FULL})"), "policy {0} on {1}"),
    (re.compile(rf"CREATE (?:CONSTRAINT )?TRIGGER ({_FULL})"), "trigger {0}"),
    (re.compile(rf"CREATE (?:OR REPLACE )?({_KINDS}) ({_FULL})"), "{0} {1}"),
    (re.compile(rf"ALTER TABLE (?:ONLY )?({_FULL})\s+ADD CONSTRAINT ({_FULL})"), "constraint {1} of {0}"),
    (re.compile(rf"ALTER TABLE (?:ONLY )?({_FULL})\s+ALTER COLUMN ({_FULL})"), "column {1} of {0}"),
    (re.compile(rf"ALTER (TABLE|INDEX|SEQUENCE|VIEW) (?:ONLY )?({_FULL})"), "{0} {1}"),
)
_HEAD = 2_000
"""Characters of a statement that say what it is: each name has at most 63 bytes, and what follows them may be of any length."""
_STATISTICS = re.compile(r"'relname', '((?:[^']|'')+)'(?:.*?'attname', '((?:[^']|'')+)')?", re.DOTALL)
_NEEDED = re.compile(
    r"CREATE (?!EVENT|PUBLICATION|SUBSCRIPTION|USER|ROLE|DATABASE|TABLESPACE|SERVER)|"
    r"ALTER (?!DEFAULT|SYSTEM|ROLE|USER|DATABASE|PUBLICATION|SUBSCRIPTION|EVENT)|"
    r"SET (?!default_tablespace|SESSION|ROLE)|CREATE SERVER|SELECT (?:\* FROM )?pg_catalog\.(?:set_config|pg_restore_)"
)
_OF_NO_USE = re.compile(
    r"COMMENT|SECURITY LABEL|GRANT|REVOKE|ALTER DEFAULT|SET default_tablespace|SELECT pg_catalog\.setval|ALTER [^;]* OWNER TO|"
    r"REFRESH MATERIALIZED|CREATE (?:PUBLICATION|SUBSCRIPTION|EVENT)|ALTER (?:PUBLICATION|SUBSCRIPTION|EVENT)|"
    r"ALTER TABLE [^;]* ALTER COLUMN [^;]* SET (?:\(|STORAGE|STATISTICS|COMPRESSION)|"
    r"ALTER TABLE [^;]* (?:CLUSTER ON|ENABLE TRIGGER|DISABLE TRIGGER|ENABLE ALWAYS|ENABLE REPLICA|REPLICA IDENTITY)"
)


class Statement(NamedTuple):
    """One statement without its semicolon; ``about`` names its object for people (``table public.orders``)."""

    text: str
    about: str


def split(script: str) -> Iterator[str]:
    r"""Yield the statements of a dump, without semicolons, leading comments and psql commands.

    The body of an SQL-standard function (``BEGIN ATOMIC ... END``) is part of its statement.

    >>> list(split("-- x\n\\restrict k\nSELECT ';' AS \"a;b\";\nCREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END;"))
    ['SELECT \';\' AS "a;b"', 'CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END']
    """
    begin: int | None = None
    position, depth, previous = 0, 0, ""
    while (piece := _PIECE.match(script, position)) is not None:
        kind, start, position = piece.lastgroup, position, piece.end()
        if kind == "dollar":
            close = script.find(piece.group(), position)
            position = len(script) if close < 0 else close + len(piece.group())
        elif kind == "block":
            position = _after_block(script, position)
        if kind in ("comment", "block", "meta") or (kind == "plain" and piece.group().isspace()):
            continue
        if kind == "word":
            depth = _depth(depth, previous, word := piece.group().upper())
            previous = word
        if kind == "end" and depth == 0:
            if begin is not None:
                yield script[begin:start].strip()
            begin, previous = None, ""
        elif begin is None:
            begin = start
    if begin is not None:
        yield script[begin:].strip()


def wanted(text: str) -> bool | None:
    """Return True for a statement to run, None for one that planning never needs, False for one that has no business in a dump."""
    if _OF_NO_USE.match(text, 0, _HEAD):
        return None
    return _NEEDED.match(text) is not None


def about(text: str) -> str:
    """Return what a statement makes or changes, in words.

    >>> about("CREATE INDEX a ON public.t USING gist (g)")
    'index a on public.t'
    """
    for pattern, words in _ABOUT:
        found = pattern.match(text, 0, _HEAD)
        if found:
            return words.format(*(part.lower() if part.isupper() else part for part in found.groups()))
    statistics = _STATISTICS.search(text, 0, _HEAD) if "pg_restore_" in text[:60] else None
    if statistics:
        return "statistics of " + ".".join(part.replace("''", "'") for part in statistics.groups() if part)
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:77] + "..."


def _depth(depth: int, previous: str, word: str) -> int:
    """Return how deep in BEGIN ATOMIC and CASE blocks the text is after a word."""
    if word == "ATOMIC" and previous == "BEGIN":
        return depth + 1
    if depth and word == "CASE":
        return depth + 1
    return depth - 1 if depth and word == "END" else depth


def _after_block(text: str, position: int) -> int:
    depth = 1
    for edge in _EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
