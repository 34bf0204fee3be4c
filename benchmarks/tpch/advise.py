"""Advise on TPC-H with HypoPG and print what the workload would cost, with and without the three queries that outweigh all others.

    python benchmarks/tpch/advise.py [--scale 1] [--budget 2GB] [--dsn DSN]

Without --dsn, TPC-H is loaded on a private PostgreSQL 15 (Debian's, with HypoPG; default planner costs, no parallelism, primary keys
only). The order keys are bigint, as workloads/tpch makes them: integers end at scale factor 357 (the largest o_orderkey is 6 million times
the scale). benchmarks/selection/sweep.py makes them integer, as in the published set-up it compares with. Ends with exit code 1 when the
cost without Q2, Q17 and Q20 stays above 63 % or more than 1,000 EXPLAINs were sent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from indexadvisor.cli.main import run
from indexadvisor.db.connection import Session
from indexadvisor.lab.cluster import Cluster

WORKLOAD = Path(__file__).resolve().parents[2] / "workloads" / "tpch"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
OUTWEIGHING = ("02.sql", "17.sql", "20.sql")
MOST_SHARE = 0.63
MOST_EXPLAINS = 1000


def private_server(stack: ExitStack, scale: float) -> str:
    """Start a server for the life of the stack, load TPC-H, and return its DSN."""
    cluster = stack.enter_context(Cluster(DEBIAN_15, {"max_parallel_workers_per_gather": "0"}))
    with Session(cluster.dsn(), read_only=False) as session:
        session.rows("CREATE DATABASE tpch")
    dsn = cluster.dsn("tpch")
    subprocess.run([sys.executable, str(WORKLOAD / "load.py"), "--dsn", dsn, "--scale", f"{scale:g}"], check=True)
    with Session(dsn, read_only=False) as session:
        session.rows("CREATE EXTENSION hypopg")
    return dsn


def advise(dsn: str, budget: str) -> dict:
    """Run the command line as a user would and return its report.json."""
    with tempfile.TemporaryDirectory() as output:
        code = run(["advise", "--dsn", dsn, "--queries", str(WORKLOAD / "queries"), "--budget", budget, "--output", output, "--quiet"])
        if code != 0:
            raise SystemExit(code)
        return json.loads((Path(output) / "report.json").read_text())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--budget", default="2GB")
    parser.add_argument("--dsn", help="a database that holds TPC-H and HypoPG already")
    options = parser.parse_args()
    with ExitStack() as stack:
        report = advise(options.dsn or private_server(stack, options.scale), options.budget)
    queries = report["workload"]["queries"]
    rest = [query for query in queries if not any(name in query["source"] for name in OUTWEIGHING)]
    for name, some in (("all queries", queries), ("without Q2, Q17, Q20", rest)):
        before, after = (sum(query[key] for query in some) for key in ("cost_before", "cost_after"))
        print(f"{name:22} {len(some):3} queries   cost {before:18,.0f} -> {after:14,.0f}   {after / before:8.2%}")
    size_mib = sum(item["size_bytes"] for item in report["recommendations"]) / (1 << 20)
    effort = report["effort"]
    print(f"{len(report['recommendations'])} indexes, {size_mib:,.0f} MiB by HypoPG; {effort['explains']} EXPLAINs, "
          f"{effort['cache_hits']} answers without one, {effort['seconds']:.1f} s")  # fmt: skip
    return int(after / before > MOST_SHARE or effort["explains"] > MOST_EXPLAINS)


if __name__ == "__main__":
    sys.exit(main())
