"""Keyset pagination for OFFSET: ask for what follows the last row seen, so that the rows before it need not be read.

``ORDER BY k LIMIT n OFFSET m`` becomes ``WHERE k > $last ORDER BY k LIMIT n``. The key must be unique, or pages lose and repeat rows: where
it is not known to be, the primary key is added to it. The values of the last row are the caller's to give: new ``$n``. For the plan they
are taken from the histograms in the catalog, at the place where the page lies; where there are none, a generic plan is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Column
from indexadvisor.diagnosis.rewrites.interface import NoRewrite, Rewrite
from indexadvisor.diagnosis.rewrites.outline import Level, Outline, Range, Source, spelled
from indexadvisor.usage.analysis import aggregates

_ALLOWED = frozenset({"SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET"})

_SETS = (exp.UDTF, exp.Explode, exp.ExplodingGenerateSeries, exp.GenerateSeries)
"""Functions that make several rows of one; those that sqlglot does not know by name are not recognised."""


@dataclass(frozen=True)
class _Key:
    column: Column
    descending: bool
    text: str


def keyset(outline: Outline, parameters: tuple[str | None, ...] | None) -> Rewrite:
    """Return the statement that asks for the page after a given row. Raises NoRewrite."""
    level = _page(outline)
    source = _only_table(outline, level)
    keys = _keys(outline, level, source)
    added = _completed(outline, source, keys)
    full = [*keys, *added]
    number = outline.highest_parameter
    left = ", ".join(key.text for key in full)
    right = ", ".join(f"${number + place}" for place in range(1, len(full) + 1))
    sign = "<" if full[0].descending else ">"
    condition = f"{left} {sign} {right}" if len(full) == 1 else f"({left}) {sign} ({right})"
    changes = [*_where(outline, level, condition), (level.clauses["OFFSET"], "")]
    order = level.clauses["ORDER"]
    more = "".join(f", {key.text}{' DESC' if key.descending else ''}" for key in added)
    if more:
        changes.append(((order[1], order[1]), more))
    sql = outline.replaced(changes)
    values = _values(outline, level, source, full, parameters)
    nullable = [key.text for key in full if not key.column.not_null]
    said = f"the pages are read one after another: ${number + 1}{' and following' if len(full) > 1 else ''} is the last row's {left}"
    said += f"; {' and '.join(nullable)} is never NULL" if nullable else ""
    said += f"; rows of equal {', '.join(key.text for key in keys)} come in the order of the primary key" if added else ""
    return Rewrite("keyset pagination for OFFSET", sql, said, False, None if values is None else sql, values)


def _page(outline: Outline) -> Level:
    if not outline.levels or not isinstance(outline.tree, exp.Select):
        raise NoRewrite("it is no plain SELECT")
    level = next((each for each in outline.levels if each.depth == 0), None)
    if level is None or level.in_set or {"ORDER", "LIMIT", "OFFSET"} - level.clauses.keys() or level.clauses.keys() - _ALLOWED:
        raise NoRewrite("it is not one SELECT with ORDER BY, LIMIT and OFFSET and without GROUP BY")
    if outline.tree.args.get("distinct") or any(aggregates(each) or each.find(*_SETS) for each in outline.tree.expressions):
        raise NoRewrite("it has DISTINCT, an aggregate, a window function or one that returns rows")
    return level


def _only_table(outline: Outline, level: Level) -> Source:
    sources = outline.sources(level)
    if len(sources) != 1 or sources[0].table is None:
        raise NoRewrite("it does not read one table alone, so that the order of its rows may not be unique")
    if any(sources[0].table.name in table.inherits for table in outline.catalog.tables):
        raise NoRewrite("other tables inherit from its table, and no key is unique over all of them")
    return sources[0]


def _keys(outline: Outline, level: Level, source: Source) -> list[_Key]:
    first, last = level.clauses["ORDER"]
    keys = []
    for part in outline.split((first + 2, last), ","):
        ordered = outline.parsed(f"SELECT 1 ORDER BY {outline.words(part)}").args["order"].expressions[0]
        node = ordered.this if isinstance(ordered, exp.Ordered) else ordered
        found = outline.column(node, (source,))
        words = [outline.tokens[place].text.upper() for place in range(*part)]
        if found is None or "USING" in words or _relabelled(outline, node, found[1]):
            raise NoRewrite("it is not ordered by columns of its table")
        keys.append(_Key(found[1], "DESC" in words, spelled(*found)))
        if "NULLS" in words and not found[1].not_null:
            raise NoRewrite("it says where NULLs come, which a comparison leaves out")
    if len({key.descending for key in keys}) > 1:
        raise NoRewrite("its keys go in both directions, which one row comparison cannot say")
    return keys


def _relabelled(outline: Outline, node: exp.Expression, column: Column) -> bool:
    """Whether the output has another column under the key's name, which ORDER BY would mean."""
    if not isinstance(node, exp.Column) or node.table:
        return False
    for each in outline.tree.expressions:
        if isinstance(each, exp.Alias) and each.alias.lower() == column.name.lower():
            return not (isinstance(each.this, exp.Column) and each.this.name.lower() == column.name.lower())
    return False


def _completed(outline: Outline, source: Source, keys: list[_Key]) -> list[_Key]:
    """Return the columns of the primary key that the order lacks to be unique."""
    table = source.table
    assert table is not None
    names = {key.column.name for key in keys}
    unique = [index for index in outline.catalog.indexes_of(table.name) if index.definition.unique and index.definition.predicate is None]
    whole = [index.definition.columns for index in unique if len(index.definition.columns) == len(index.definition.keys) and index.valid]
    if any(set(columns) <= names and all(table.by_name[name].not_null for name in columns) for columns in whole):
        return []
    primary = next((index.definition.columns for index in unique if index.constraint == "p"), None)
    if primary is None:
        raise NoRewrite(f"{table.name} has no primary key to make the order unique")
    return [
        _Key(table.by_name[name], keys[0].descending, f"{quote_identifier(source.alias)}.{quote_identifier(name)}")
        for name in primary if name not in names
    ]  # fmt: skip


def _where(outline: Outline, level: Level, condition: str) -> list[tuple[Range, str]]:
    where = level.clauses.get("WHERE")
    if where is None:
        place = level.clauses["FROM"][1]
        return [((place, place), f" WHERE {condition}")]
    inner = (where[0] + 1, where[1])
    either = len(outline.split(inner, "OR")) > 1
    return [(inner, f"({outline.words(inner)}) AND {condition}")] if either else [((where[1], where[1]), f" AND {condition}")]


def _values(
    outline: Outline, level: Level, source: Source, keys: list[_Key], parameters: tuple[str | None, ...] | None
) -> tuple[str | None, ...] | None:
    """Return the statement's values with those of a row about where the page begins; None where they are not known."""
    number = outline.highest_parameter
    given = () if number == 0 else parameters
    if given is None or len(given) < number or source.table is None or not source.table.rows:
        return None
    skipped = _number(outline.words((level.clauses["OFFSET"][0] + 1, level.clauses["OFFSET"][1])), given)
    if skipped is None:
        return None
    share = min(1.0, skipped / source.table.rows)
    found = [_at(keys[0], share), *(_at(key, share) or _any_value(key) for key in keys[1:])]
    return None if None in found else (*given[:number], *found)


def _number(text: str, parameters: tuple[str | None, ...]) -> float | None:
    shown = text.removesuffix("ROWS").removesuffix("rows").strip()
    if shown.startswith("$") and shown[1:].isdigit() and int(shown[1:]) <= len(parameters):
        shown = parameters[int(shown[1:]) - 1] or ""
    return float(shown) if shown.isdigit() else None


def _at(key: _Key, share: float) -> str | None:
    """Return the value of a key's histogram at a share of the rows, from the end the order begins with."""
    statistics = key.column.statistics
    bounds = () if statistics is None else statistics.histogram_bounds
    if not bounds:
        return None
    place = round((1.0 - share if key.descending else share) * (len(bounds) - 1))
    return bounds[place]


def _any_value(key: _Key) -> str | None:
    """Return a common value of a key that is only there to tell equal ones before it apart."""
    common = () if key.column.statistics is None else key.column.statistics.common_values
    return common[0] if common else None
