"""The choice put to the server itself: what HypoPG can make of it is costed there again, before and after, query by query.

The lab plans with another version of PostgreSQL and with statistics alone; here the server's own planner has its say. Checked are the
queries whose plans use the choice. One that needs an index HypoPG cannot make, or whose saving hangs on one that it sees too little of,
cannot be checked this way and is named with the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from indexadvisor.catalog.model import IndexDef
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.settings import Progress, silent
from indexadvisor.whatif.interface import LiveSource, QueryCost, Readings
from indexadvisor.workload.model import Sample

CONFIRMED_FROM = 0.5
"""A saving is confirmed when the server sees at least this part of it."""


class Mask(Protocol):
    """How words are shown in a report; the report's redactor is one."""

    def subject(self, text: str) -> str:
        """Return what a thing is called."""

    def prose(self, text: str) -> str:
        """Return a sentence."""


@dataclass(frozen=True)
class Claim:
    """What the advice says of one query: costs per call, averaged over its samples; ``used`` is what its plans use of the choice."""

    query_id: str
    calls: int
    samples: tuple[Sample, ...]
    cost_before: float
    cost_after: float
    used: frozenset[IndexDef]


@dataclass(frozen=True)
class VerifiedQuery:
    """One query as the server plans it today and with the checked indexes, beside what the advice says; costs per call.

    ``confirmed``: the server sees at least half of the saving, as a share of the cost before.
    """

    query_id: str
    calls: int
    cost_before: float
    cost_after: float
    estimated_before: float
    estimated_after: float
    confirmed: bool


@dataclass(frozen=True)
class Verification:
    """What the server says to the choice: ``indexes`` of ``of_indexes`` could be tried there, by HypoPG ``extension_version``.

    Sums are over ``queries`` and weighted by calls; ``estimated_*`` is what the advice says of the same queries. ``unverified`` are the
    queries that could not be checked, and the indexes that could not be made, each with the reason.
    """

    server_version: str
    extension_version: str
    indexes: int
    of_indexes: int
    queries: tuple[VerifiedQuery, ...]
    cost_before: float
    cost_after: float
    estimated_before: float
    estimated_after: float
    unverified: tuple[Skipped, ...]

    def shown_by(self, mask: Mask) -> Verification:
        """Return the same with its words masked: definitions and messages can hold captured values."""
        shown = (Skipped(each.stage, mask.subject(each.subject), mask.prose(each.reason)) for each in self.unverified)
        return replace(self, unverified=tuple(shown))

    @property
    def doubtful(self) -> tuple[VerifiedQuery, ...]:
        """The queries whose saving the server does not confirm."""
        return tuple(query for query in self.queries if not query.confirmed)


def verify(
    server: LiveSource, indexes: Collection[IndexDef], claims: Iterable[Claim], readings: Readings, progress: Progress = silent
) -> Verification:
    """Ask the server for the costs of each claim's statements without the chosen ``indexes`` and with those that HypoPG can make.

    Ctrl-C ends it with what is known by then. The source is left open.
    """
    refused = server.prepare(sorted(indexes, key=str))
    tried = frozenset(indexes) - refused.keys()
    queries: list[VerifiedQuery] = []
    unverified = [Skipped("verify", str(index), reason) for index, reason in refused.items()]
    helped = [claim for claim in claims if claim.used]
    done = 0
    try:
        for done, claim in enumerate(helped):
            progress("checking on the server", done, len(helped))
            checked = _check(server, claim, tried, readings)
            if isinstance(checked, VerifiedQuery):
                queries.append(checked)
            else:
                unverified.append(Skipped("verify", f"query {claim.query_id}", checked))
        progress("checking on the server", len(helped), len(helped))
    except KeyboardInterrupt:
        unverified += [Skipped("verify", f"query {claim.query_id}", "not reached: interrupted") for claim in helped[done:]]
    return Verification(
        server.info.server_version, server.extension_version, len(tried), len(indexes), tuple(queries),
        *_sums(queries), tuple(sorted(unverified)),
    )  # fmt: skip


def _check(server: LiveSource, claim: Claim, tried: frozenset[IndexDef], readings: Readings) -> VerifiedQuery | str:
    """Return what the server says to a claim, or why it cannot say anything."""
    missing = sorted(map(str, claim.used - tried))
    if missing:
        return f"its plan uses what HypoPG cannot make: {', '.join(missing)}"
    try:
        found = _verified(server, claim, tried)
    except StatementFailed as error:
        return f"the server refused it: {error}"
    relations = {sample: reading.relations if (reading := readings(sample)) is not None else 0 for sample in claim.samples}
    blind = sorted(str(index) for index in claim.used if any(server.blind_to(index, sample, n) for sample, n in relations.items()))
    # what HypoPG sees too little of can only save more than it says: a saving it confirms is one
    return f"its plan uses what HypoPG sees too little of: {', '.join(blind)}" if blind and not found.confirmed else found


def _verified(server: LiveSource, claim: Claim, tried: frozenset[IndexDef]) -> VerifiedQuery:
    before = _average(claim.samples, [server.cost(sample, frozenset()) for sample in claim.samples])
    after = _average(claim.samples, [server.cost(sample, tried) for sample in claim.samples])
    saved, expected = _saved(before, after), _saved(claim.cost_before, claim.cost_after)
    return VerifiedQuery(
        claim.query_id, claim.calls, before, after, claim.cost_before, claim.cost_after, confirmed=saved >= CONFIRMED_FROM * expected
    )


def _average(samples: Sequence[Sample], costs: Sequence[QueryCost]) -> float:
    shares = sum(sample.share for sample in samples)
    return sum(sample.share * cost.total_cost for sample, cost in zip(samples, costs, strict=True)) / shares


def _saved(before: float, after: float) -> float:
    return 1.0 - after / before if before > 0 else 0.0


def _sums(queries: Iterable[VerifiedQuery]) -> tuple[float, float, float, float]:
    """Return the sums weighted by calls: before, after, and both as the advice has them."""
    before = after = estimated_before = estimated_after = 0.0
    for query in queries:
        before += query.calls * query.cost_before
        after += query.calls * query.cost_after
        estimated_before += query.calls * query.estimated_before
        estimated_after += query.calls * query.estimated_after
    return before, after, estimated_before, estimated_after
