"""Fill an empty database with TPC-H: `python workloads/tpch/load.py --dsn "dbname=tpch" --scale 1`.

The rows come from tpchgen-cli (on PyPI; in the dev extra) as CSV files in a temporary directory (TMPDIR; 1.1 GB at scale 1),
removed at the end. The tables are made, filled and given their primary keys in one transaction, then vacuumed and analysed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

PRIMARY_KEYS = {
    "region": ("r_regionkey",),
    "nation": ("n_nationkey",),
    "supplier": ("s_suppkey",),
    "customer": ("c_custkey",),
    "part": ("p_partkey",),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "orders": ("o_orderkey",),
    "lineitem": ("l_orderkey", "l_linenumber"),
}
_BLOCK_BYTES = 1 << 20


def generator() -> str:
    """Return the path of tpchgen-cli: beside this interpreter, or on the PATH."""
    beside = Path(sys.executable).parent / "tpchgen-cli"
    found = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
    if found is None:
        raise SystemExit("tpchgen-cli is missing: pip install tpchgen-cli")
    return found


def generate(scale: float, directory: Path) -> None:
    """Write one CSV file for each table; in one run, since each run begins by making 300 MB of text to draw comments from."""
    command = [generator(), "csv", "--scale-factor", f"{scale:g}", "--output-dir", str(directory), "--quiet"]
    done = subprocess.run(command, check=False)
    if done.returncode != 0:
        raise SystemExit(f"tpchgen-cli failed with exit code {done.returncode}")


def copy_table(conn: psycopg.Connection, table: str, file: Path) -> None:
    """Copy one CSV file into its table."""
    statement = SQL("COPY {} FROM STDIN (FORMAT csv, HEADER true)").format(Identifier(table))
    with file.open("rb") as rows, conn.cursor().copy(statement) as copy:
        while block := rows.read(_BLOCK_BYTES):
            copy.write(block)


def load(dsn: str, scale: float) -> None:
    """Create, fill and analyse the eight tables in an empty database."""
    with tempfile.TemporaryDirectory(prefix="tpch-") as directory, psycopg.connect(dsn, autocommit=True) as conn:
        generate(scale, Path(directory))
        with conn.transaction():
            conn.execute("SET LOCAL maintenance_work_mem = '512MB'")
            conn.execute(Path(__file__).with_name("schema.sql").read_bytes())
            for table, columns in PRIMARY_KEYS.items():
                copy_table(conn, table, Path(directory) / f"{table}.csv")
                key = SQL(", ").join(map(Identifier, columns))
                conn.execute(SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(Identifier(table), key))
        conn.execute("VACUUM (ANALYZE)")


def main() -> None:
    """Read the arguments and load."""
    parser = argparse.ArgumentParser(description="Fill an empty PostgreSQL database with TPC-H.")
    parser.add_argument("--dsn", default="", help="connection string (default: the PG* variables)")
    parser.add_argument("--scale", type=float, default=1.0, help="scale factor; 1 is about 1 GB of text (default: 1)")
    arguments = parser.parse_args()
    load(arguments.dsn, arguments.scale)


if __name__ == "__main__":
    main()
