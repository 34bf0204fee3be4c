"""``NOT EXISTS`` for ``NOT IN (SELECT ..)``: an anti join in place of a comparison with every row of the subquery.

``x NOT IN (SELECT y ..)`` is never true where a y is NULL, nor for a NULL x unless the subquery returns nothing (PostgreSQL documentation,
section "Subquery Expressions"). Where neither can be NULL, both answer the same.
"""

from __future__ import annotations

from sqlglot import exp

from indexadvisor.diagnosis.rewrites.interface import NoRewrite, Rewrite
from indexadvisor.diagnosis.rewrites.outline import Level, Outline, Range, Source, spelled

_ALLOWED = frozenset({"SELECT", "FROM", "WHERE"})


def not_in(outline: Outline, parameters: tuple[str | None, ...] | None) -> Rewrite:
    """Return the statement with every NOT IN over a subquery that is recognised replaced.

    ``SELECT * FROM o WHERE o.c NOT IN (SELECT p.c FROM p)`` becomes
    ``SELECT * FROM o WHERE NOT EXISTS (SELECT 1 FROM p WHERE p.c = o.c)``. Raises NoRewrite with the reason of the last that was not.
    """
    changes: list[tuple[Range, str]] = []
    unproven: list[str] = []
    tested: list[str] = []
    reason = "no NOT IN over a subquery is ANDed in the WHERE of a SELECT"
    for level in outline.levels:
        for found in outline.conditions(level):
            condition = outline.bare(found)
            parts = _parts(outline, condition)
            if parts is None or len(outline.split(condition, "OR")) > 1:
                continue
            try:
                new, nullable, names = _replacement(outline, level, *parts)
            except NoRewrite as no:
                reason = str(no)
                continue
            changes.append((condition, new))
            unproven += nullable
            tested += names
    if not changes:
        raise NoRewrite(reason)
    which = " and ".join(dict.fromkeys(unproven or tested))
    return Rewrite("NOT EXISTS for NOT IN", outline.replaced(changes), f"{which} {_is_never(unproven or tested)} NULL", not unproven)


def _is_never(names: list[str]) -> str:
    return "is never" if len(set(names)) == 1 else "are never"


def _parts(outline: Outline, condition: Range) -> tuple[Range, int] | None:
    """Return the tokens compared and the subquery's opening parenthesis of ``x NOT IN (SELECT``, ``x <> ALL (SELECT``, ``NOT x IN (``."""
    negated = outline.tokens[condition[0]].text.upper() == "NOT" if condition[1] > condition[0] else False
    first, last = outline.bare((condition[0] + 1, condition[1])) if negated else condition
    opening = next((place for place in range(first, last) if outline.partner(place) == last - 1), last)
    if opening >= last - 1 or outline.tokens[opening].text != "(" or outline.level_at(opening + 1) is None:
        return None
    words = [outline.tokens[place].text.upper() for place in range(first, opening)]
    if not negated and words[-2:] in (["NOT", "IN"], ["<>", "ALL"], ["!=", "ALL"]):
        return (first, opening - 2), opening
    if negated and words[-1:] == ["IN"] and words[-2:-1] != ["NOT"]:
        return (first, opening - 1), opening
    return None


def _replacement(outline: Outline, level: Level, compared: Range, opening: int) -> tuple[str, list[str], list[str]]:
    """Return the NOT EXISTS, the columns that may be NULL, and both columns."""
    inner = outline.level_at(opening + 1)
    if inner is None or inner.in_set or inner.tokens[1] != outline.partner(opening) or not inner.clauses.keys() <= _ALLOWED:
        raise NoRewrite("the subquery of NOT IN is more than SELECT, FROM and WHERE")
    outside, inside = outline.sources(level), outline.sources(inner)
    outer = outline.column(outline.parsed(outline.words(compared)), outside)
    if outer is None or outer[0].table is None:
        raise NoRewrite("what NOT IN compares is no column of one of the tables beside it")
    if outer[0].alias in {source.alias for source in inside}:
        raise NoRewrite(f"the subquery calls a table {outer[0].alias} as the query around it does")
    first, last = inner.clauses["SELECT"]
    first += 1 + (outline.tokens[first + 1].text.upper() in {"DISTINCT", "ALL"})
    if len(outline.split((first, last), ",")) != 1:
        raise NoRewrite("the subquery of NOT IN returns more than one column")
    chosen = outline.parsed(outline.words((first, last)))
    if not isinstance(chosen, exp.Column):
        raise NoRewrite("the subquery of NOT IN returns an expression")
    found = outline.column(chosen, inside)
    own, other = spelled(*outer), outline.words((first, last)) if found is None else spelled(*found)
    where = inner.clauses.get("WHERE")
    before = f"({outline.words((where[0] + 1, where[1]))}) AND " if where is not None else ""
    nullable = [] if _never_null(outer[0], outer[1].not_null) else [own]
    if found is None or not (_never_null(found[0], found[1].not_null) or _tested(outline, inner, chosen)):
        nullable.append(other)
    return f"NOT EXISTS (SELECT 1 {outline.words(inner.clauses['FROM'])} WHERE {before}{other} = {own})", nullable, [own, other]


def _never_null(source: Source, not_null: bool) -> bool:
    return not_null and not source.optional


def _tested(outline: Outline, inner: Level, chosen: exp.Expression) -> bool:
    """Whether the subquery leaves NULLs out itself: ``WHERE y IS NOT NULL``."""
    for found in outline.conditions(inner):
        words = [outline.tokens[place].text.upper() for place in range(*outline.bare(found))]
        if words[-3:] == ["IS", "NOT", "NULL"]:
            first, last = outline.bare(found)
            tested = outline.parsed(outline.words((first, last - 3)))
            if isinstance(tested, exp.Column) and tested.sql() == chosen.sql():
                return True
    return False
