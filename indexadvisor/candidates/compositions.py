"""Which lists of keys are worth trying for one occurrence, the most complete first; never all permutations.

Equalities come first, in two orders that matter: most shared with other queries first, and most distinct values first. Then one
range, or the sort columns. A join column is tried alone, before and after the equalities (inner side of a nested loop, or
merge join), and those of one join or of two in each order: which one leads decides what else the index serves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, permutations

from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Conjunction, Occurrence, Role, Term
from indexadvisor.candidates.wording import reasons_for
from indexadvisor.catalog.model import IndexDef, IndexKey
from indexadvisor.lexer import significant
from indexadvisor.usage.model import UseKind

RANGES_TRIED = 2
"""Range conditions tried behind the equalities of one conjunction."""
TermList = tuple[Term, ...]


def search_lists(conjunction: Conjunction, occurrence: Occurrence) -> Iterator[TermList]:
    """Yield the key lists that find rows: joins, equalities, one range; then single columns."""
    ranges = conjunction.of(Role.RANGE)[:RANGES_TRIED]
    orders = _orders(conjunction, occurrence)
    groups = conjunction.join_groups
    for order in orders:
        yield from ((*order, term) for term in ranges)
        yield order
    for group in groups:
        yield group
        for order in orders:
            if order:
                yield (*group, *order)
                yield (*order, *group)
        yield from ((*group, *order, term) for order in orders[:1] for term in ranges)
    for order in orders:
        yield order[:2]
    yield from ((term,) for term in conjunction.terms)
    for group in groups:
        yield from ((*group[place:], *group[:place]) for place in range(1, len(group)))
    yield from ((*first, *second) for first, second in permutations(groups, 2))


def sorted_lists(occurrence: Occurrence, kinds: Sequence[UseKind], conjunction: Conjunction) -> Iterator[TermList]:
    """Yield the key lists that deliver rows in the order asked for: equalities, then the sort columns."""
    equal = conjunction.restricted(lambda term: term.role is Role.EQUALITY)
    others = conjunction.of(Role.LIST, Role.RANGE)
    for tail in filter(None, (occurrence.tail(kind) for kind in kinds)):
        for order in _orders(equal, occurrence):
            yield (*order, *tail)
            yield from ((*group, *order, *tail) for group in conjunction.join_groups)
        if occurrence.relation.limited and others:
            order = _orders(equal, occurrence)[0]
            yield (*order, *tail, *others)
        yield tail


def candidate(kind: str, terms: TermList, occurrence: Occurrence) -> Candidate | None:
    """Return the B-tree over the terms' keys, or None where it has none; each column once, at most as many as allowed."""
    keys: list[IndexKey] = []
    used: list[Term] = []
    for term in terms:
        fresh = [key for key in term.keys if all(key.text != other.text for other in keys)]
        if fresh and len(keys) + len(fresh) <= occurrence.limits.max_key_columns:
            keys += fresh
            used.append(term)
        elif fresh:
            break
    if not keys:
        return None
    return Candidate(
        IndexDef(occurrence.table.name, tuple(keys)),
        kind,
        reasons_for(used, occurrence),
        (occurrence.relation.query_id,),
        (*_risks(used, occurrence), *_parameters(used)),
    )


def candidates(kind: str, lists: Iterator[TermList], occurrence: Occurrence) -> Iterator[Candidate]:
    """Yield a candidate per key list, each definition once."""
    seen = set()
    for terms in lists:
        found = candidate(kind, terms, occurrence)
        if found is not None and found.index not in seen:
            seen.add(found.index)
            yield found


def all_lists(occurrence: Occurrence, kinds: Sequence[UseKind], plain: bool) -> Iterator[TermList]:
    """Yield sorted lists of the given kinds, then search lists; ``plain`` leaves out expressions and special classes."""
    for number, conjunction in enumerate(occurrence.conjunctions):
        wanted = conjunction.restricted(lambda term: term.plain or not plain)
        ordered = sorted_lists(occurrence, kinds, wanted) if number == 0 else iter(())
        yield from (terms for terms in chain(ordered, search_lists(wanted, occurrence)) if not plain or all(t.plain for t in terms))


def _orders(conjunction: Conjunction, occurrence: Occurrence) -> tuple[TermList, ...]:
    """Return the orders of the equality-like terms worth trying: by sharing, and by distinct values; lists stay last."""
    terms = conjunction.of(Role.EQUALITY, Role.LIST)

    def shared(term: Term) -> tuple[bool, int, bool, float, str]:
        calls = occurrence.shared.get(term.use.column, 0) if term.use.expression is None else 0
        late = term.role is Role.LIST
        return (late, -calls, term.use.expression is not None, -_distinct_values(term, occurrence), term.keys[0].text)

    def selective(term: Term) -> tuple[bool, float, str]:
        return (term.role is Role.LIST, -_distinct_values(term, occurrence), term.keys[0].text)

    return tuple(dict.fromkeys((tuple(sorted(terms, key=shared)), tuple(sorted(terms, key=selective)))))


def _distinct_values(term: Term, occurrence: Occurrence) -> float:
    """Return the distinct values of a term's column (those of the base column for an expression), 0 where unknown."""
    return occurrence.distinct_values(term.use.column) or 0.0


def _parameters(terms: Sequence[Term]) -> tuple[str, ...]:
    """Name the expressions that may hold a parameter's one captured value, which a generic plan would not match."""
    found = (term.use.expression for term in terms if term.use.from_parameter)
    marked = (text for text in found if text is not None and any(token.kind in _CONSTANTS for token in significant(text)))
    return tuple(f"the constant in {text} is the same in every call: a generic plan cannot use it" for text in dict.fromkeys(marked))


def _risks(terms: Sequence[Term], occurrence: Occurrence) -> tuple[str, ...]:
    """Name the shape whose estimate misleads: an ordered scan under LIMIT that must filter what the index does not hold."""
    if not occurrence.relation.limited or not any(term.role is Role.SORT for term in terms):
        return ()
    held = {name for term in terms for name in term.use.columns}
    loose = [use.column for use in occurrence.relation.uses if use.kind in _FILTERS and use.column not in held]
    if not loose:
        return ()
    names = ", ".join(dict.fromkeys(loose))
    return (f"rows that pass the filter on {names} are spread evenly along this order: else LIMIT is reached late (try it in staging)",)


_CONSTANTS = frozenset({"string", "number"})
_FILTERS = frozenset(UseKind) - {
    *(UseKind.ORDER, UseKind.GROUP, UseKind.DISTINCT, UseKind.MIN_MAX, UseKind.OUTPUT, UseKind.WRITTEN, UseKind.JOIN),
}
