"""What a template counts for: its calls, or the time the server spent on it.

By calls, a statement weighs its calls times its sample's share: the sum of weight times cost is the workload's cost in planner units.

By time, each template counts in proportion to the time it took, whatever the planner thinks of it: weight times today's cost is its
share of the measured time, in units of the whole. The whole stays the same (the templates with a known time together cost what they cost by
calls), so that benefits and write taxes remain comparable. A plan that costs half is taken to need half the time. Templates without a time
keep their calls. A time cut short by a timeout is a lower bound, as captured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexadvisor.selection.problem import Plans, Statement
from indexadvisor.workload.model import Workload

CALLS, TIME = "calls", "time"


@dataclass(frozen=True)
class Weighed:
    """One statement: ``calls`` (times the sample's share), today's ``cost`` per call, ``ms`` measured for those calls (None: unknown)."""

    calls: float
    cost: float
    ms: float | None


def weights_by_time(plans: Plans, workload: Workload) -> dict[Statement, float]:
    """Return the weight of every statement by time; each must have been asked without candidates. Asks nothing new."""
    samples: dict[str, list[Statement]] = {}
    for statement in plans.statements:
        samples.setdefault(statement.query_id, []).append(statement)
    total = {group.query_id: group.total_ms for group in workload.groups}
    known: dict[Statement, float | None] = {}
    for query_id, statements in samples.items():
        whole = total.get(query_id)
        parts = sample_times(whole, [each.sample.share for each in statements], [each.sample.duration_ms for each in statements])
        known.update(zip(statements, parts, strict=True))
    costs = {statement: plans.ask(statement, frozenset()).cost for statement in plans.statements}
    found = time_weights([Weighed(each.weight, costs[each], known[each]) for each in plans.statements])
    return dict(zip(plans.statements, found, strict=True))


def time_weights(statements: Sequence[Weighed]) -> tuple[float, ...]:
    """Return the weights by time, in order.

    >>> time_weights([Weighed(10, 5.0, 900.0), Weighed(10, 5.0, 100.0), Weighed(3, 7.0, None)])
    (18.0, 2.0, 3)
    """
    timed = [each for each in statements if each.ms is not None and each.cost > 0]
    total_ms = sum(each.ms or 0.0 for each in timed)
    total_cost = sum(each.calls * each.cost for each in timed)
    if total_ms <= 0:
        return tuple(each.calls for each in statements)
    return tuple(
        each.calls if each.ms is None or each.cost <= 0 else each.ms / total_ms * total_cost / each.cost for each in statements
    )


def sample_times(total_ms: float | None, shares: Sequence[float], durations: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return a template's total time divided over its samples: by share times duration, by share alone where a duration is unknown.

    >>> sample_times(100.0, [0.9, 0.1], [1.0, 91.0]), sample_times(100.0, [0.75, 0.25], [None, 1.0])
    ((9.0, 91.0), (75.0, 25.0))
    """
    if total_ms is None:
        return (None,) * len(shares)
    known = [share * duration for share, duration in zip(shares, durations, strict=True) if duration is not None]
    parts = known if len(known) == len(shares) and sum(known) > 0 else list(shares)
    whole = sum(parts)
    return tuple(total_ms * part / whole for part in parts)
