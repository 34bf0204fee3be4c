"""Which extended statistics hold several columns together, and which statistics there are on an expression.

Source: PostgreSQL documentation, section "Extended Statistics"; src/backend/statistics/extended_stats.c and dependencies.c. A scan is
estimated by the statistics of the very table it reads: for a partition by its own, not by those of the whole; so the partitioned table
is estimated partition by partition. An index on it has one attached to it in each, with statistics of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from indexadvisor.catalog.expression import same_expression
from indexadvisor.catalog.model import Catalog, Index, StatisticsObject, TableName

EQUALITY = ("f", "m")
"""The kinds that tell how many rows pass several conditions at once: dependencies and common combinations (``KINDS``)."""
GROUPS = ("d",)
"""The kind that tells how many different combinations there are."""
_ORDER = {True: 0, None: 1, False: 2}


def holding(known: Iterable[StatisticsObject], columns: Collection[str], kinds: Collection[str]) -> StatisticsObject | None:
    """Return the object that says by one of these kinds how all the columns go together; None where none does.

    One that ANALYZE filled goes before one of which that is not known, an empty one is last; then the one with the fewest columns.
    """
    fitting = (each for each in known if each.holds(columns, kinds))
    return min(fitting, key=lambda each: (_ORDER[each.analyzed], len(each.columns), each.full_name), default=None)


@dataclass(frozen=True)
class OnExpression:
    """What has statistics on an expression, or would have after ANALYZE. ``analyzed`` as in ``StatisticsObject``; of an index that shows
    none, False.
    """

    holder: StatisticsObject | Index
    analyzed: bool | None


def on_expression(catalog: Catalog, table: TableName, expression: str) -> OnExpression | None:
    """Return what has statistics on an expression of a table: what ANALYZE filled first, and of such an index before a statistics object.

    Of a partitioned table that is what the whole has, which estimates no scan: ``analyzed`` says what its partitions have.
    A partial or invalid index does not count: the planner takes no statistics from it (selfuncs.c, examine_variable).
    """
    described = catalog.table(table)
    found = []
    for index in catalog.indexes_of(table):
        if not index.valid or index.definition.predicate is not None:
            continue
        statistics = (*index.key_statistics, *(None for _ in index.definition.keys))
        for key, known in zip(index.definition.keys, statistics, strict=False):
            if key.expression is not None and same_expression(key.expression, expression, described):
                found.append(OnExpression(index, analyzed=known is not None))
    for each in catalog.statistics_of(table):
        if any(same_expression(own, expression, described) for own in each.expressions):
            found.append(OnExpression(each, each.analyzed))
    return min(found, key=lambda each: _ORDER[each.analyzed], default=None)


def analyzed(catalog: Catalog, table: TableName, expression: str) -> bool | None:
    """Return whether scans of a table are estimated by statistics on an expression, those of a partitioned table in every partition.

    None where there are such statistics, and whether ANALYZE has filled them is not shown.
    """
    found = [on_expression(catalog, leaf, expression) for leaf in catalog.unlike_leaves(table)]
    states = [known is not None and known.analyzed for known in found]
    return False if False in states else None if None in states else True
