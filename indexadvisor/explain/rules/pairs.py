"""Which index spares a nested loop the test of all pairs: on the side that its condition narrows down best."""

from __future__ import annotations

from collections.abc import Iterable

from indexadvisor.explain.finding import Advice
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.indexing import index_advice
from indexadvisor.explain.rules.loops import bearing, lookup_terms, sides
from indexadvisor.explain.rules.scans import ASSUMED_ROWS_PER_BLOCK
from indexadvisor.explain.rules.terms import Term

_UPPER = frozenset({"<", "<="})


def narrows(terms: Iterable[Term]) -> bool:
    """Return whether an index on these terms leads to few rows: by an equality, or by bounds on both sides of one column."""
    found = tuple(terms)
    bounded = {(term.column, term.operator in _UPPER) for term in found if term.range}
    return any(term.equality for term in found) or any((column, not upper) in bounded for column, upper in bounded)


def pair_index(analysis: Analysis, join: PlanNode) -> tuple[Advice, float] | None:
    """Return the index that lets one side of a nested loop be looked up for each row of the other, and how sure it is to help.

    Either side can be the one looked up in an inner join, only the inner one in others. Of two, that which is narrowed down better is
    taken, then the larger one; tables of a block or so gain nothing.
    """
    found = sides(join)
    if found is None:
        return None
    looked_up = found if join.text("Join Type") in {None, "Inner"} else found[1:]
    best: tuple[bool, float, Advice] | None = None
    for side in looked_up:
        scan = bearing(side)
        rows = analysis.returned(scan) or 0.0
        terms = lookup_terms(join, scan) if scan.relation is not None and scan.node_type.endswith("Scan") else ()
        joined = tuple(term for term in terms if term.column is not None and term.fixed and "." in term.value)
        wanted = index_advice(analysis, scan, joined) if joined and rows >= ASSUMED_ROWS_PER_BLOCK else None
        if wanted is not None and wanted.kind == "index" and (best is None or (narrows(joined), rows) > best[:2]):
            best = (narrows(joined), rows, wanted)
    return None if best is None else (best[2], 0.6 if best[0] else 0.3)
