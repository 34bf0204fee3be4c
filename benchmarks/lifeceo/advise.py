"""Advise on the LifeCEO workload by several sources of cost, and write a file of CREATE INDEX statements for each.

    python benchmarks/lifeceo/advise.py --budget 112812032B --output out [--scale 1] [--calls-scale 1] [--what-if lab --what-if auto]

The workload runs once on a private PostgreSQL 15 (Debian's, with HypoPG), which logs it; the advice is made from that log. compare.py
then measures what the files are worth.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from indexadvisor.cli.main import run
from indexadvisor.db.connection import Session
from indexadvisor.demo.drive import drive
from indexadvisor.demo.load import load
from indexadvisor.demo.server import DATABASE, demo_cluster

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


def advise(dsn: str, log: Path, what_if: str, budget: str, output: Path) -> int:
    """Run the command line as a user would; leave ``WHAT_IF.sql`` in ``output`` and say what it took."""
    report = output / what_if
    arguments = ["--dsn", dsn, "--log", str(log), "--database", DATABASE, "--what-if", what_if, "--budget", budget, "--output", str(report)]
    code = run(["advise", *arguments, "--quiet"])
    if code == 0:
        (output / f"{what_if}.sql").write_text((report / "recommendations.sql").read_text(encoding="utf-8"), encoding="utf-8")
        found = json.loads((report / "report.json").read_text(encoding="utf-8"))
        work, cost = found["effort"], found["workload"]
        print(f"{what_if:8}{len(found['recommendations'])} indexes, {cost['size_bytes'] / 1e6:.1f} MB by estimate, "
              f"cost {cost['cost_before']:,.0f} -> {cost['cost_after']:,.0f}; "
              f"{work['explains']:,} EXPLAINs, {work['seconds']:.1f} s")  # fmt: skip
    return code


def main() -> int:
    """Read the arguments, run the workload, advise."""
    parser = argparse.ArgumentParser(description="Advice on the LifeCEO workload, by several sources of cost.")
    parser.add_argument("--budget", default="112812032B", help="size of all proposed indexes (default: the expert's whole set at scale 1)")
    parser.add_argument("--output", type=Path, required=True, help="directory for the reports and the .sql files")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the data (default: 1, 300,000 chat messages)")
    parser.add_argument("--calls-scale", type=float, default=1.0, help="share of the calls that is really run (default: 1)")
    parser.add_argument("--what-if", action="append", choices=["auto", "hypopg", "lab"], help="repeatable (default: lab and auto)")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with demo_cluster(DEBIAN_15) as server:
        load(server.dsn, arguments.scale)
        with Session(server.dsn, read_only=False) as session:
            session.rows("CREATE EXTENSION hypopg")
        drive(server.dsn, calls_scale=arguments.calls_scale)
        server.settle()
        sources = arguments.what_if or ["lab", "auto"]
        return max(advise(server.dsn, server.log, each, arguments.budget, arguments.output) for each in sources)


if __name__ == "__main__":
    sys.exit(main())
