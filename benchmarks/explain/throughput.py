"""How fast a log of plans is analysed: `python benchmarks/explain/throughput.py --plans 2000`.

Writes an auto_explain log (stderr, JSON, as ANALYZE, VERBOSE and BUFFERS make it) of plans the size of TPC-H's (16 to 30 nodes, about 20 kB
each) from 22 statements with changing values, times and now and then another plan; then analyses it as `explain log` does, in a process of
its own, and prints seconds and peak memory as JSON. The aim: 2,000 plans in under 20 s on one core, memory that does not grow with the log.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STATEMENTS = 22
SESSIONS = 40
_COLUMNS = 8


def node(kind: str, rng: random.Random, children: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return one plan node as EXPLAIN (ANALYZE, VERBOSE, BUFFERS, FORMAT JSON) prints it."""
    below = sum(child["Actual Total Time"] * child["Actual Loops"] for child in children)
    rows = rng.choice((1, 25, 800, 15_000, 600_000))
    return {
        "Node Type": kind, "Parallel Aware": False, "Async Capable": False, "Startup Cost": 10.5, "Total Cost": 20_000.0 + 10 * below,
        "Plan Rows": rows, "Plan Width": 44, "Actual Startup Time": round(below / 2, 3),
        "Actual Total Time": round(below + rng.uniform(0.5, 90.0), 3), "Actual Rows": max(1, round(rows * rng.choice((1, 1, 1.2, 30)))),
        "Actual Loops": 1, **more,
        "Shared Hit Blocks": 1000 + int(below), "Shared Read Blocks": 900, "Shared Dirtied Blocks": 0, "Shared Written Blocks": 0,
        "Local Hit Blocks": 0, "Local Read Blocks": 0, "Local Dirtied Blocks": 0, "Local Written Blocks": 0, "Temp Read Blocks": 0,
        "Temp Written Blocks": 0, **({"Plans": children} if children else {}),
    }  # fmt: skip


def scan(rng: random.Random, relation: str, alias: str, value: int) -> dict[str, Any]:
    """Return a sequential scan with a filter."""
    return node(
        "Seq Scan", rng, [], **{"Parent Relationship": "Outer", "Relation Name": relation, "Schema": "public", "Alias": alias},
        Output=[f"{alias}.{relation[0]}_column{n}" for n in range(_COLUMNS)],
        Filter=f"(({alias}.{relation[0]}_date >= '1994-01-01'::date) AND ({alias}.{relation[0]}_key = {value}))",
        **{"Rows Removed by Filter": rng.randrange(10, 600_000)},
    )  # fmt: skip


def plan(number: int, rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a statement and its plan: a chain of hash joins below an aggregate and a sort."""
    joins, value = 4 + number % 4, rng.randrange(1_000_000)
    relations = [("lineitem", "orders", "customer", "supplier", "part", "partsupp", "nation")[(number + n) % 7] for n in range(joins + 1)]
    current = scan(rng, relations[0], "r0", value)
    method = "Hash Join" if rng.random() > 0.02 else "Merge Join"
    for place, relation in enumerate(relations[1:], start=1):
        inner = node("Hash", rng, [scan(rng, relation, f"r{place}", value)], **{"Parent Relationship": "Inner", "Hash Buckets": 1024,
                     "Original Hash Buckets": 1024, "Hash Batches": 1, "Original Hash Batches": 1, "Peak Memory Usage": 60})  # fmt: skip
        current = node(
            method, rng, [current, inner], **{"Parent Relationship": "Outer", "Join Type": "Inner", "Inner Unique": False},
            Output=[f"r{place}.column{n}" for n in range(_COLUMNS)], **{f"{method.split()[0]} Cond": f"(r{place - 1}.key = r{place}.key)"},
        )  # fmt: skip
    total = node("Aggregate", rng, [current], **{"Strategy": "Hashed", "Partial Mode": "Simple", "Group Key": ["r0.l_returnflag"],
                 "Parent Relationship": "Outer"}, Output=["r0.l_returnflag", "sum(r0.l_quantity)"])  # fmt: skip
    top = node("Sort", rng, [total], **{"Sort Key": ["r0.l_returnflag"], "Sort Method": "quicksort", "Sort Space Used": 25,
               "Sort Space Type": "Memory"}, Output=["r0.l_returnflag"])  # fmt: skip
    joined = " JOIN ".join(f"{relation} r{place}" + (f" ON r{place}.key = r{place - 1}.key" if place else "")
                           for place, relation in enumerate(relations))  # fmt: skip
    statement = f"SELECT r0.l_returnflag, sum(r0.l_quantity) FROM {joined} WHERE r0.l_key = {value} GROUP BY 1 ORDER BY {number % 2 + 1}"
    return statement, top


def write_log(path: Path, plans: int) -> None:
    """Write the log; the same number gives the same bytes."""
    rng = random.Random(20)
    with path.open("w", encoding="utf-8") as log:
        for count in range(plans):
            statement, top = plan(count % STATEMENTS, rng)
            document = {"Query Text": statement, "Plan": top}
            body = json.dumps(document, indent=2).replace("\n", "\n\t")
            at = f"2026-01-{1 + count // 1440 % 28:02d} {count // 60 % 24:02d}:{count % 60:02d}:00.000 UTC"
            log.write(f"{at} [{count}] app@shop LOG:  duration: {top['Actual Total Time'] + 1:.3f} ms  plan:\n\t{body}\n")


def analyse(path: Path) -> dict[str, Any]:
    """Analyse the log in this process and return what it took."""
    from indexadvisor.capture.logs import LogSource
    from indexadvisor.diagnosis.plan_files import analyser
    from indexadvisor.diagnosis.plan_log import analyse_log
    from indexadvisor.explain.thresholds import Thresholds

    before = time.process_time()
    found = analyse_log(LogSource([str(path)]), analyser(None, Thresholds()))
    seconds = time.process_time() - before
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"plans": found.plans, "statements": len(found.queries), "findings": len(found.findings), "unread": len(found.skipped),
            "cpu_s": round(seconds, 2), "plans_per_s": round(found.plans / seconds, 1), "peak_rss_mb": round(peak_kb / 1024)}  # fmt: skip


def main() -> None:
    """Write the log, analyse it in a process of its own, print the figures."""
    parser = argparse.ArgumentParser(description="How fast a log of plans is analysed.")
    parser.add_argument("--plans", type=int, default=2000, help="plans in the log (default: 2000)")
    parser.add_argument("--analyse", type=Path, metavar="LOG", help="analyse this log and write none")
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    arguments = parser.parse_args()
    if arguments.analyse is not None:
        if arguments.profile:
            import cProfile
            import pstats

            with cProfile.Profile() as profile:
                analyse(arguments.analyse)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
            return
        print(json.dumps(analyse(arguments.analyse)))
        return
    with tempfile.TemporaryDirectory(prefix="plans-") as directory:
        log = Path(directory) / "postgresql.log"
        write_log(log, arguments.plans)
        size_mb = log.stat().st_size / (1 << 20)
        command = [sys.executable, __file__, "--analyse", str(log), *(["--profile"] if arguments.profile else [])]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    print(done.stdout if arguments.profile else json.dumps({"log_mb": round(size_mb, 1), **json.loads(done.stdout)}, indent=2))


if __name__ == "__main__":
    main()
