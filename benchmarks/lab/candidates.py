"""How long the lab takes with many candidates on TPC-H: start, load, create them, and bound each of the 22 queries.

    python benchmarks/lab/candidates.py "host=... dbname=tpch" [--candidates 1000] [--runs 3]

The candidates are those that are generated, filled up with all orders of up to three of the columns that the queries use of a table. The
bound of a query is its cost with every candidate on its tables enabled. Every answer is checked: each candidate is made, no query costs
more with all candidates than without, and most gain. Prints the seconds of each step in the fastest run; ends with exit code 1 when that
took more than 5 seconds. Reading the catalog and the snapshot from the server, and generating, are shown and count as no part of it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, permutations, zip_longest

from indexlist import candidates as generated
from indexlist import tpch_workload

from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, TableName
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.lab.lab import Lab
from indexadvisor.lab.server import LabServer
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.lab import LabCosts
from indexadvisor.workload.model import Workload

MOST_SECONDS = 5.0
LONGEST = 3


class Watch:
    """Seconds of each step, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a block."""
        started = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - started

    @property
    def total(self) -> float:
        """The seconds of all steps."""
        return sum(self.seconds.values())


def many_candidates(workload: Workload, catalog: Catalog, number: int) -> tuple[IndexDef, ...]:
    """Return so many different indexes: the generated ones, then permutations of the used columns, the tables taking turns."""
    usage = usage_graph(workload, catalog)
    tables = sorted({relation.table for relation in usage.relations})
    turns = chain.from_iterable(zip_longest(*(_permuted(usage, catalog, table) for table in tables)))
    existing = {index.definition for index in catalog.indexes}
    found = dict.fromkeys(generated(workload, catalog))
    for index in turns:
        if len(found) >= number:
            break
        if index is not None and index not in existing:
            found.setdefault(index)
    if len(found) < number:
        raise SystemExit(f"the columns that the queries use make only {len(found)} candidates")
    return tuple(islice(found, number))


def _permuted(usage: UsageGraph, catalog: Catalog, table: TableName) -> Iterator[IndexDef]:
    names_used = {name for relation in usage.of_table(table) for use in relation.uses for name in use.columns}
    used = sorted(names_used & {column.name for column in catalog.by_name[table].columns})
    for length in range(1, LONGEST + 1):
        for names in permutations(used, length):
            yield IndexDef(table, tuple(IndexKey(name) for name in names))


def measure(snapshot: Snapshot, workload: Workload, indexes: tuple[IndexDef, ...]) -> tuple[Watch, int, int]:
    """Run the steps once; return their seconds, the queries that gain, and the EXPLAINs sent."""
    watch = Watch()
    usage = usage_graph(workload, snapshot.catalog)
    with watch.step("start"):
        server = LabServer.start(snapshot.catalog)
    # Lab.open() starts and loads in one
    with Lab(server) as lab:
        with watch.step("load"):
            server.load(snapshot)
            lab.connect(*server.databases(1))
        source = LabCosts(lab, snapshot)
        tables = {sample: usage.tables_of(group.query_id) for group in workload.groups for sample in group.samples}
        costs = CachedCosts(source, tables=tables.__getitem__)
        samples = [sample for group in workload.groups for sample in group.samples]
        with watch.step("cost as it is"):
            before = [costs.cost(sample, frozenset()).total_cost for sample in samples]
        with watch.step("create"):
            refused = costs.prepare(indexes)
        if refused:
            raise SystemExit("refused: " + "; ".join(f"{index}: {reason}" for index, reason in refused.items()))
        everything = frozenset(indexes)
        with watch.step("bound"):
            bounds = [costs.cost(sample, everything).total_cost for sample in samples]
        worse = [sample.text[:60] for sample, old, new in zip(samples, before, bounds, strict=True) if new > old * 1.01]
        if worse:
            raise SystemExit(f"costs more with all candidates than without: {worse}")
        gaining = sum(new < old * 0.99 for old, new in zip(before, bounds, strict=True))
        return watch, gaining, costs.effort.explains


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsn", help="a database that holds TPC-H")
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=3, help="the fastest counts: others may use the machine")
    options = parser.parse_args()
    workload, reading = tpch_workload(), Watch()
    with Session(options.dsn) as session, reading.step("snapshot"):
        snapshot = take(session, embedded_bindir() / "pg_dump")
    with reading.step("generate"):
        indexes = many_candidates(workload, snapshot.catalog, options.candidates)
    watch, gaining, explains = min((measure(snapshot, workload, indexes) for _ in range(options.runs)), key=lambda run: run[0].total)
    print(f"{len(indexes)} candidates, {len(workload.groups)} queries, {gaining} gain; {explains} EXPLAINs")
    for name, seconds in reading.seconds.items():
        print(f"  ({name:14} {seconds:7.2f} s)")
    for name, seconds in watch.seconds.items():
        print(f"   {name:14} {seconds:7.2f} s")
    print(f"   {'total':14} {watch.total:7.2f} s   at most {MOST_SECONDS:.0f}")
    return int(watch.total > MOST_SECONDS or len(workload.groups) != 22)


if __name__ == "__main__":
    sys.exit(main())
