"""One SELECT for each arm of an OR over several tables, so that each arm can be found by an index of its own.

``WHERE a.x = 1 OR b.y = 2`` becomes ``.. WHERE a.x = 1 UNION ALL .. WHERE b.y = 2 AND (a.x = 1) IS NOT TRUE``: a row that several arms
find comes once, and as often as before, whatever keys there are. With DISTINCT a plain UNION does the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import exp

from indexadvisor.diagnosis.rewrites.interface import NoRewrite, Rewrite
from indexadvisor.diagnosis.rewrites.outline import Level, Outline, Range, Source
from indexadvisor.usage.analysis import aggregates

_ALLOWED = frozenset({"SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET"})
_AFTER_ON = frozenset({"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", ","})
_MOST_ARMS = 4
_STEADY = (exp.And, exp.Or, exp.Cast, exp.CurrentDate, exp.CurrentTimestamp, exp.Array)
"""What sqlglot counts among the functions and gives one value within a statement."""


def split_or(outline: Outline, parameters: tuple[str | None, ...] | None) -> Rewrite:
    """Return the statement as one SELECT per arm of its OR. Raises NoRewrite."""
    level = _select(outline)
    condition, arms = _arms(outline, level)
    distinct = bool(outline.tree.args.get("distinct"))
    _check_order(outline, level)
    start, end = level.tokens[0], _end(level)
    texts = []
    for place, arm in enumerate(arms):
        others = [] if distinct else [f"({outline.words(other)}) IS NOT TRUE" for other in arms[:place]]
        new = " AND ".join([f"({outline.words(arm)})", *others])
        texts.append(_cut(outline, (start, end), condition, new))
    joined = (" UNION " if distinct else " UNION ALL ").join(f"({text})" for text in texts)
    tree = outline.parsed(outline.words(condition))
    calls = any(isinstance(each, exp.Func) and not isinstance(each, _STEADY) for each in tree.walk())
    words = "no function in the OR gives other values when it is called again" if calls else None
    title = f"UNION{'' if distinct else ' ALL'} for OR across tables"
    return Rewrite(title, outline.replaced([((start, end), joined)]), words, not calls)


def _select(outline: Outline) -> Level:
    level = next((each for each in outline.levels if each.depth == 0), None)
    plain = level is not None and not level.in_set and "FROM" in level.clauses and level.clauses.keys() <= _ALLOWED
    if level is None or not plain or not isinstance(outline.tree, exp.Select):
        raise NoRewrite("it is not one SELECT from tables without GROUP BY")
    if any(aggregates(each) for each in outline.tree.expressions):
        raise NoRewrite("it has an aggregate or a window function, which need all rows together")
    distinct = outline.tree.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        raise NoRewrite("it has DISTINCT ON")
    return level


def _end(level: Level) -> int:
    """Return where the part of the level ends that every arm repeats: before ORDER BY, LIMIT and OFFSET."""
    return min((level.clauses[name][0] for name in ("ORDER", "LIMIT", "OFFSET") if name in level.clauses), default=level.tokens[1])


def _arms(outline: Outline, level: Level) -> tuple[Range, tuple[Range, ...]]:
    """Return the condition that is an OR over several tables, and its arms."""
    sources = outline.sources(level)
    for found in (*outline.conditions(level), *_join_conditions(outline, level, sources)):
        arms = outline.split(outline.bare(found), "OR")
        if not 1 < len(arms) <= _MOST_ARMS:
            continue
        read = [_tables(outline, arm, sources) for arm in arms]
        joins = found[0] < level.clauses["FROM"][1]
        if len(frozenset().union(*read)) > 1 and (joins or any(each != read[0] for each in read)):
            return found, arms
    raise NoRewrite("no OR over several tables is ANDed in its WHERE or in the condition of an inner join")


def _join_conditions(outline: Outline, level: Level, sources: Sequence[Source]) -> Iterator[Range]:
    """Yield the conditions ANDed in an ON, where all joins are inner ones: there they could stand in the WHERE as well."""
    if any(source.optional for source in sources):
        return
    first, last = level.clauses["FROM"]
    words = [outline.word(place) if outline.depths[place] == level.depth else "" for place in range(first, last)]
    after = [*words[1:], ""]
    words = ["" if word in {"LEFT", "RIGHT"} and following == "(" else word for word, following in zip(words, after, strict=True)]
    for place, word in enumerate(words):
        if word == "ON":
            end = next((later for later in range(place + 1, len(words)) if words[later] in _AFTER_ON), len(words))
            inner = (first + place + 1, first + end)
            yield from (inner,) if len(outline.split(inner, "OR")) > 1 else outline.split(inner, "AND")


def _tables(outline: Outline, arm: Range, sources: Sequence[Source]) -> frozenset[str]:
    tree = outline.parsed(outline.words(arm))
    if tree.find(exp.Query) is not None:
        raise NoRewrite("an arm of the OR holds a subquery")
    names = set()
    for column in tree.find_all(exp.Column):
        found = outline.column(column, sources)
        if found is None:
            raise NoRewrite(f"{column.sql()} is not known to be a column of one of the tables")
        names.add(found[0].alias)
    return frozenset(names)


def _check_order(outline: Outline, level: Level) -> None:
    """A UNION is ordered by its output alone: by position, or by a name the select list gives."""
    order = level.clauses.get("ORDER")
    if order is None:
        return
    given = {each.alias_or_name.lower() for each in outline.tree.expressions if isinstance(each, exp.Alias | exp.Column)}
    for part in outline.split((order[0] + 2, order[1]), ","):
        ordered = outline.parsed(f"SELECT 1 ORDER BY {outline.words(part)}").args["order"].expressions[0].this
        named = isinstance(ordered, exp.Column) and not ordered.table and ordered.name.lower() in given
        if not named and not isinstance(ordered, exp.Literal):
            raise NoRewrite("it is ordered by something that its output does not name")


def _cut(outline: Outline, tokens: Range, condition: Range, new: str) -> str:
    before, after = (tokens[0], condition[0]), (condition[1], tokens[1])
    return " ".join(text for text in (outline.words(before), new, outline.words(after)) if text)
