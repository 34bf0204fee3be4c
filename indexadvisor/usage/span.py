"""Where a node of sqlglot's tree stands in the text, and expressions as that text.

sqlglot rewrites functions when it prints them (``substr`` becomes SUBSTRING, ``date_part`` becomes EXTRACT), which would make
an expression index that never matches. So an expression's text is cut from the statement itself, with column references
replaced by their plain quoted names; a node whose place is not known for certain has no text.
"""

from __future__ import annotations

import re

from sqlglot import exp

from indexadvisor.usage.parse import Source

Span = tuple[int, int]

_TYPE = re.compile(
    r"\s*::\s*(?:\"?[\w]+\"?\.)*\"?[\w]+\"?(?:\s+(?:varying|precision))?(?:\s*\(\s*[\d,\s]*\))?"
    r"(?:\s+with(?:out)?\s+time\s+zone)?(?:\s*\[\s*\d*\s*\])*",
    re.IGNORECASE,
)
_OPENERS, _CLOSERS = frozenset("(["), frozenset(")]")
_LITERALS = (exp.Literal, exp.Identifier, exp.ByteString, exp.RawString, exp.UnicodeString, exp.BitString, exp.HexString)
_JSON = (exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)
_KEYWORD_CALLS = frozenset({"extract", "date_part", "trim", "position", "substring", "overlay", "cast", "array_length", "log"})


def span(node: exp.Expression, source: Source) -> Span | None:
    """Return the start and end (exclusive) of a node in the source's text, or None where that is not certain."""
    meta = node.meta
    if isinstance(node, _LITERALS):
        return (meta["start"], meta["end"] + 1) if "start" in meta else None
    if isinstance(node, exp.Parameter):
        inner = span(node.this, source)
        return (inner[0] - 1, inner[1]) if inner else None
    if isinstance(node, exp.Column):
        return _joined([span(part, source) for part in node.parts if isinstance(part, exp.Identifier)])
    if isinstance(node, exp.Paren):
        return _bracketed(node.this, source, 1)
    if isinstance(node, _JSON):
        return _json_span(node, source)
    if isinstance(node, (exp.Cast, exp.TryCast)) and "start" not in meta:
        return _cast_span(node, source)
    if isinstance(node, exp.Func) and not isinstance(node, exp.Binary):
        return _called(meta["start"], source) if "start" in meta else _keyword_call(node, source)
    return _operator_span(node, source)


def _operator_span(node: exp.Expression, source: Source) -> Span | None:
    if isinstance(node, exp.Binary):
        return _joined([span(node.this, source), span(node.expression, source)])
    if isinstance(node, exp.AtTimeZone):
        return _joined([span(node.this, source), span(node.args["zone"], source)])
    if isinstance(node, exp.Bracket):
        own = span(node.this, source)
        index = source.starting.get(_next_start(own[1], source)) if own else None
        end = _partner(index, source) if index is not None and source.tokens[index].text == "[" else None
        return (own[0], end) if own is not None and end is not None else None
    if isinstance(node, exp.Neg):
        own = span(node.this, source)
        before = source.tokens[source.starting[own[0]] - 1] if own and source.starting.get(own[0], 0) > 0 else None
        return (before.start, own[1]) if own and before is not None and before.text == "-" else None
    return None


def _joined(spans: list[Span | None]) -> Span | None:
    known = [each for each in spans if each is not None]
    if not known or len(known) < len(spans):
        return None
    return min(start for start, _ in known), max(end for _, end in known)


def _bracketed(node: exp.Expression, source: Source, levels: int) -> Span | None:
    inner = span(node, source)
    if inner is None or inner[0] not in source.starting or inner[1] not in source.ending:
        return None
    left, right = source.starting[inner[0]] - levels, source.ending[inner[1]] + levels
    if left < 0 or right >= len(source.tokens) or source.tokens[left].text != "(" or source.tokens[right].text != ")":
        return None
    return source.tokens[left].start, source.tokens[right].end


def _called(start: int, source: Source) -> Span | None:
    """A call by name: from the name (and its schema) to the parenthesis that closes it."""
    index = source.starting.get(start)
    if index is None or index + 1 >= len(source.tokens) or source.tokens[index + 1].text != "(":
        return None
    end = _partner(index + 1, source)
    return None if end is None else (start, end)


def _keyword_call(node: exp.Expression, source: Source) -> Span | None:
    """A call whose node has no position (EXTRACT, TRIM, schema-qualified): the parenthesis around its arguments."""
    children = [child for child in node.iter_expressions() if not isinstance(child, (exp.Var, exp.DataType, exp.JSONPath))]
    inner = _joined([span(child, source) for child in children])
    if inner is None or inner[0] not in source.starting:
        return None
    depth, index = 0, source.starting[inner[0]] - 1
    while index > 0 and (depth or source.tokens[index].text not in _OPENERS):
        depth += (source.tokens[index].text in _CLOSERS) - (source.tokens[index].text in _OPENERS)
        index -= 1
    name = source.tokens[index - 1] if index > 0 else None
    if name is None or name.kind != "word":
        return None
    qualified = index > 2 and source.tokens[index - 2].text == "."
    if not qualified and name.text.lower() not in _KEYWORD_CALLS:
        return None
    end = _partner(index, source)
    return None if end is None or end < inner[1] else (source.tokens[index - 3].start if qualified else name.start, end)


def _json_span(node: exp.Expression, source: Source) -> Span | None:
    own = span(node.this, source)
    if own is None:
        return None
    known = None if isinstance(node.expression, exp.JSONPath) else span(node.expression, source)
    if known is not None:
        return own[0], known[1]
    index = source.ending.get(own[1])
    if index is None or index + 2 >= len(source.tokens):
        return None
    operator, key = source.tokens[index + 1], source.tokens[index + 2]
    if operator.kind != "operator" or operator.text not in {"->", "->>", "#>", "#>>"}:
        return None
    if key.text == "-" and index + 3 < len(source.tokens):
        key = source.tokens[index + 3]
    return (own[0], key.end) if key.kind in {"string", "number", "parameter"} else None


def _cast_span(node: exp.Expression, source: Source) -> Span | None:
    own = span(node.this, source)
    if own is None:
        return None
    match = _TYPE.match(source.text, own[1])
    return (own[0], match.end()) if match else _keyword_call_of_cast(own, source)


def _keyword_call_of_cast(inner: Span, source: Source) -> Span | None:
    index = source.starting.get(inner[0], 0)
    if index >= 2 and source.tokens[index - 1].text == "(" and source.tokens[index - 2].text.lower() == "cast":
        end = _partner(index - 1, source)
        return None if end is None else (source.tokens[index - 2].start, end)
    return None


def _next_start(position: int, source: Source) -> int:
    index = source.ending.get(position)
    return source.tokens[index + 1].start if index is not None and index + 1 < len(source.tokens) else -1


def _partner(index: int, source: Source) -> int | None:
    """Return the end of the bracket that closes the one at ``index``."""
    depth = 0
    for token in source.tokens[index:]:
        depth += (token.text in _OPENERS) - (token.text in _CLOSERS)
        if depth == 0:
            return token.end
    return None
