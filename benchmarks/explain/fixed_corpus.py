"""Copy the part of a corpus that the suite keeps: `python benchmarks/explain/fixed_corpus.py DIR` into tests/cases/explain/corpus.

Chosen for the traps of times and rows; one file each in TEXT, some as JSON, XML or YAML, and twins of some, to stay below 300 kB.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

TARGET = Path(__file__).parents[2] / "tests" / "cases" / "explain" / "corpus"
KEPT = {
    "15": (
        "bitmap-and", "cte-delete-limit", "cte-same-name", "initplan-many", "parallel-bitmap", "parallel-initplan", "subplan-index-cond",
        "delete-cascade", "hash-join-batches", "recursive", "parallel-cte", "update-triggers", "jit", "merge-join-early-stop", "memoize",
        "parallel-no-leader", "pruned-start", "foreign-remote", "quoted-names",
    ),
    "18": (
        "bitmap-lossy", "cte-three-scans", "initplan-two-users", "parallel-append-mixed", "parallel-rescan-gather", "subplan-hashed",
        "insert-foreign-key", "aggregate-hash-disk", "cte-two-writes", "initplan-correlated", "parallel-hash-batches", "sort-external",
        "incremental-sort", "merge", "memoize-evictions", "parallel-short", "pruned-run-join", "index-only", "gin-trgm-recheck",
        "window-storage", "one-time-filter", "aggregate-mixed", "nested-loop-anti", "subplan-above-join",
    ),
}  # fmt: skip


TWIN = frozenset({"quoted-names", "subplan-above-join"})
"""Queries whose TEXT is always kept with its twin: strings that look like plans, a SubPlan printed behind its owner's children."""


def forms(number: int, name: str) -> list[str]:
    """Return which files are kept of the query with a number: formats and twins in turn."""
    kept = ["txt"]
    kept += ["txt.twin.json"] if number % 3 == 0 or name in TWIN else []
    kept += ["json"] if number % 6 == 1 else []
    kept += ["xml", "xml.twin.json"] if number % 10 == 4 else []
    kept += ["yaml", "yaml.twin.json"] if number % 10 == 8 else []
    return kept


def main(source: Path) -> None:
    """Replace the kept files by those of a new corpus."""
    shutil.rmtree(TARGET, ignore_errors=True)
    chosen = [(major, name) for major, names in KEPT.items() for name in names]
    for number, (major, name) in enumerate(chosen):
        (TARGET / major).mkdir(parents=True, exist_ok=True)
        for form in forms(number, name):
            shutil.copy(source / major / f"{name}.{'verbose' if number % 2 else 'timed'}.{form}", TARGET / major)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
