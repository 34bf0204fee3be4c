"""What any set must respect, as a test of one set and as rows of a program: size, counts, what must and must not be in it, conflicts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef, TableName
from indexadvisor.selection.problem import Offer
from indexadvisor.settings import Limits

Conflict = tuple[IndexDef, IndexDef]
"""Two indexes of which at most one may be chosen: the first does the work of the second."""

_MIB = 1 << 20


@dataclass(frozen=True)
class Rules:
    """What any set must respect: limits, what must and must not be in it, and pairs of which only one may."""

    offers: Mapping[IndexDef, Offer]
    limits: Limits
    required: frozenset[IndexDef] = frozenset()
    forbidden: frozenset[IndexDef] = frozenset()
    conflicts: Collection[Conflict] = ()

    def allows(self, index: IndexDef) -> bool:
        """Return whether an index could be in a set at all."""
        return index not in self.forbidden and within((index,), self.offers, self.limits)

    def permits(self, indexes: frozenset[IndexDef]) -> bool:
        """Return whether a set follows all the rules."""
        if not self.required <= indexes or indexes & self.forbidden or not within(indexes, self.offers, self.limits):
            return False
        return not any(a in indexes and b in indexes and not {a, b} <= self.required for a, b in self.conflicts)


def limit_rows(x: Mapping[IndexDef, int], rules: Rules) -> Iterable[tuple[float | None, float, dict[int, float]]]:
    """Yield the constraints on the set."""
    limits = rules.limits
    if limits.budget_bytes is not None:
        # coefficients near 1 keep the solver's tolerances meaningful
        sizes = {column: (rules.offers[index].size_bytes or 0) / _MIB for index, column in x.items()}
        yield None, limits.budget_bytes / _MIB, sizes
    if limits.max_indexes is not None:
        yield None, float(limits.max_indexes), dict.fromkeys(x.values(), 1.0)
    if limits.max_indexes_per_table is not None:
        tables: dict[TableName, list[int]] = {}
        for index, column in x.items():
            tables.setdefault(index.table, []).append(column)
        for columns in tables.values():
            yield None, float(limits.max_indexes_per_table), dict.fromkeys(columns, 1.0)
    # in the order of columns: the solver's way, and with it the answer among equals, depends on the order of rows
    for column in sorted(x[index] for index in rules.required & x.keys()):
        yield 1.0, 1.0, {column: 1.0}
    if not rules.required <= x.keys():
        yield 1.0, 1.0, {}
    pairs = (pair for pair in rules.conflicts if pair[0] in x and pair[1] in x and not rules.required.issuperset(pair))
    for a, b in sorted((x[a], x[b]) for a, b in pairs):
        yield None, 1.0, {a: 1.0, b: 1.0}


def within(indexes: Collection[IndexDef], offers: Mapping[IndexDef, Offer], limits: Limits) -> bool:
    """Return whether a set respects every limit on sizes and counts."""
    if limits.max_indexes is not None and len(indexes) > limits.max_indexes:
        return False
    if limits.max_indexes_per_table is not None:
        counts: dict[TableName, int] = {}
        for index in indexes:
            counts[index.table] = counts.get(index.table, 0) + 1
        if any(count > limits.max_indexes_per_table for count in counts.values()):
            return False
    if limits.budget_bytes is None:
        return True
    sizes = [offers[index].size_bytes for index in indexes]
    return None not in sizes and sum(size or 0 for size in sizes) <= limits.budget_bytes
