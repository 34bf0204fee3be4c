"""Options a person sets, as values that every stage can read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True)
class Limits:
    """What the advice must respect.

    ``budget_bytes``: total size of all proposed indexes. ``max_indexes``, ``max_indexes_per_table``: counts of proposed
    indexes. ``min_benefit``: an index stays only if it lowers the cost of the queries it serves by at least this fraction
    (0.05 = 5 %), and saves more than its write tax. ``min_saving``: and saves at least this fraction of what the workload still
    costs with all chosen indexes, so that trifles stay out whatever the heaviest query weighs. ``include`` and ``exclude``:
    shell patterns over ``table`` or ``schema.table``. ``max_key_columns``: widest composite key to try. ``covering``: whether
    INCLUDE columns may be proposed. ``time_limit_s``: seconds for costing and choosing; the best answer so far is given when it
    runs out. ``gap``: the search ends when the answer is proven to be within this fraction of the best one (0.01 = 1 %).
    ``max_explains``: about so many EXPLAINs at most, None for as many as the number of statements makes sensible. ``auto_budget``: take
    the knee of the frontier as the budget (at most ``budget_bytes``). ``leading_columns``: also try single columns that lead an existing
    wider index, which the planner rates higher where rows are stored in their order. ``variants``: indexes near the chosen ones (merged,
    narrower, turned) join the candidates, and the search goes on. ``weight``: what a query counts for, its ``calls`` or the ``time`` it
    took where the capture has it. ``risk_discount``: share of an index's benefit not counted where its estimate is known to flatter.
    """

    budget_bytes: int | None = None
    max_indexes: int | None = None
    max_indexes_per_table: int | None = None
    min_benefit: float = 0.05
    min_saving: float = 0.001
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_key_columns: int = 4
    covering: bool = True
    time_limit_s: float | None = None
    gap: float = 0.01
    max_explains: int | None = None
    auto_budget: bool = False
    leading_columns: bool = False
    variants: bool = True
    weight: Literal["calls", "time"] = "calls"
    risk_discount: float = 0.0

    def allows(self, schema: str, table: str) -> bool:
        """Return whether a table may be given indexes.

        >>> Limits(include=("sales.*",), exclude=("*_archive",)).allows("sales", "orders")
        True
        >>> Limits(exclude=("*_archive",)).allows("sales", "orders_archive")
        False
        """
        names = (table, f"{schema}.{table}")
        wanted = not self.include or any(fnmatchcase(name, pattern) for pattern in self.include for name in names)
        return wanted and not any(fnmatchcase(name, pattern) for pattern in self.exclude for name in names)


Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, how many there are) while long work runs."""


def silent(activity: str, done: int, total: int) -> None:
    """Ignore progress: the default where nobody watches."""
