"""The workload as a pandas table, for people who explore."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from indexadvisor.workload.model import QueryGroup, Workload

if TYPE_CHECKING:
    import pandas as pd

_LEFT_OUT = ("samples",)


def to_frame(workload: Workload) -> pd.DataFrame:
    """Return one row per template, heaviest first, indexed by ``query_id``; times in milliseconds, NaN where unknown.

    ``share_of_time`` is the template's part of all known time, ``samples`` how many executions are kept of it.
    """
    import pandas as pd

    names = [field.name for field in fields(QueryGroup) if field.name not in _LEFT_OUT]
    rows = [{name: getattr(group, name) for name in names} | {"samples": len(group.samples)} for group in workload.groups]
    frame = pd.DataFrame(rows, columns=[*names, "samples"]).set_index("query_id")
    frame["kind"] = frame["kind"].astype(str)
    frame["writes"] = [group.writes for group in workload.groups]
    for name in ("total_ms", "mean_ms", "p95_ms", "max_ms"):
        frame[name] = frame[name].astype("float64")
    frame["rows"] = frame["rows"].astype("Int64")
    known = frame["total_ms"].sum()
    frame["share_of_time"] = frame["total_ms"] / known if known > 0 else float("nan")
    return frame
