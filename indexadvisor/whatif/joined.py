"""HypoPG and the lab as one source: each statement is put to one of the two, for all its questions, and never to both in one comparison.

A statement goes to the lab where an index on one of its tables is beyond HypoPG: GIN, GiST and SP-GiST, which it cannot make, and
indexes it sees too little of (``LiveSource.blind_to``). All others stay with HypoPG and thus with the server's own planner. What the
lab cannot plan (an extension that it lacks, say) falls back to HypoPG; the indexes that then remain unjudged for the statement are
named. The answer to the first question decides: later refusals are refusals, as costs of two planners must not be compared.

Where a table has both, indexes only the lab can make and indexes only HypoPG can (a column whose type the lab lacks), its statements
go to the source whose indexes save the larger share of what that source says they cost today. Nothing is put to the lab over a table
whose statistics we may not read: it would guess, where the server knows.

Sizes are those of the lab's models, which need no lab to run and are nearer the truth than HypoPG's. The lab is started when the
first index needs it. Statement by statement this is safe to ask from several threads as far as the lab is; HypoPG answers one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from typing import Self

from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.errors import IndexAdvisorError, LabError, SnapshotError, StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.lab.sizes import index_size
from indexadvisor.whatif.interface import CostSource, Effort, LiveSource, QueryCost, Reading, Readings, SourceInfo
from indexadvisor.workload.model import Sample

_NONE: frozenset[IndexDef] = frozenset()
_NAMED = 3
"""Indexes named in one sentence; the others are counted."""
_UNKNOWN = Reading("a statement", frozenset(), 0)


class JoinedCosts:
    """HypoPG (``live``) for what it can judge, and the lab that ``open_lab`` starts for the rest; close() closes both.

    ``catalog``: of the analysed server. ``jobs``: questions that the lab takes at once. ``open_lab`` may raise LabError, SnapshotError or
    StatementFailed: HypoPG then answers alone, and ``skipped`` says so.
    """

    def __init__(self, live: LiveSource, catalog: Catalog, open_lab: Callable[[], CostSource], jobs: int = 1) -> None:
        self.jobs = jobs
        self._live = live
        self._catalog = catalog
        self._open_lab = open_lab
        self._lab: CostSource | None = None
        self._no_lab = ""
        self._readings: Readings = lambda _: None
        self._prepared: dict[IndexDef, None] = {}
        self._by_table: dict[TableName, list[IndexDef]] = {}
        self._not_live: dict[IndexDef, str] = {}
        self._not_lab: dict[IndexDef, str] = {}
        self._routes: dict[Sample, CostSource] = {}
        self._fallen: set[TableName] = set()
        self._notes: dict[Skipped, None] = {}
        self._one_at_a_time = Lock()

    def route_by(self, readings: Readings) -> None:
        """Say what each statement reads; where nobody does, a statement counts as reading every table."""
        self._readings = readings

    @property
    def info(self) -> SourceInfo:
        """Say what this source is: HypoPG alone as long as nothing needed the lab."""
        here = f"HypoPG {self._live.extension_version} on the server itself (PostgreSQL {_short(self._live)})"
        sizes = "; index sizes are estimated from the statistics"
        if self._lab is None:
            return SourceInfo("hypopg", self._live.info.server_version, f"{here}, with hypothetical indexes that are never built{sizes}")
        by_lab = sum(1 for source in self._routes.values() if source is self._lab)
        version = _short(self._lab)
        return SourceInfo(
            "hypopg+lab",
            self._live.info.server_version,
            f"each statement by one planner: {len(self._routes) - by_lab:,} by {here}; {by_lab:,}, those that an index beyond HypoPG could "
            f"serve, by the lab (a private PostgreSQL {version} with the server's schema and statistics but no rows){sizes}",
        )

    @property
    def effort(self) -> Effort:
        """Return the running count of questions to both."""
        both = [source.effort for source in self._sources()]
        return Effort(sum(each.explains for each in both), sum(each.cache_hits for each in both))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What either could not do as asked, and the indexes that were not judged for a statement."""
        return (*(item for source in self._sources() for item in source.skipped), *self._notes)

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes known to both; return those that neither can cost, with both reasons."""
        wanted = tuple(dict.fromkeys(indexes))
        for index in wanted:
            if index not in self._prepared:
                self._by_table.setdefault(index.table, []).append(index)
        self._prepared.update(dict.fromkeys(wanted))
        self._not_live.update(self._live.prepare(wanted))
        if self._lab is None and not self._no_lab and any(self._wants_lab(index) for index in wanted):
            self._start()
        self._teach()
        return {index: self._refusal(index) for index in wanted if not self._by_live(index) and not self._by_lab(index)}

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the size of a prepared index by the lab's models, or HypoPG's where they do not know its table."""
        if self._lab is not None and self._by_lab(index):
            return self._lab.size_bytes(index)
        table = self._catalog.table(index.table)
        if table is None or not self._by_live(index):
            return self._live.size_bytes(index)
        return index_size(index, table, self._catalog).size_bytes

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with these indexes, or with those of them that its source can judge.

        Raises StatementFailed when its source refuses it; at the first question only when both do.
        """
        route = self._routes.get(sample)
        if route is not None:
            return self._ask(route, sample, indexes)
        reading = self._readings(sample) or _UNKNOWN
        offered = self._offered(reading)
        order = self._order(sample, reading, offered)
        for source in order:
            try:
                answer = self._ask(source, sample, indexes)
            except StatementFailed as error:
                if source is order[-1]:
                    raise
                self._fall_back(reading, offered, error)
                continue
            # another thread may have decided meanwhile
            decided = self._routes.setdefault(sample, source)
            return answer if decided is source else self._ask(decided, sample, indexes)
        raise AssertionError("unreachable")

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Return what the statement costs with and without some existing indexes, by the lab, which is started for it: HypoPG cannot
        hide them. None where the lab knows less of the statement than HypoPG, or cannot be started.
        """
        reading = self._readings(sample) or _UNKNOWN
        with self._one_at_a_time:
            if self._lab is None and not self._no_lab:
                self._start()
                self._teach()
        by_lab = frozenset(index for index in indexes if self._by_lab(index))
        on_tables = [index for index in indexes if index.table in reading.tables or not reading.tables]
        if self._lab is None or any(self._hidden(table) for table in reading.tables) or not by_lab.issuperset(on_tables):
            return None
        return self._lab.cost_without(sample, by_lab, gone)

    def caveat(self, index: IndexDef) -> str | None:
        """Return why costs with this index can be wrong: by the source that judges it, or by both where a statement fell back to HypoPG."""
        said = []
        if self._lab is not None and self._by_lab(index):
            said.append(self._lab.caveat(index))
        if self._by_live(index) and (not said or index.table in self._fallen):
            said.append(self._live.caveat(index))
        return "; ".join(dict.fromkeys(text for text in said if text)) or None

    def interrupt(self) -> None:
        """Cancel the questions under way at both."""
        for source in self._sources():
            source.interrupt()

    def close(self) -> None:
        """Close both."""
        try:
            self._live.close()
        finally:
            if self._lab is not None:
                self._lab.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _sources(self) -> tuple[CostSource, ...]:
        return (self._live,) if self._lab is None else (self._live, self._lab)

    def _start(self) -> None:
        try:
            self._lab = self._open_lab()
        except (LabError, SnapshotError, StatementFailed) as error:
            self._no_lab = f"the lab could not be started: {_words(error)}"
            self._notes[Skipped("whatif", "lab", f"{self._no_lab}; HypoPG answers alone")] = None

    def _teach(self) -> None:
        """Make every prepared index known to the lab, where there is one."""
        if self._lab is not None:
            self._not_lab.update(self._lab.prepare(self._prepared))

    def _wants_lab(self, index: IndexDef) -> bool:
        """Return whether HypoPG cannot make an index, or knows something against its own costs with it."""
        return not self._by_live(index) or self._live.caveat(index) is not None

    def _by_live(self, index: IndexDef) -> bool:
        return index in self._prepared and index not in self._not_live

    def _by_lab(self, index: IndexDef) -> bool:
        return self._lab is not None and index in self._prepared and index not in self._not_lab

    def _refusal(self, index: IndexDef) -> str:
        return "; ".join(text for text in (self._not_live.get(index), self._not_lab.get(index, self._no_lab)) if text)

    def _offered(self, reading: Reading) -> Collection[IndexDef]:
        """Return the prepared indexes on the tables of a statement."""
        return [index for table in reading.tables for index in self._by_table.get(table, ())] if reading.tables else self._prepared

    def _ask(self, source: CostSource, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        if source is self._lab:
            return source.cost(sample, frozenset(index for index in indexes if self._by_lab(index)))
        with self._one_at_a_time:
            return source.cost(sample, frozenset(index for index in indexes if self._by_live(index)))

    def _order(self, sample: Sample, reading: Reading, offered: Collection[IndexDef]) -> tuple[CostSource, ...]:
        """Return the sources to try for a statement, the better one first."""
        if self._lab is None:
            return (self._live,)
        for_lab = [
            index for index in offered
            if self._by_lab(index) and (not self._by_live(index) or self._live.blind_to(index, sample, reading.relations))
        ]  # fmt: skip
        if not for_lab:
            return (self._live,)
        hidden = sorted(str(table) for table in reading.tables if self._hidden(table))
        if hidden:
            only = [index for index in for_lab if not self._by_live(index)]
            self._unjudged(reading, only, f"we may not read the statistics of {hidden[0]}, so that the lab knows nothing of it")
            return (self._live,)
        for_live = [index for index in offered if self._by_live(index) and not self._by_lab(index)]
        if for_live and self._saves(self._live, sample, offered) > self._saves(self._lab, sample, offered):
            self._unjudged(reading, [index for index in for_lab if not self._by_live(index)], "HypoPG's indexes save more here")
            return (self._live,)
        if for_live:
            self._unjudged(reading, for_live, "the lab's indexes save more here")
        return (self._lab, self._live)

    def _hidden(self, name: TableName) -> bool:
        """Return whether a table was analyzed and yet shows no statistics: pg_stats hides what a role may not select."""
        table = self._catalog.table(name)
        if table is None:
            return False
        if table.kind == "p":
            parts = self._catalog.partitions_of(name)
            return bool(parts) and all(self._hidden(part.name) for part in parts)
        return bool(table.rows) and bool(table.columns) and all(column.statistics is None for column in table.columns)

    def _saves(self, source: CostSource, sample: Sample, offered: Iterable[IndexDef]) -> float:
        """Return the share that all indexes a source can judge would save by its own account; below zero where it refuses."""
        try:
            before = self._ask(source, sample, _NONE).total_cost
            after = self._ask(source, sample, frozenset(offered)).total_cost
        except StatementFailed:
            return -1.0
        return 1.0 - after / before if before > 0 else 0.0

    def _fall_back(self, reading: Reading, offered: Iterable[IndexDef], error: StatementFailed) -> None:
        """Say that HypoPG answers for a statement that the lab refuses, and which indexes are left unjudged for it."""
        self._fallen |= reading.tables or self._by_table.keys()
        self._unjudged(reading, [index for index in offered if not self._by_live(index)], f"the lab cannot plan it ({error})")

    def _unjudged(self, reading: Reading, indexes: Iterable[IndexDef], why: str) -> None:
        names = sorted(map(str, indexes))
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        left_out = f"; not costed for it: {', '.join(names[:_NAMED])}{more}" if names else ""
        self._notes[Skipped("whatif", reading.subject, f"{why}{left_out}")] = None


def _short(source: CostSource) -> str:
    """Return a server's version without its packager's words."""
    return source.info.server_version.split()[0]


def _words(error: IndexAdvisorError) -> str:
    return f"{error} ({error.hint})" if error.hint else str(error)
