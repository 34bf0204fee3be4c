"""Why an index is proposed, in a DBA's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from indexadvisor.candidates.occurrence import Occurrence, Role, Term
from indexadvisor.usage.model import UseKind

_POLICY = "policy "
_FOREIGN_KEY = "foreign key "


def listed(names: Iterable[str]) -> str:
    """Join names as a person would.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    unique = list(dict.fromkeys(names))
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)


def reasons_for(terms: Sequence[Term], occurrence: Occurrence) -> tuple[str, ...]:
    """Return one sentence on what the keys do, then one for each policy or foreign key that asks for them."""
    parts = [_part(role, group, occurrence) for role, group in _runs(terms)]
    return (", then ".join(parts), *_origins(terms, occurrence))


def _runs(terms: Sequence[Term]) -> list[tuple[Role, list[Term]]]:
    runs: list[tuple[Role, list[Term]]] = []
    for term in terms:
        if runs and runs[-1][0] is term.role:
            runs[-1][1].append(term)
        else:
            runs.append((term.role, [term]))
    return runs


def _part(role: Role, terms: list[Term], occurrence: Occurrence) -> str:
    names = listed(key.column or key.expression or "" for term in terms for key in term.keys)
    match role:
        case Role.EQUALITY:
            return f"equality on {names}"
        case Role.LIST:
            kind = "NULL test" if terms[0].use.kind is UseKind.NULL_TEST else "IN list"
            return f"{kind} on {names}"
        case Role.JOIN:
            tables = listed(str(term.use.partner.table) for term in terms if term.use.partner is not None)
            return f"join to {tables} on {names}" if tables else f"probe on {names}"
        case Role.RANGE:
            return f"{'prefix search' if terms[0].use.kind is UseKind.LIKE_PREFIX else 'range'} on {names}"
        case Role.SORT:
            return _sort_part(terms, occurrence)


def _sort_part(terms: list[Term], occurrence: Occurrence) -> str:
    uses = [term.use for term in terms]
    names = [key.column or key.expression or "" for term in terms for key in term.keys]
    match uses[0].kind:
        case UseKind.GROUP:
            return f"grouped by {listed(names)} without a sort"
        case UseKind.DISTINCT:
            return f"distinct {listed(names)} without a sort"
        case UseKind.MIN_MAX:
            return f"minimum or maximum of {listed(names)} from the end of the index"
    column = occurrence.table.column(uses[0].column)
    if column is not None and column.category == "D" and uses[0].expression is None and uses[0].descending:
        rest = [f"{name} DESC" if use.descending else name for name, use in zip(names[1:], uses[1:], strict=False)]
        return f"newest first by {listed([names[0], *rest])}"
    return f"sorted by {listed(f'{name} DESC' if use.descending else name for name, use in zip(names, uses, strict=False))}"


def _origins(terms: Sequence[Term], occurrence: Occurrence) -> list[str]:
    """Return a sentence for each policy and foreign key among the uses' origins."""
    found: dict[str, list[Term]] = {}
    for term in terms:
        found.setdefault(term.use.origin, []).append(term)
    sentences = []
    for origin, group in found.items():
        names = listed(key.text for term in group for key in term.keys)
        if origin.startswith(_POLICY):
            sentences.append(f"row-security {origin} filters on {names} in every query")
        elif origin.startswith(_FOREIGN_KEY):
            sentences.append(_foreign_key_sentence(origin, names, occurrence))
    return sentences


def _foreign_key_sentence(origin: str, names: str, occurrence: Occurrence) -> str:
    name = origin.removeprefix(_FOREIGN_KEY)
    keys = (key for key in occurrence.catalog.foreign_keys if key.name == name and key.table == occurrence.table.name)
    parent = next((str(key.referenced_table) for key in keys), "the parent table")
    return f"{origin}: each delete or key update on {parent} probes {occurrence.table.name}.{names}"
