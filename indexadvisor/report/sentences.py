"""Sentences and phrases that several formats say alike."""

from __future__ import annotations

from indexadvisor.report import units
from indexadvisor.report.model import Document, DropAdvice
from indexadvisor.report.provenance import CostShare, short
from indexadvisor.whatif.verify import Verification

_MUCH_SMALLER = 2
"""The knee is told of where the whole is this many times as large."""


def gap(fraction: float | None) -> str:
    """Return how far cost and write tax of the answer can be from the best, as far as that is proven.

    >>> print(gap(0.004), gap(0.0001), gap(0.0), gap(None), sep="\\n")
    at most 0.4 % above the best possible over these candidates within the limits
    less than 0.1 % above the best possible over these candidates within the limits
    none: it is the best possible over these candidates within the limits
    not proven
    """
    if fraction is None:
        return "not proven"
    best = "the best possible over these candidates within the limits"
    return f"{at_most(fraction)} above {best}" if fraction > 0 else f"none: it is {best}"


def at_most(fraction: float) -> str:
    """Return an upper bound in words.

    >>> at_most(0.02), at_most(0.00001)
    ('at most 2 %', 'less than 0.1 %')
    """
    shown = units.percent(fraction)
    return f"less than {shown.removeprefix('< ')}" if shown.startswith("<") else f"at most {shown}"


def auto_budget_bytes(document: Document) -> int | None:
    """Return the size budget that the knee of the frontier made; None where the budget was not left to it, or there is no knee."""
    if not document.limits.auto_budget:
        return None
    return next((point.size_bytes for point in document.frontier if point.knee), None)


def knee(document: Document) -> str | None:
    """Return what the knee of the savings curve offers, where the budget was not left to it and it is much smaller than the whole."""
    point = next((point for point in document.frontier if point.knee), None)
    if document.limits.auto_budget or point is None or point.cost_fraction is None:
        return None
    if point.size_bytes * _MUCH_SMALLER > document.workload.size_bytes:
        return None
    count = units.counted(point.indexes, "index", "indexes")
    return f"{count} of {units.size(point.size_bytes)} together can lower it by {units.percent(1 - point.cost_fraction)} (--budget auto)"


def costed_by(shares: tuple[CostShare, ...]) -> str:
    """Return who costed some queries.

    >>> costed_by((CostShare("hypopg", "15.20 (Debian)", 7), CostShare("lab", "18.0", 1)))
    'hypopg (PostgreSQL 15.20) for 7 queries, lab (PostgreSQL 18.0) for 1 query'
    >>> costed_by((CostShare("lab", "18.0", 3),))
    'lab (PostgreSQL 18.0)'
    """
    if len(shares) == 1:
        return f"{shares[0].source} (PostgreSQL {short(shares[0].version)})"
    each = (f"{s.source} (PostgreSQL {short(s.version)}) for {units.counted(s.queries, 'query', 'queries')}" for s in shares)
    return ", ".join(each) or units.UNKNOWN


def droppable(document: Document) -> str:
    """Return how many existing indexes could go, and what that frees."""
    sizes = [item.size_bytes for item in document.drops if item.size_bytes is not None]
    could = f"{units.counted(len(document.drops), 'existing index', 'existing indexes')} could be dropped"
    if not sizes:
        return f"{could}; their size is unknown"
    more = f", and {len(document.drops) - len(sizes)} of unknown size" if len(sizes) < len(document.drops) else ""
    return f"{could}, freeing {units.size(sum(sizes))}{more}"


def lost(item: DropAdvice) -> str:
    """Return what the captured queries lose when all that may go is gone, as far as they use this index."""
    if item.loss_fraction is None:
        return "what captured queries lose without it is not known"
    if not item.queries:
        return "no captured query uses it beside the recommended indexes"
    users = units.counted(len(item.queries), "captured query uses", "captured queries use")
    return f"{users} it, and would cost {units.percent(item.loss_fraction) + ' more' if item.loss else 'the same'} without"


def scanned(item: DropAdvice) -> str:
    """Return how often an index was scanned, and since when that is counted."""
    if item.scans is None:
        return "scans unknown"
    since = f" since {item.counted_since:%Y-%m-%d}" if item.counted_since is not None else ", counted since an unknown time"
    last = f", last on {item.last_scan:%Y-%m-%d}" if item.last_scan is not None else ""
    return f"{units.counted(item.scans, 'scan')}{since}{last}"


def verified(found: Verification) -> str:
    """Return what the server says to the choice, in one sentence without a full stop."""
    lead = (
        f"on the server itself (PostgreSQL {short(found.server_version)}, HypoPG {found.extension_version}), with {found.indexes} of "
        f"{units.counted(found.of_indexes, 'index', 'indexes')}: {units.counted(len(found.queries), 'query', 'queries')} checked"
    )
    if not found.queries:
        return lead
    costs = f"cost {units.quantity(found.cost_before)} → {units.quantity(found.cost_after)}"
    advice = _less(found.estimated_before, found.estimated_after)
    return f"{lead}, {costs}, {_less(found.cost_before, found.cost_after)}; the advice says {advice} for them"


def _less(before: float, after: float) -> str:
    if before <= 0:
        return "no less"
    return f"{units.percent(1 - after / before)} less" if after <= before else f"{units.percent(after / before - 1)} more"
