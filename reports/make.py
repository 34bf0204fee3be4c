"""Make the samples in this directory again, and the excerpt of one of them in README.md: `make reports`.

`lifeceo/` is what `indexadvisor demo` writes. `tpch/` advises on TPC-H's 22 queries at a small scale: on PostgreSQL 15 with
HypoPG where Debian's packages are installed, else on the embedded server and in the lab; the report names the source. Needs no
root; about a minute.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from indexadvisor.capture.sql_file import SqlFileSource
from indexadvisor.catalog.load import load as load_catalog
from indexadvisor.db.compose import SQL
from indexadvisor.db.connection import Session
from indexadvisor.demo.run import run_demo
from indexadvisor.lab.cluster import Cluster
from indexadvisor.pipeline import advise
from indexadvisor.report.model import Document
from indexadvisor.report.write import write
from indexadvisor.settings import Limits
from indexadvisor.whatif.open import open_costs
from indexadvisor.workload.group import group

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "reports"
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
HYPOPG = Path("/usr/share/postgresql/15/extension/hypopg.control")
TPCH_SCALE = 0.1
TPCH_BUDGET_BYTES = 200 << 20
EXCERPT = re.compile(r"(<!-- excerpt of (\S+) -->\n).*?(<!-- end of excerpt -->)", re.DOTALL)
EXCERPT_ROWS = 6


def tpch(directory: Path) -> Document:
    """Load TPC-H into a private server, advise on its queries, write the report."""
    hypopg = HYPOPG.exists()
    with Cluster(DEBIAN_15 if hypopg else None) as cluster:
        with Session(cluster.dsn(), read_only=False) as admin:
            admin.rows(SQL("CREATE DATABASE tpch"))
        dsn = cluster.dsn("tpch")
        loader = [sys.executable, "workloads/tpch/load.py", "--dsn", dsn, "--scale", f"{TPCH_SCALE:g}"]
        subprocess.run(loader, check=True)
        if hypopg:
            with Session(dsn, read_only=False) as admin:
                admin.rows(SQL("CREATE EXTENSION hypopg"))
        workload = group(SqlFileSource(["workloads/tpch/queries"]))
        with Session(dsn) as session:
            catalog = load_catalog(session)
            with open_costs("hypopg" if hypopg else "lab", dsn, session, catalog) as costs:
                document = advise(workload, catalog, costs, Limits(budget_bytes=TPCH_BUDGET_BYTES), generated_at=datetime.now(UTC))
    write(document, directory)
    return document


def excerpt(report: str) -> str:
    """Return the headline of a Markdown report and the first rows of its table."""
    lines = report.splitlines()
    headline = next(line for line in lines if line.startswith("**"))
    start = next(number for number, line in enumerate(lines) if line.startswith("| # |"))
    return "\n".join([headline, "", *lines[start : start + 2 + EXCERPT_ROWS]])


def refresh(readme: Path) -> None:
    """Put the excerpts of the samples as they are now between their marks."""

    def fresh(found: re.Match[str]) -> str:
        return f"{found[1]}{excerpt((ROOT / found[2]).read_text(encoding='utf-8'))}\n{found[3]}"

    readme.write_text(EXCERPT.sub(fresh, readme.read_text(encoding="utf-8")), encoding="utf-8")


def main() -> None:
    """Make every sample; say what each holds."""
    # sources are named in the reports by paths within the repository
    with contextlib.chdir(ROOT):
        made = {"lifeceo": run_demo(REPORTS / "lifeceo").document, "tpch": tpch(REPORTS / "tpch")}
    refresh(ROOT / "README.md")
    for name, document in made.items():
        size_kb = sum(file.stat().st_size for file in (REPORTS / name).iterdir()) // 1024
        print(f"reports/{name}: {len(document.recommendations)} indexes, costs from {document.server.cost_source}, {size_kb:,} kB")


if __name__ == "__main__":
    main()
