"""One statement into sqlglot's tree, with libpg_query as the gate and the text that positions refer to.

sqlglot's compiled build crashes on very deep nesting where libpg_query refuses cleanly, so nothing reaches sqlglot that the
gate has not accepted. The tree is for reasoning only: what goes to EXPLAIN is always the captured text.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

import pgparse
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from indexadvisor.lexer import Token, significant
from indexadvisor.usage.rewrite import rewritten

logging.getLogger("sqlglot").addHandler(logging.NullHandler())  # it warns on stderr about syntax that we report ourselves

MAX_DEPTH = 200
"""Parentheses within parentheses that are still parsed."""
MAX_ARRAY_DEPTH = 8
"""Brackets within brackets that are still parsed."""
MAX_QUERY_DEPTH = 40
"""Subqueries within subqueries that are still parsed."""
_ADVISED = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_STATEMENTS = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Values)
_LITERAL_KINDS = frozenset({"string", "number"})
_LITERAL_WORDS = frozenset({"TRUE", "FALSE", "NULL"})


class Refused(Exception):
    """A statement that cannot be analysed; ``str()`` is the reason."""


@dataclass(eq=False)
class Source:
    """The text a tree was parsed from (as rewritten for sqlglot), with its tokens found on first use."""

    text: str

    @cached_property
    def tokens(self) -> list[Token]:
        """All tokens in order."""
        return list(significant(self.text))

    @cached_property
    def starting(self) -> dict[int, int]:
        """Index of the token that starts at a position."""
        return {token.start: index for index, token in enumerate(self.tokens)}

    @cached_property
    def ending(self) -> dict[int, int]:
        """Index of the token that ends at a position (exclusive)."""
        return {token.end: index for index, token in enumerate(self.tokens)}

    @cached_property
    def literals(self) -> dict[int, int]:
        """Ordinal of each literal (string, number, TRUE, FALSE, NULL) by its position."""
        found = [token.start for token in self.tokens if is_literal(token)]
        return {start: number for number, start in enumerate(found)}


def is_literal(token: Token) -> bool:
    """Return whether a token is a constant that two calls of the same template may differ in."""
    return token.kind in _LITERAL_KINDS or (token.kind == "word" and token.text.upper() in _LITERAL_WORDS)


def parse_statement(sql: str) -> tuple[exp.Expression, Source]:
    """Return the tree of one SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES or TABLE statement. Raises Refused."""
    text = rewritten(sql)
    source = Source(text)
    _gate(source)
    try:
        tree = sqlglot.parse_one(text, dialect="postgres")
    except (SqlglotError, RecursionError, TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
        raise Refused(f"not understood: {_first_line(error)}") from None
    if isinstance(tree, _STATEMENTS) and isinstance(tree, exp.Expression):
        return tree, source
    raise Refused("not understood: sqlglot keeps this statement as opaque text")


def _gate(source: Source) -> None:
    _check_depth(source.tokens)
    try:
        statements = pgparse.parse(source.text)
    except pgparse.PGQueryError as error:
        raise Refused(f"PostgreSQL's parser refuses it: {_first_line(error)}") from None
    except (RecursionError, ValueError):
        raise Refused("nested too deeply") from None
    if not statements:
        raise Refused("empty")
    if len(statements) > 1:
        raise Refused("more than one statement")
    kind = next(iter(statements[0]["stmt"]), "")
    if kind not in _ADVISED:
        raise Refused("not a SELECT, INSERT, UPDATE, DELETE or MERGE")


def _check_depth(found: list[Token]) -> None:
    """Refuse what costs sqlglot or us too much: both recurse, and sqlglot takes twice as long for each ARRAY in an ARRAY."""
    opened: list[bool] = []
    queries = arrays = 0
    for index, token in enumerate(found):
        if token.text == "(":
            opened.append(index + 1 < len(found) and found[index + 1].text.upper() in {"SELECT", "WITH", "VALUES", "TABLE"})
            queries += opened[-1]
        elif token.text == ")" and opened:
            queries -= opened.pop()
        elif token.text in {"[", "]"}:
            arrays += 1 if token.text == "[" else -1
        if len(opened) > MAX_DEPTH or queries > MAX_QUERY_DEPTH or arrays > MAX_ARRAY_DEPTH:
            raise Refused("nested too deeply")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0].split(". Line ")[0] if lines else type(error).__name__
    return text[:160].rstrip(".")
