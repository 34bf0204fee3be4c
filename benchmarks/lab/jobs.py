"""What several labs side by side gain on TPC-H: many candidates, and every query under sets of them, with one job and with more.

    python benchmarks/lab/jobs.py "host=... dbname=tpch" [--jobs 2] [--candidates 1000] [--rounds 6] [--runs 3]

Every run starts the labs, makes the candidates in each, and asks: for each query its cost as it is, with all candidates, and then, the
most used candidate taken away each time, as many times as ``--rounds`` says. Queries are asked side by side, the questions of one query
one after another, as selection does it. The answers with any number of jobs must be the same, or it ends with exit code 1. Prints the
seconds of each step in the fastest run, and the ratio to those with one job.
"""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from candidates import Watch, many_candidates
from indexlist import tpch_workload

from indexadvisor.catalog.model import IndexDef
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import embedded_bindir
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.pool import open_pool
from indexadvisor.workload.model import Sample

Answers = list[list[tuple[float, tuple[str, ...]]]]


def ask(costs: CachedCosts, sample: Sample, indexes: tuple[IndexDef, ...], rounds: int) -> list[tuple[float, tuple[str, ...]]]:
    """Return cost and used indexes of one query: as it is, with everything, and with one index less each time."""
    answers = [costs.cost(sample, frozenset())]
    left = frozenset(indexes)
    for _ in range(rounds):
        answers.append(costs.cost(sample, left))
        if not answers[-1].used:
            break
        left -= {min(answers[-1].used, key=str)}
    return [(answer.total_cost, tuple(sorted(map(str, answer.used)))) for answer in answers]


def measure(snapshot: Snapshot, samples: list[Sample], indexes: tuple[IndexDef, ...], jobs: int, rounds: int) -> tuple[Watch, Answers, int]:
    """Run the steps once; return their seconds, the answers, and the EXPLAINs sent."""
    watch = Watch()
    with watch.step("start and load"):
        pool = open_pool(snapshot, jobs)
    with pool:
        costs = CachedCosts(pool)
        with watch.step("create"):
            refused = costs.prepare(indexes)
        if refused:
            raise SystemExit("refused: " + "; ".join(f"{index}: {reason}" for index, reason in refused.items()))
        with watch.step("ask"), ThreadPoolExecutor(costs.jobs) as threads:
            answers = list(threads.map(lambda sample: ask(costs, sample, indexes, rounds), samples))
        return watch, answers, costs.effort.explains


def main() -> int:
    """Read the arguments, measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dsn", help="a database that holds TPC-H")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--runs", type=int, default=3, help="the fastest counts: others may use the machine")
    options = parser.parse_args()
    workload = tpch_workload()
    with Session(options.dsn) as session:
        snapshot = take(session, embedded_bindir() / "pg_dump")
    indexes = many_candidates(workload, snapshot.catalog, options.candidates)
    samples = [sample for group in workload.groups for sample in group.samples]
    found = {1: [], options.jobs: []}
    for _ in range(options.runs):
        # taking turns, so that a busy moment of the machine falls on both
        for jobs, runs in found.items():
            runs.append(measure(snapshot, samples, indexes, jobs, options.rounds))
    best = {jobs: min(runs, key=lambda run: run[0].total) for jobs, runs in found.items()}
    one, more = best[1], best[options.jobs]
    same = all(run[1:] == one[1:] for runs in found.values() for run in runs)
    print(f"{len(indexes)} candidates, {len(samples)} queries, {one[2]} EXPLAINs, {os.cpu_count()} cores")
    print(f"   {'':16} {'1 job':>8} {f'{options.jobs} jobs':>8}   ratio")
    for name, seconds in {**one[0].seconds, "total": one[0].total}.items():
        other = more[0].seconds.get(name, more[0].total)
        print(f"   {name:16} {seconds:6.2f} s {other:6.2f} s   {other / seconds:5.2f}")
    print("   the answers are the same" if same else "   the answers DIFFER")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
