"""Costs from several labs at once: the same snapshot in each, a free one for every question.

The labs are databases of one private server, copied from the first (``lab.server`` says why). All learn the same indexes in the same
order, so that it makes no difference which one answers. A question goes to the lab that its thread asked last, where that is free: the
questions about one statement follow each other, and fewer indexes have to be switched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.errors import WhatIfError
from indexadvisor.findings import Skipped
from indexadvisor.lab.lab import Lab, Snapshot
from indexadvisor.whatif.interface import CostSource, Effort, QueryCost, SourceInfo
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.model import Sample


class PooledCosts:
    """A source of cost over several equal ones, which it closes; safe to ask from ``jobs`` threads and more.

    ``prepare`` waits until no question is open, and questions wait for it.
    """

    def __init__(self, sources: Sequence[CostSource]) -> None:
        if not sources:
            raise ValueError("a pool needs a source of cost")
        self._sources = tuple(sources)
        self._free = list(self._sources)
        self._last: dict[int, CostSource] = {}
        self._closed = False
        self._changed = threading.Condition()
        self._preparing = threading.Lock()
        self._refused: dict[IndexDef, str] = {}
        self._common = self._sources[0].skipped
        info = self._sources[0].info
        more = f"; {self.jobs} of them were asked side by side" if self.jobs > 1 else ""
        self._info = replace(info, description=info.description + more)

    @property
    def jobs(self) -> int:
        """How many questions can be under way at once."""
        return len(self._sources)

    @property
    def info(self) -> SourceInfo:
        """Say what this source is."""
        return self._info

    @property
    def effort(self) -> Effort:
        """Return the running count of questions, over all labs."""
        efforts = [source.effort for source in self._sources]
        return Effort(sum(effort.explains for effort in efforts), sum(effort.cache_hits for effort in efforts))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be done as asked, each once: what was known before the first question, then by name, whichever lab was asked."""
        found = {each for source in self._sources for each in source.skipped}
        more = sorted(found - set(self._common), key=lambda each: (each.stage, each.subject, each.reason))
        return (*self._common, *more)

    def prepare(self, indexes: Iterable[IndexDef]) -> Mapping[IndexDef, str]:
        """Make indexes known to every lab; return those that one of them cannot cost, each with the reason."""
        wanted = tuple(dict.fromkeys(indexes))
        with self._all(), ThreadPoolExecutor(self.jobs, thread_name_prefix="prepare") as threads:
            answers = list(threads.map(lambda source: source.prepare(wanted), self._sources))
            for answer in answers:
                self._refused.update(answer)
        return {index: self._refused[index] for index in wanted if index in self._refused}

    def size_bytes(self, index: IndexDef) -> int | None:
        """Return the estimated size of a prepared index, or None where it is unknown."""
        return None if index in self._refused else self._sources[0].size_bytes(index)

    def caveat(self, index: IndexDef) -> str | None:
        """Return why the costs with this index can be wrong, or None."""
        return self._sources[0].caveat(index)

    def cost(self, sample: Sample, indexes: frozenset[IndexDef]) -> QueryCost:
        """Return what the statement costs with exactly these indexes added to those that exist; waits for a free lab.

        Raises StatementFailed when the server refuses the statement, WhatIfError for an index that was not prepared or after close().
        """
        refused = indexes & self._refused.keys()
        if refused:
            raise WhatIfError(f"index {min(map(str, refused))} was not prepared, or this source of cost cannot judge it")
        with self._one() as source:
            return replace(source.cost(sample, indexes), source=self._info)

    def cost_without(
        self, sample: Sample, indexes: frozenset[IndexDef], gone: frozenset[TableName]
    ) -> tuple[QueryCost, QueryCost] | None:
        """Return what the statement costs with and without some indexes that exist; waits for a free lab."""
        with self._one() as source:
            found = source.cost_without(sample, indexes, gone)
        return None if found is None else (replace(found[0], source=self._info), replace(found[1], source=self._info))

    def interrupt(self) -> None:
        """Cancel the questions under way, in every lab; whoever waits for an answer gets a StatementFailed. Later ones are answered."""
        for source in self._sources:
            source.interrupt()

    def close(self) -> None:
        """Close every lab, also where one of them fails to; harmless when called twice. Whoever waits for a lab gets a WhatIfError."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        with ExitStack() as stack:
            for source in self._sources:
                stack.callback(source.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _one(self) -> Iterator[CostSource]:
        """Take a free lab for the length of a block."""
        thread = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._closed)
            self._must_be_open()
            last = self._last.get(thread)
            source = last if last in self._free else self._free[-1]
            self._free.remove(source)
            self._last[thread] = source
        try:
            yield source
        finally:
            self._give_back(source)

    @contextmanager
    def _all(self) -> Iterator[None]:
        """Take all labs for the length of a block."""
        taken: list[CostSource] = []
        with self._preparing:
            try:
                while len(taken) < self.jobs:
                    with self._changed:
                        self._changed.wait_for(lambda: self._free or self._closed)
                        self._must_be_open()
                        taken.append(self._free.pop())
                yield
            finally:
                for source in taken:
                    self._give_back(source)

    def _give_back(self, source: CostSource) -> None:
        with self._changed:
            self._free.append(source)
            self._changed.notify()

    def _must_be_open(self) -> None:
        if self._closed:
            raise WhatIfError("the source of cost was closed")


def open_pool(snapshot: Snapshot, jobs: int, bindir: Path | None = None) -> PooledCosts:
    """Start ``jobs`` labs with a snapshot on one private server; raises LabError when it cannot be started, and leaves nothing then."""
    labs = Lab.open_several(snapshot, jobs, bindir=bindir)
    with ExitStack() as stack:
        for lab in labs:
            stack.callback(lab.close)
        pool = PooledCosts([LabCosts(lab, snapshot, owns_lab=True) for lab in labs])
        stack.pop_all()
    return pool
