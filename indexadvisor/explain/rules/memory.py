"""What the rules about temporary files share: how much memory would have kept the work out of them, and what that could save."""

from __future__ import annotations

import math

from indexadvisor.explain.finding import Advice
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis

KB = 1024
_STEP_MB = 4
"""Advice is rounded up to this many megabytes: nobody sets work_mem to 87 MB."""
LARGEST_MB = 1024
"""Beyond it more memory is no answer: the setting holds for every sort and hash of every session at once."""


def disk_bytes(node: PlanNode, name: str) -> float:
    """Return a property that EXPLAIN prints in kilobytes as bytes, 0 where it is missing."""
    return (node.amount(name) or 0.0) * KB


def largest_in_a_process(node: PlanNode, name: str) -> float:
    """Return the largest value of a property over the leader and the workers, in bytes: memory limits hold for each process by itself."""
    workers = (worker.details.get(name) for worker in node.workers)
    return max([disk_bytes(node, name), *(float(value) * KB for value in workers if isinstance(value, (int, float)))])


def memory_advice(setting: str, wanted_bytes: float, instead: str) -> Advice:
    """Return advice to raise a memory setting to what would do, or ``instead`` where that is too much for any server."""
    wanted_mb = max(_STEP_MB, math.ceil(wanted_bytes / (KB * KB) / _STEP_MB) * _STEP_MB)
    if wanted_mb > LARGEST_MB:
        return Advice("rewrite", f"It would take some {wanted_mb:,} MB of {setting}: {instead}")
    text = f"About {wanted_mb} MB of {setting} would do, set for this statement or role alone (SET LOCAL, ALTER ROLE), not for the server."
    return Advice("setting", text, setting=(setting, f"{wanted_mb}MB"))


def part_of(time: Interval | None, share: float) -> Interval | None:
    """Return from nothing up to a share of a time: what avoiding a part of the work could save."""
    return None if time is None else Interval(0.0, time.high * share)


def hash_time(analysis: Analysis, node: PlanNode) -> Interval | None:
    """Return the own time of a hash join and its Hash node together, where the batches are written and read."""
    parent = analysis.plan.parents.get(node.number)
    own = analysis.own_time(node)
    above = None if parent is None else analysis.own_time(parent)
    return own if above is None else above if own is None else own + above
