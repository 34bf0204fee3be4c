"""What is known of a template while events are counted, and how logs and ``pg_stat_statements`` are put together.

A template that both show is counted once: calls, time and rows are the view's, the samples, p95 and timeouts are the log's. Calls
that statement_timeout cancelled are added, because the view never sees them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from indexadvisor.capture.interface import QueryEvent
from indexadvisor.workload.fingerprint import Shape
from indexadvisor.workload.histogram import Histogram
from indexadvisor.workload.model import StatementKind
from indexadvisor.workload.sampling import Executions, Values


@dataclass(slots=True)
class Tally:
    """Sums over executions. ``timed``: calls whose time is known. ``cut``: calls cancelled by a timeout, ``cut_ms`` their time."""

    calls: int = 0
    timed: int = 0
    ms: float = 0.0
    max_ms: float = 0.0
    rows: int | None = None
    cut: int = 0
    cut_ms: float = 0.0

    def add(self, event: QueryEvent, ms: float | None) -> None:
        """Count one event; ``ms`` is its time where that is the statement's own."""
        self.calls += event.calls
        self.cut += event.calls if event.timed_out else 0
        if event.rows is not None:
            self.rows = (self.rows or 0) + event.rows
        if ms is not None:
            self.timed += event.calls
            self.ms += ms
            self.max_ms = max(self.max_ms, event.max_ms if event.max_ms is not None else ms)
            self.cut_ms += ms if event.timed_out else 0.0

    def part(self, share: float, calls: int) -> Tally:
        """Return this tally's part for a template that stands for ``share`` of it."""
        timed = calls if self.timed else 0
        rows = None if self.rows is None else round(self.rows * share)
        return Tally(calls, timed, self.ms * share, self.max_ms, rows)


@dataclass(slots=True)
class Template:
    """One template while it is being counted: ``logged`` single executions, ``viewed`` the totals of pg_stat_statements."""

    shape: Shape
    kind: StatementKind
    source: str
    logged: Tally = field(default_factory=Tally)
    viewed: Tally = field(default_factory=Tally)
    times: Histogram = field(default_factory=Histogram)
    users: Counter[str] = field(default_factory=Counter)
    executions: Executions = field(default_factory=Executions)

    def add(self, event: QueryEvent, text: str, values: Values, ms: float | None, *, from_view: bool) -> None:
        """Count one event of this template; ``text`` and ``values`` are what can be explained of it."""
        (self.viewed if from_view else self.logged).add(event, ms)
        if event.user is not None and (event.user in self.users or len(self.users) < 100):
            self.users[event.user] += event.calls
        if event.calls == 0:
            return
        if ms is not None and event.calls == 1 and not from_view:
            self.times.add(ms)
        self.executions.add(text, values, event.calls, ms, cut=event.timed_out, user=event.user)

    def total(self) -> Tally:
        """Return logs and view as one, each call counted once."""
        if self.viewed.calls == 0:
            return self.logged
        viewed, logged = self.viewed, self.logged
        timed = viewed.timed + (logged.cut if logged.cut_ms else 0)
        most = max(viewed.max_ms, logged.max_ms)
        return Tally(viewed.calls + logged.cut, timed, viewed.ms + logged.cut_ms, most, viewed.rows, logged.cut)


def share_out(templates: list[Template]) -> list[Template]:
    """Give a view's template to those it hides, and return what is left.

    The view shows ``doc ->> $1`` where logs show ``doc ->> 'kind'`` and ``doc ->> 'state'``, which are templates of their own. The
    view's calls are divided among them as the log's calls are.
    """
    families: dict[str, list[Template]] = {}
    for template in templates:
        if template.shape.keys and template.logged.calls:
            families.setdefault(template.shape.family, []).append(template)
    left = []
    for template in templates:
        members = families.get(template.shape.family, [])
        if template.shape.keys or template.logged.calls or not template.viewed.calls or not members:
            left.append(template)
            continue
        whole = sum(member.logged.calls for member in members)
        given = 0
        for index, member in enumerate(members):
            share = member.logged.calls / whole
            calls = template.viewed.calls - given if index == len(members) - 1 else round(template.viewed.calls * share)
            given += calls
            member.viewed = template.viewed.part(share, calls)
            member.users.update(template.users)
    return left
