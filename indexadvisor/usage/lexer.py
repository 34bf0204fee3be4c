"""SQL text as tokens with positions, and the rewriting that lets sqlglot read what PostgreSQL reads.

Three things trip sqlglot's PostgreSQL dialect on real captures (measured on 30.30): ``$1,$2`` is taken for a dollar quote, type
names before a string or parameter (``date $1``, ``macaddr '..'``) become aliases or errors, and many operators (``<#>``,
``~=``, ``?|`` with swapped or lost operands) are unknown. ``rewritten`` puts a space after ``$n``, turns the typed constants
into casts, drops comments and spells every generic operator ``OPERATOR(op)``: for PostgreSQL the same statement, for sqlglot
one uniform node that keeps the operator's spelling. Lexical rules: PostgreSQL documentation, section "Lexical Structure".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*)
  | (?P<comment>/\*)
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
  | (?P<parameter>\$\d+)
  | (?P<string>[eE]'(?:[^'\\]|''|\\.)*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')
  | (?P<quoted>(?:[uU]&)?"(?:[^"]|"")*")
  | (?P<number>(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
  | (?P<operator>[-+*/<>=~!@\#%^&|`?]+)
  | (?P<punctuation>::|:=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_OPERATORS = frozenset(
    "+ - * / % ^ < > = <= >= <> != || -> ->> #> #>> ~ ~* !~ !~* ~~ ~~* !~~ !~~* | & # @ !! |/ ||/ =>".split()
)
_TYPED_CONSTANTS = frozenset(
    "box point line lseg path polygon circle macaddr macaddr8 inet cidr uuid json jsonb tsvector tsquery bytea money pg_lsn".split()
)
_TYPED_PARAMETERS = _TYPED_CONSTANTS | frozenset("date time timetz timestamp timestamptz interval".split())


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``kind`` is string, number, parameter, word, quoted, operator or punctuation; ``end`` is exclusive."""

    kind: str
    text: str
    start: int
    end: int


def tokens(sql: str) -> list[Token]:
    """Return the tokens of a statement without white space and comments.

    >>> [token.text for token in tokens("a=-1 /* x /* y */ */ AND b->>'k' = $1,$2 -- end")]
    ['a', '=', '-', '1', 'AND', 'b', '->>', "'k'", '=', '$1', ',', '$2']
    """
    found: list[Token] = []
    position, length = 0, len(sql)
    while position < length:
        match = _TOKEN.match(sql, position)
        if match is None:  # the last alternative takes any character, so only the end of the text is left
            break
        kind, start, position = str(match.lastgroup), position, match.end()
        if kind == "comment":
            position = _comment_end(sql, start)
        elif kind == "dollar":
            close = sql.find(match[0], position)
            position = length if close < 0 else close + len(match[0])
            found.append(Token("string", sql[start:position], start, position))
        elif kind == "operator":
            position = start + len(_operator(match[0]))
            if position > start:
                found.append(Token(kind, sql[start:position], start, position))
            else:  # a comment begins right here
                position = _comment_end(sql, start) if sql.startswith("/*", start) else start + len(sql[start:].split("\n", 1)[0])
        elif kind != "space":
            found.append(Token(kind, match[0], start, position))
    return found


def rewritten(sql: str) -> str:
    """Return the statement for sqlglot: the same to PostgreSQL, without comments and without the spellings sqlglot misreads.

    >>> rewritten("SELECT date $1, a @> ARRAY[$2,$3] -- note")
    'SELECT $1 ::date, a OPERATOR(@>) ARRAY[$2 ,$3 ]'
    """
    found = tokens(sql)
    out: list[str] = []
    previous = 0
    skip = False
    for index, token in enumerate(found):
        if skip:
            skip = False
            continue
        if token.start > previous and out:
            out.append(" ")
        previous = token.end
        after = found[index + 1] if index + 1 < len(found) else None
        if token.kind == "word" and after is not None and _is_type_before(token, after):
            out.append(f"{after.text} ::{token.text}")
            previous, skip = after.end, True
        elif token.kind == "parameter":
            out.append(f"{token.text} ")
        elif token.kind == "operator" and token.text not in _PLAIN_OPERATORS and not _prefixes(found, index):
            out.append(f" OPERATOR({token.text}) " if out and not out[-1].endswith(" ") else f"OPERATOR({token.text})")
        else:
            out.append(token.text)
    return "".join(out).rstrip("; \n")


def _is_type_before(token: Token, after: Token) -> bool:
    name = token.text.lower()
    return (after.kind == "parameter" and name in _TYPED_PARAMETERS) or (after.kind == "string" and name in _TYPED_CONSTANTS)


def _prefixes(found: list[Token], index: int) -> bool:
    """Whether the operator stands before its only operand, or is already inside OPERATOR( ), or orders by USING."""
    if index == 0:
        return True
    before = found[index - 1]
    if before.kind == "punctuation":
        return before.text not in {")", "]"}
    return before.kind == "operator" or before.text.upper() in {"AND", "OR", "NOT", "WHERE", "ON", "SELECT", "BY", "USING", "WHEN", "THEN", "ELSE"}


def _operator(run: str) -> str:
    """Cut a run of operator characters where PostgreSQL's lexer does: before a comment, and before a trailing sign."""
    for mark in ("--", "/*"):
        cut = run.find(mark)
        if cut >= 0:
            run = run[:cut]
    while len(run) > 1 and run[-1] in "+-" and not any(character in "~!@#%^&|`?" for character in run):
        run = run[:-1]
    return run


def _comment_end(sql: str, start: int) -> int:
    """Return the position after a block comment, which nests in PostgreSQL."""
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(sql, start):
        depth += 1 if match[0] == "/*" else -1
        if depth == 0:
            return match.end()
    return len(sql)
