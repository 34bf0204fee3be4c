"""Answers that need no EXPLAIN, because an earlier one already proves them.

If under the enabled set E the plan uses U, then every set S with U within S within E has the same plan and cost: the planner took the
cheapest of all plans possible with E, that plan is still possible with S, and S offers no plan that E did not. It holds for ties
too: with S the planner may pick another plan of equal cost, so the cost is the same and the plan one of the cheapest.

Where the rule is not the whole truth, and what is done about it:

* A unique index proves rows distinct, and an index with statistics on an expression corrects row estimates, even where no node scans
  them. Such an index counts as used wherever it is enabled, so an answer is never reused across its presence and absence.
* The planner drops paths within 1 % of a better one (STD_FUZZ_FACTOR, src/backend/optimizer/util/pathnode.c) and searches joins of
  geqo_threshold tables and more at random: its own answers can move by as much when an unused index goes.

Several threads may ask. Questions about one sample wait for each other, so that none is sent twice and the answers and counts do not
depend on how the threads happen to run; the source behind is asked ``jobs`` at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import CostSource, Effort, QueryCost, SourceInfo
from indexadvisor.workload.model import Sample

Tables = Callable[[Sample], frozenset[TableName] | None]
"""The tables a sample's statement can touch, named as IndexDef names them; None or empty where they are not known."""

_FIXED_ERRORS = ("42", "0A", "22")
"""SQLSTATE classes that say something about the statement itself: it will be refused the same way with other indexes."""


class _Known(NamedTuple):
    """One answer: the sets as bit masks; it holds for every set between ``used`` and ``enabled``."""

    used: int
    enabled: int
    cost: QueryCost


class CachedCosts:
    """A source of cost in front of another, which is asked only what earlier answers do not tell.

    ``tables`` lets indexes on tables that a statement does not touch be left out of the question: it must name every table the
    planner may read for the sample, or none where they are not known. A statement refused for what it says is not sent again.
    """

    def __init__(self, source: CostSource, tables: Tables | None = None) -> None:
        self._source = source
        self._tables = tables
        self._hits = 0
        self._bits: dict[IndexDef, int] = {}
        self._by_table: dict[TableName, int] = {}
        self._sway = 0
        self._reach: dict[Sample, int | None] = {}
        self._known: dict[Sample, list[_Known]] = {}
        self._failed: dict[Sample, StatementFailed] = {}
        self._jobs = source.jobs
        self._lock = threading.Lock()  # of the dictionaries here, and the count
        self._asking = threading.Semaphore(self._jobs)
        self._one_at_a_time: dict[Sample, threading.Lock] = {}

    @property
    def info(self) -> SourceInfo:
        """Say what the source behind is."""
        return self._source.info

    @property
    def jobs(self) -> int:
        """How many questions the source behind answers at once."""
        return self._jobs

    @property
    def effort(self) -> Effort:
        """Return the running count: EXPLAINs of the source behind, and answers that needed none."""
        return Effort(self._source.effort.explains, self._source.effort.cache_hits + self._hits)

    @property
    def source(self) -> CostSource:
        """The source behind."""
        return self._source

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes known to the source behind; return those it cannot cost, each with the reason."""
        wanted = tuple(dict.fromkeys(indexes))
        if self._source.info.kind == "trial" and any(index not in self._bits for index in wanted):
            # a trial analyzes tables when it builds, so that costs from before are those of other statistics
            with self._lock:
                self._known.clear()
        refused = self._source.prepare(wanted)
        self._mask(index for index in wanted if index not in refused)
        return refused

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the size of a prepared index, or None where it is unknown."""
        return self._source.size_bytes(index)

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist.

        ``used`` is within the asked set. Raises StatementFailed when the server refuses the statement.
        """
        with self._lock:
            alone = self._one_at_a_time.setdefault(sample, threading.Lock())
        with alone:
            return self._answer(sample, indexes)

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Ask the source behind, each time anew: what is known here is known with the existing indexes in place."""
        with self._asking:
            return self._source.cost_without(sample, indexes, gone)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What the source behind could not do as asked."""
        return self._source.skipped

    def caveat(self, index: IndexDef) -> str | None:
        """Return why the costs with this index can be wrong, or None."""
        return self._source.caveat(index)

    def interrupt(self) -> None:
        """Cancel the questions under way at the source behind."""
        self._source.interrupt()

    def close(self) -> None:
        """Close the source behind."""
        self._source.close()

    def _answer(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Answer from what is known of the sample, or ask; one thread at a time for each sample."""
        if sample in self._failed:
            self._hit()
            raise self._failed[sample].with_traceback(None)
        reach = self._reach_of(sample)
        with self._lock:
            known = self._known.setdefault(sample, [])
            asked = indexes if reach is None else frozenset(index for index in indexes if self._by_table.get(index.table, 0) & reach)
        mask = self._mask(asked)
        for answer in known:
            if answer.used & ~mask == 0 and mask & ~answer.enabled == 0:
                self._hit()
                return answer.cost
        try:
            with self._asking:
                cost = self._source.cost(sample, asked)
        except StatementFailed as error:
            if error.sqlstate is not None and error.sqlstate.startswith(_FIXED_ERRORS):
                self._failed[sample] = error
            raise
        known.append(_Known(self._mask(cost.used) | (mask & self._sway), mask, cost))
        return cost

    def _hit(self) -> None:
        with self._lock:
            self._hits += 1

    def _reach_of(self, sample: Sample) -> int | None:
        """Return the bits of all tables the sample touches, or None where these are not known."""
        if sample not in self._reach:
            tables = self._tables(sample) if self._tables is not None else None
            with self._lock:
                self._reach[sample] = sum(self._table_bit(table) for table in tables) if tables else None
        return self._reach[sample]

    def _table_bit(self, table: TableName) -> int:
        return self._by_table.setdefault(table, 1 << len(self._by_table))

    def _mask(self, indexes: Iterable[IndexDef]) -> int:
        mask = 0
        with self._lock:
            for index in indexes:
                mask |= self._bit(index)
        return mask

    def _bit(self, index: IndexDef) -> int:
        bit = self._bits.get(index)
        if bit is None:
            bit = self._bits[index] = 1 << len(self._bits)
            self._table_bit(index.table)
            if self._sways(index):
                self._sway |= bit
        return bit

    def _sways(self, index: IndexDef) -> bool:
        """Return whether an index changes estimates without being scanned: HypoPG's expressions have no statistics, real ones do."""
        has_statistics = self._source.info.kind != "hypopg" and any(key.expression is not None for key in index.keys)
        return index.unique or has_statistics
