"""A statement respelled so that sqlglot reads what PostgreSQL reads.

Three things trip sqlglot's PostgreSQL dialect on real captures (measured on 30.30): ``$1,$2`` is taken for a dollar quote, type
names before a string or parameter (``date $1``, ``macaddr '..'``) become aliases or errors, and many operators (``<#>``,
``~=``, ``?|``, ``<=>``) are unknown or given another meaning. So a space goes after ``$n``, typed constants become casts, comments are
dropped, and every generic operator is spelled ``OPERATOR(op)``: for PostgreSQL the same statement (documentation, section "Operator
Precedence"), for sqlglot one uniform node that keeps the operator.
"""

from __future__ import annotations

from indexadvisor.lexer import Token, significant

_PLAIN_OPERATORS = frozenset(
    {"+", "-", "*", "/", "%", "^", "<", ">", "=", "<=", ">=", "<>", "!=", "=>", "||", "->", "->>", "#>", "#>>", "~", "~*", "!~", "!~*",
     "~~", "~~*", "!~~", "!~~*", "|", "&", "#", "@", "!!", "|/", "||/"}
)  # fmt: skip
_TYPED_CONSTANTS = frozenset(
    {"box", "point", "line", "lseg", "path", "polygon", "circle", "macaddr", "macaddr8", "inet", "cidr", "uuid", "json", "jsonb",
     "tsvector", "tsquery", "bytea", "money", "pg_lsn"}
)  # fmt: skip
_TYPED_PARAMETERS = _TYPED_CONSTANTS | {"date", "time", "timetz", "timestamp", "timestamptz", "interval"}
_BEFORE_AN_OPERAND = frozenset(
    {"AND", "OR", "NOT", "WHERE", "ON", "SELECT", "BY", "USING", "WHEN", "THEN", "ELSE", "CASE", "HAVING", "DISTINCT", "LIKE", "ILIKE"}
)


def rewritten(sql: str) -> str:
    """Return the statement for sqlglot, on white space reduced to single spaces and without a semicolon at its end.

    >>> rewritten("SELECT date $1, a @> ARRAY[$2,$3] -- note")
    'SELECT $1 ::date, a OPERATOR(@>) ARRAY[$2 ,$3 ]'
    """
    found = list(significant(sql))
    while found and found[-1].text == ";":
        found.pop()
    out: list[str] = []
    end, index = 0, 0
    while index < len(found):
        token = found[index]
        following = found[index + 1] if index + 1 < len(found) else None
        gap = " " if out and token.start > end else ""
        end, index = token.end, index + 1
        if following is not None and _is_type_before(token, following):
            text, end, index = f"{following.text} ::{token.text}", following.end, index + 1
        elif token.kind == "parameter":
            text = f"{token.text} "
        elif token.kind == "operator" and token.text not in _PLAIN_OPERATORS and not _prefixes(found, index - 1):
            text, gap = f"OPERATOR({token.text}) ", " "
        else:
            text = token.text
        if out and out[-1].endswith(" "):
            gap = ""
        out.append(gap + text)
    return "".join(out).rstrip()


def _is_type_before(token: Token, following: Token) -> bool:
    if token.kind != "word":
        return False
    name = token.text.lower()
    return (following.kind == "parameter" and name in _TYPED_PARAMETERS) or (following.kind == "string" and name in _TYPED_CONSTANTS)


def _prefixes(found: list[Token], index: int) -> bool:
    """Whether the operator stands before its only operand, inside OPERATOR( ) already, or after ORDER BY .. USING."""
    if index == 0:
        return True
    before = found[index - 1]
    if before.kind == "punctuation":
        return before.text not in {")", "]"}
    return before.kind == "operator" or before.text.upper() in _BEFORE_AN_OPERAND
