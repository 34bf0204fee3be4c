"""Where the sample application's files lie."""

from __future__ import annotations

from pathlib import Path

from indexadvisor.errors import UsageError

_PLACES = (Path(__file__).parent / "lifeceo", Path(__file__).parents[2] / "workloads" / "lifeceo")


def workload_dir() -> Path:
    """Return the directory of schema.sql, data.sql, statements.sql and expert.sql: in the wheel, or in a checkout.

    Raises UsageError where neither is there.
    """
    for place in _PLACES:
        if (place / "statements.sql").is_file():
            return place
    raise UsageError("the files of the sample application are missing", hint="install the wheel again, or run in a checkout")
