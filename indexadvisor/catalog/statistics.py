"""What the planner knows of a table's values: of each column (pg_stats), and of several together (CREATE STATISTICS)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from indexadvisor.catalog.table_name import TableName

KINDS = {"d": "ndistinct", "f": "dependencies", "m": "mcv", "e": "expressions"}
"""The kinds of extended statistics by their letter in pg_statistic_ext.stxkind, as DDL names them; ``e`` has no name there."""


@dataclass(frozen=True)
class ColumnStatistics:
    """One row of pg_stats. ``n_distinct`` keeps PostgreSQL's sign: negative means a fraction of the rows.

    Source: PostgreSQL documentation, section "pg_stats". Values are the text form of the sampled values, None for NULL.
    The elements are those of arrays and tsvectors: the commonest ones, the share of the non-null rows that hold each, and the mean
    number of different elements in a row (None for a tsvector).
    """

    null_fraction: float
    average_width_bytes: int
    n_distinct: float
    correlation: float | None = None
    common_values: tuple[str, ...] = ()
    common_frequencies: tuple[float, ...] = ()
    histogram_bounds: tuple[str, ...] = ()
    common_elements: tuple[str, ...] = ()
    element_frequencies: tuple[float, ...] = ()
    element_count_average: float | None = None

    def distinct_values(self, rows: float) -> float:
        """Return the estimated number of distinct non-null values in a table of ``rows`` rows.

        >>> ColumnStatistics(0.0, 4, -0.5).distinct_values(1000)
        500.0
        """
        return -self.n_distinct * rows if self.n_distinct < 0 else self.n_distinct


@dataclass(frozen=True)
class StatisticsObject:
    """One object made by CREATE STATISTICS (pg_statistic_ext), without its data: ``catalog.snapshot_extended`` carries those to the lab.

    ``columns`` are its plain columns in the table's order, ``expressions`` SQL text over unqualified column names. ``kinds`` are letters of
    ``KINDS``. ``analyzed``: ANALYZE has filled it since it was made; None where this role is not shown that (and, on version 14, for
    expressions alone). Before version 15 one that ANALYZE found nothing for looks like one that it never filled. ``target`` is its own
    statistics target, None for that of its columns.
    Source: PostgreSQL documentation, sections "pg_statistic_ext" and "pg_stats_ext".
    """

    schema: str
    name: str
    table: TableName
    columns: tuple[str, ...]
    expressions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    analyzed: bool | None = None
    target: int | None = None

    @property
    def full_name(self) -> TableName:
        """Its name with its schema, which need not be that of the table."""
        return TableName(self.schema, self.name)

    def holds(self, columns: Collection[str], kinds: Collection[str]) -> bool:
        """Return whether it says how these columns go together, by any of these kinds; with more columns it does so for any part of them.

        >>> known = StatisticsObject("public", "s", TableName("public", "t"), ("city", "zip"), kinds=("d",))
        >>> known.holds(("zip", "city"), "d"), known.holds(("zip", "city"), "fm")
        (True, False)
        """
        return set(columns) <= set(self.columns) and not set(kinds).isdisjoint(self.kinds)
