"""The data of extended statistics (CREATE STATISTICS), which a dump of version 18 does not hold: read as text, carried as values.

Source: views pg_stats_ext and pg_stats_ext_exprs (PostgreSQL documentation, "System Views"); text forms of mvdistinct.c and
dependencies.c in src/backend/statistics. Both views show them to the owner of the table alone (14.12, 15.7, 16.3 and later).
What the objects are is in the catalog: ``catalog.statistics``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indexadvisor.catalog.model import Catalog, StatisticsObject, Table, TableName
from indexadvisor.db import queries
from indexadvisor.db.connection import Session
from indexadvisor.findings import Skipped

_HIDDEN = "PostgreSQL shows its data to the owner of the table alone, which role {} is not: columns are taken as independent there"
_NONE = "it holds no data, since {} was not analyzed after it was made: columns are taken as independent there"
_NOTHING = "ANALYZE of {} found nothing for it to hold: columns are taken as independent there"
_Key = tuple[str, str, bool | None]
"""Schema and name of an object, and whether its data are those of the table with its children."""
Groups = tuple[tuple[tuple[int, ...], float], ...]
"""A figure for each of several groups of keys; a key is 1 for the first column, -1 for the first expression."""


@dataclass(frozen=True)
class Combination:
    """One entry of a list of most common values: a value for each key as text (None: NULL), its share of the rows, and the share it would
    have if the keys were independent.
    """

    values: tuple[str | None, ...]
    frequency: float
    base_frequency: float


@dataclass(frozen=True)
class ExpressionStatistics:
    """One row of pg_stats_ext_exprs. Arrays of values stay the text that the server wrote; the others are as in pg_stats."""

    null_fraction: float
    average_width_bytes: int
    n_distinct: float
    common_values: str | None = None
    common_frequencies: tuple[float, ...] = ()
    histogram_bounds: str | None = None
    correlation: float | None = None
    common_elements: str | None = None
    element_frequencies: tuple[float, ...] = ()
    element_counts: tuple[float, ...] = ()


@dataclass(frozen=True)
class ExtendedStatistics:
    """The data of one statistics object. ``columns`` are its plain columns in the table's order, ``expressions`` one entry for each of its
    expressions (None: not analyzed). ``inherited``: over the table with its children. Of ``dependencies`` the last key follows from the
    others, in that share of the rows.
    """

    schema: str
    name: str
    table: TableName
    columns: tuple[str, ...]
    inherited: bool
    distinct: Groups = ()
    dependencies: Groups = ()
    combinations: tuple[Combination, ...] = ()
    expressions: tuple[ExpressionStatistics | None, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it holds nothing."""
        return not (self.distinct or self.dependencies or self.combinations or any(self.expressions))

    def without_values(self, harmless: Collection[tuple[str, str, str]]) -> ExtendedStatistics:
        """Return it without sampled values, but for combinations whose columns are all ``harmless`` (schema, table, column)."""
        table = (self.table.schema, self.table.name)
        stays = not self.expressions and all((*table, column) in harmless for column in self.columns)
        bare = tuple(
            # named one by one, so that a field added later stays out until somebody thought about it
            each and ExpressionStatistics(each.null_fraction, each.average_width_bytes, each.n_distinct, correlation=each.correlation)
            for each in self.expressions
        )
        return replace(self, combinations=self.combinations if stays else (), expressions=bare)


def read_extended(
    session: Session, catalog: Catalog, unreadable: Collection[TableName] = ()
) -> tuple[tuple[ExtendedStatistics, ...], tuple[Skipped, ...]]:
    """Return the extended statistics of the catalog's tables that hold data, but of the ``unreadable``; and what could not be read, each
    with the reason.
    """
    version = session.version_num
    rows, expressions = session.batch((queries.get("extended_data", version), ()), (queries.get("extended_expressions", version), ()))
    evaluated = _expressions(expressions)
    objects = {(each.schema, each.name): each for each in catalog.statistics if each.table not in unreadable}
    found: list[ExtendedStatistics] = []
    for schema, name, inherited, *data in rows:
        known = objects.get((schema, name))
        table = None if known is None else catalog.table(known.table)
        if known is not None and table is not None:
            values = evaluated.get((schema, name, inherited), ())
            # before version 15 the data are those of the whole tree for a partitioned table, else the table's own
            whole = table.kind == "p" if inherited is None else bool(inherited)
            found.append(_read(known, table, whole, data, values))
    found = [each for each in found if not each.empty]
    filled = {(each.schema, each.name) for each in found}
    skipped = {
        Skipped("catalog", f"extended statistics {each.full_name}", _why_empty(each, session.user))
        for name, each in objects.items()
        if name not in filled
    }
    return tuple(found), tuple(sorted(skipped))


def _read(
    known: StatisticsObject, table: Table, whole: bool, data: list[Any], expressions: tuple[ExpressionStatistics | None, ...]
) -> ExtendedStatistics:
    distinct, dependencies, values, frequencies, base_frequencies = data
    place = {table.by_name[name].number: at for at, name in enumerate(known.columns, start=1)}
    return ExtendedStatistics(
        known.schema, known.name, known.table, known.columns, whole, _groups(distinct, place), _groups(dependencies, place),
        _combinations(values, frequencies, base_frequencies), expressions,
    )  # fmt: skip


def _why_empty(known: StatisticsObject, user: str) -> str:
    if known.analyzed is None:
        return _HIDDEN.format(user)
    return (_NOTHING if known.analyzed else _NONE).format(known.table)


def _expressions(rows: Iterable[tuple[Any, ...]]) -> Mapping[_Key, tuple[ExpressionStatistics | None, ...]]:
    found: dict[_Key, dict[int, ExpressionStatistics]] = {}
    for schema, name, place, inherited, nulls, width, distinct, values, shares, bounds, correlation, *elements in rows:
        common, element_shares, counts = elements
        found.setdefault((schema, name, inherited), {})[place] = ExpressionStatistics(
            nulls, width, distinct, values, tuple(shares or ()), bounds, correlation, common, tuple(element_shares or ()),
            tuple(counts or ()),
        )  # fmt: skip
    return {key: tuple(each.get(place) for place in range(1, max(each) + 1)) for key, each in found.items()}


def _groups(text: str | None, place: Mapping[int, int]) -> Groups:
    """Return figures by group of keys from the text form ``{"1, 3": 11, "1 => 3": 0.5}``; columns by place, not by number.

    >>> _groups('{"2, -1 => 5": 0.25}', {2: 1, 5: 2})
    (((1, -1, 2), 0.25),)
    """
    if text is None:
        return ()
    found = json.loads(text)
    return tuple(
        (tuple(place.get(number, number) for number in map(int, keys.replace("=>", ",").split(","))), float(figure))
        for keys, figure in found.items()
    )


def _combinations(
    values: list[list[str | None]] | None, frequencies: list[float] | None, base_frequencies: list[float] | None
) -> tuple[Combination, ...]:
    triples = zip(values or (), frequencies or (), base_frequencies or (), strict=True)
    return tuple(Combination(tuple(each), frequency, base) for each, frequency, base in triples)
