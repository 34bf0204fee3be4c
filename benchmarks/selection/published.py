"""What published algorithms reached on TPC-H scale 1, entered as data.

PostgreSQL 15, HypoPG costs and HypoPG sizes, default planner costs, no parallelism, primary keys only, the 22 queries with the validation
parameters; indexes of up to three key columns without INCLUDE. The best of Extend, DB2Advis, AutoAdmin, Anytime (DTA), Relaxation and
CoPhy (with HiGHS), each run as its authors describe it.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000
"""A budget's megabyte: the published implementations count in powers of ten, the stricter reading."""
OUTWEIGHING = ("Q2 ", "Q17 ", "Q20 ")
"""The queries left out of the 19: they are 99.8 % of the cost without indexes."""


@dataclass(frozen=True)
class Published:
    """The best published result for a budget: final cost of the workload (planner units), who reached it, and in how many calls."""

    cost: float
    algorithm: str
    calls: int


BASE = {19: 4.2634e6, 22: 1_885.73e6}
"""Cost without indexes, by number of queries."""

BEST: dict[int, dict[int, Published]] = {
    19: {
        250: Published(3.661e6, "CoPhy", 889_097),
        500: Published(3.252e6, "CoPhy", 44_735),
        1_000: Published(2.754e6, "CoPhy", 889_097),
        2_000: Published(2.578e6, "CoPhy", 889_097),
        5_000: Published(2.461e6, "DB2Advis", 38),
        10_000: Published(2.460e6, "Anytime", 548_117),
    },
    22: {
        250: Published(4.922e6, "CoPhy", 62_186),
        500: Published(3.667e6, "CoPhy", 62_186),
        1_000: Published(3.008e6, "CoPhy", 62_186),
        2_000: Published(2.750e6, "Anytime", 493_723),
        5_000: Published(2.571e6, "Anytime", 623_416),
        10_000: Published(2.571e6, "Anytime", 534_114),
    },
}
"""Best published results by number of queries and budget in MB."""
