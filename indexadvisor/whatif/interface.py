"""What would this statement cost if these indexes existed? One question, several sources that answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.explain.plan import Plan
from indexadvisor.findings import Skipped
from indexadvisor.workload.model import Sample


@dataclass(frozen=True)
class SourceInfo:
    """Where costs come from: ``kind`` is ``hypopg``, ``lab``, ``trial`` or ``hypopg+lab``; ``description`` is a sentence for the report.

    ``server_version`` is that of the planner that was asked; of two joined sources, the analysed server's.
    """

    kind: str
    server_version: str
    description: str


@dataclass(frozen=True)
class QueryCost:
    """The planner's answer: total cost in its own units, which of the asked-for indexes the plan uses, and the plan.

    ``used`` holds proposed indexes only; indexes that exist are always there and are not listed. ``names`` tells which of them a name
    in the plan stands for, since a hypothetical index bears a name of its source's making. ``source`` says who answered: of joined
    sources the one that was asked, which is the same for every question about one statement.
    """

    total_cost: float
    used: frozenset[IndexDef]
    plan: Plan
    names: Mapping[str, IndexDef] = field(default_factory=dict, compare=False)
    source: SourceInfo | None = None


@dataclass(frozen=True)
class Reading:
    """What one statement reads, as far as its text tells: ``subject`` names it in messages (``query 7f3a``).

    ``tables`` are named as IndexDef names them, empty where they are not known; ``relations`` counts them as often as they occur.
    """

    subject: str
    tables: frozenset[TableName]
    relations: int


Readings = Callable[[Sample], Reading | None]
"""What a sample's statement reads; None where nobody knows."""


@dataclass
class Effort:
    """What the answers took. ``explains``: EXPLAINs sent. ``cache_hits``: answers that needed none."""

    explains: int = 0
    cache_hits: int = 0

    @property
    def questions(self) -> int:
        """Costs asked for, answered by EXPLAIN or not."""
        return self.explains + self.cache_hits


class CostSource(Protocol):
    """The one interface selection knows. Implementations own their connection and leave nothing behind after close()."""

    @property
    def info(self) -> SourceInfo:
        """Say what this source is."""

    @property
    def jobs(self) -> int:
        """How many questions it answers at once."""

    @property
    def effort(self) -> Effort:
        """Return the running count of questions."""

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes known before costs are asked; return those that this source cannot cost, each with the reason."""

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of a prepared index, or None where this source cannot tell."""

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist.

        Raises StatementFailed when the server refuses the statement (unknown table, missing right, time-out).
        """

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Return what the statement costs with these indexes added, and also with the existing ones named ``gone`` out of sight.

        Both are one planner's, which need not be the one that ``cost`` asks. None where nothing that exists can be hidden. Raises
        StatementFailed as ``cost`` does.
        """

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Say what could not be done as asked so far, such as row security of a role we may not take on."""

    def caveat(self, index: IndexDef) -> str | None:
        """Return one sentence on why costs with this index can be wrong, or None where nothing is known against them."""

    def interrupt(self) -> None:
        """Cancel the questions that other threads have under way; whoever waits for an answer gets a StatementFailed."""

    def close(self) -> None:
        """Remove every hypothetical index and let go of the connection."""


class OpenSource(CostSource, Protocol):
    """A source that is also a context manager, which closes it."""

    def __enter__(self) -> Self:
        """Return the source itself."""

    def __exit__(self, *_: object) -> None:
        """Close the source."""


class LiveSource(CostSource, Protocol):
    """HypoPG as others need it: a source on the analysed server that knows where it sees less than the planner would."""

    @property
    def extension_version(self) -> str:
        """HypoPG's version, ``1.4.1``."""

    def blind_to(self, index: IndexDef, sample: Sample, relations: int) -> bool:
        """Return whether an index that this source can make counts for less than it would if it existed.

        ``relations``: how many relations the statement reads, counted as often as they occur; 0 where that is not known.
        """
