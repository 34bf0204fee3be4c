"""Whether a source of cost plans a statement today as it was planned, and where not, what differs and what that may come from."""

from __future__ import annotations

from indexadvisor.catalog.model import Catalog
from indexadvisor.explain.diff import PlanDiff, diff
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.shape import label, scan_name, shape
from indexadvisor.whatif.interface import SourceInfo

_NAMED = 3
"""Nodes named in the sentence; the others are counted."""


def same_plan(given: Plan, present: Plan) -> bool:
    """Return whether two plans read the same relations by the same methods."""
    return shape(given) == shape(present)


def difference(given: Plan, present: Plan, catalog: Catalog, source: SourceInfo, *, generic: bool) -> str | None:
    """Return in words how the source's plan differs from the one given, and what is known that would explain it; None for the same.

    ``generic``: the source was asked without the values of parameters.
    """
    if same_plan(given, present):
        return None
    changes = _changes(diff(given, present))
    told = "; ".join(changes[:_NAMED]) + (f"; and {len(changes) - _NAMED} more" if len(changes) > _NAMED else "")
    why = [*_settings(given, catalog), *_versions(catalog, source)]
    if generic:
        why.append("the values of its parameters are not known here")
    if given.truncated is not None:
        why.append("the plan given was cut off")
    reasons = ", ".join(why) or "statistics or settings may have changed since"
    return f"the source plans the statement otherwise ({told or 'in another order'}): {reasons}"


def _changes(found: PlanDiff) -> list[str]:
    """Return the scans and other nodes that are done otherwise, scans first."""
    pairs = [(found.before.nodes[a], found.after.nodes[b]) for a, b in found.matched]
    otherwise = [(a, b) for a, b in pairs if (label(a), a.index) != (label(b), b.index)]
    otherwise.sort(key=lambda pair: (pair[0].relation is None, pair[0].number))
    words = []
    for a, b in otherwise:
        name = scan_name(a)
        by = f"{label(b)} using {b.index}" if b.index is not None else label(b)
        words.append(f"{by} instead of {label(a)}" + (f" on {name}" if name else ""))
    matched = {b for _, b in found.matched}
    return words or [f"{label(node)} is new" for node in found.after.walk() if node.number not in matched]


def _settings(given: Plan, catalog: Catalog) -> list[str]:
    """Return the planner settings that EXPLAIN printed with the plan and that the server has otherwise."""
    found = []
    for name, value in sorted(given.settings.items()):
        here = catalog.settings.get(name)
        if here is not None and here != value:
            found.append(f"it was planned with {name} = {value}, here it is {here}")
    return found


def _versions(catalog: Catalog, source: SourceInfo) -> list[str]:
    here = source.server_version.split(".")[0].split()[0] if source.server_version else ""
    there = str(catalog.server.major)
    return [] if not here.isdigit() or here == there else [f"it was asked of PostgreSQL {here}, the server is {there}"]
