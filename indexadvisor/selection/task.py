"""A workload made ready for choosing: candidates known to the source of costs, every statement priced as it is today.

One task serves any number of choices under different limits; all answers of the planner are kept in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.candidates.prune import prune
from indexadvisor.candidates.scope import Scope
from indexadvisor.catalog.model import Catalog, IndexDef, TableName
from indexadvisor.errors import SelectionError, StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.selection.model import WriteTax
from indexadvisor.selection.parallel import in_parallel
from indexadvisor.selection.problem import Deadline, Offer, Plans, Statement
from indexadvisor.selection.rules import Conflict
from indexadvisor.selection.variants import variants
from indexadvisor.selection.weights import weights_by_time
from indexadvisor.selection.writes import write_taxes
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.interface import CostSource
from indexadvisor.workload.model import Workload

_SOURCES = (None, "Outer", "Member")
_FOR_CANDIDATES, _FOR_TODAY = 0.4, 0.7
"""By which shares of a time limit the candidates are made known, and the statements are priced as they are."""
_AT_ONCE = 250
"""Candidates made known between two looks at the clock."""
_VARIANTS = 24
"""Most variants that join at a time."""
_NO_RIGHT = "42501"
_MORE_TIME = "allow more time, or leave the limit out: Ctrl-C ends the search with the best answer so far"
_OTHER_DATABASE = "is this the database that the workload was captured on? check --dsn, the search_path and the role's rights"
_GRANT = (
    "planning takes the rights of running: connect as a role that may, or as a superuser GRANT pg_read_all_data to this one "
    "(data-changing statements also take pg_write_all_data; the session stays read-only)"
)


@dataclass(frozen=True)
class Task:
    """A workload and its candidates. ``offers`` and ``taxes`` grow where variants join; ``conflicts`` are those that any choice has met."""

    workload: Workload
    usage: UsageGraph
    rows_per_call: Mapping[str, float]
    catalog: Catalog
    costs: CostSource
    plans: Plans
    offers: dict[IndexDef, Offer]
    taxes: dict[IndexDef, WriteTax]
    not_costed: tuple[tuple[Candidate, str], ...]
    skipped: tuple[Skipped, ...]
    conflicts: set[Conflict]

    def charge(self, uncounted: Mapping[IndexDef, float]) -> None:
        """Hold it against some indexes that so much of what they seem to save is not to be counted, and against no others."""
        for index, offer in self.offers.items():
            if offer.uncounted != uncounted.get(index, 0.0):
                self.offers[index] = replace(offer, uncounted=uncounted.get(index, 0.0))

    def join_variants(self, indexes: Iterable[IndexDef], limits: Limits) -> bool:
        """Let variants of some indexes join the candidates, as far as they can be costed; return whether any did."""
        near = variants(indexes, max_key_columns=limits.max_key_columns, covering=limits.covering)
        queries = sorted({statement.query_id for statement in self.plans.statements})
        made = [
            Candidate(index, "variant", (reason,), tuple(query_id for query_id in queries if _could_serve(index, query_id, self.usage)))
            for index, reason in islice((pair for pair in near if pair[0] not in self.offers), _VARIANTS)
        ]
        kept, _ = prune(made, Scope(self.usage, self.catalog, limits))
        refused = self.costs.prepare(candidate.index for candidate in kept)
        joining = [candidate for candidate in kept if candidate.index not in refused]
        sizes = {each.index: self.costs.size_bytes(each.index) for each in joining}
        taxes = write_taxes(sizes, self.workload, self.usage, self.catalog, self.rows_per_call, sizes)
        self.taxes.update(taxes)
        self.offers.update(_offers(joining, self.costs, taxes))
        for statement in self.plans.statements:
            self.plans.widen(statement, (each.index for each in joining if statement.query_id in each.query_ids))
        return bool(joining)


def prepare(
    workload: Workload, usage: UsageGraph, candidates: CandidateSet, costs: CostSource, catalog: Catalog, deadline: Deadline,
    progress: Progress = silent, *, weight: str = "calls",
) -> Task:  # fmt: skip
    """Make the candidates known to the source of costs and price every statement as it is today; ``weight`` as in ``settings.Limits``.

    Raises SelectionError when not one statement could be costed.
    """
    refused = _make_known(candidates, costs, workload, deadline.part(_FOR_CANDIDATES))
    costed = [candidate for candidate in candidates.candidates if candidate.index not in refused]
    plans = Plans(costs, _statements(workload, usage, costed))
    skipped = _price_today(plans, deadline.part(_FOR_TODAY), progress, costs.jobs)
    if weight == "time":
        plans.reweigh(weights_by_time(plans, workload))
    rows = _rows_per_call(plans)
    sizes = {candidate.index: costs.size_bytes(candidate.index) for candidate in costed}
    taxes = write_taxes(sizes, workload, usage, catalog, rows, sizes)
    not_costed = tuple((candidate, refused[candidate.index]) for candidate in candidates.candidates if candidate.index in refused)
    return Task(workload, usage, rows, catalog, costs, plans, _offers(costed, costs, taxes), taxes, not_costed, skipped, set())


def _make_known(candidates: CandidateSet, costs: CostSource, workload: Workload, deadline: Deadline) -> Mapping[IndexDef, str]:
    """Make the candidates known to the source, the heaviest queries' first; return those it cannot cost, or that came too late."""
    indexes = [candidate.index for candidate in candidates.candidates]
    if deadline.seconds is None:
        return costs.prepare(indexes)
    place = {group.query_id: number for number, group in enumerate(workload.groups)}
    first = {each.index: min((place.get(query_id, len(place)) for query_id in each.query_ids), default=0) for each in candidates.candidates}
    indexes.sort(key=first.__getitem__)
    refused: dict[IndexDef, str] = {}
    for start in range(0, len(indexes), _AT_ONCE):
        if start and deadline.passed:
            return refused | dict.fromkeys(indexes[start:], "not reached within the time limit")
        refused |= costs.prepare(indexes[start : start + _AT_ONCE])
    return refused


def _statements(workload: Workload, usage: UsageGraph, candidates: Sequence[Candidate]) -> tuple[Statement, ...]:
    by_table: dict[object, list[IndexDef]] = {}
    for candidate in candidates:
        by_table.setdefault(candidate.index.table, []).append(candidate.index)
    found = []
    for group in workload.groups:
        near = (index for table in usage.tables_of(group.query_id) for index in by_table.get(table, ()))
        relevant = frozenset(index for index in near if _could_serve(index, group.query_id, usage))
        columns = _columns(group.query_id, usage)
        found += [Statement(group.query_id, sample, group.calls * sample.share, relevant, columns) for sample in group.samples]
    return tuple(found)


def _columns(query_id: str, usage: UsageGraph) -> Mapping[TableName, frozenset[str]]:
    """Return the columns that a query uses, by table; a table that it reads twice counts once."""
    found: dict[TableName, set[str]] = {}
    for relation in usage.of_query(query_id):
        found.setdefault(relation.table, set()).update(name for use in relation.uses for name in use.columns)
    return {table: frozenset(names) for table, names in found.items()}


def _could_serve(index: IndexDef, query_id: str, usage: UsageGraph) -> bool:
    """Return whether a plan of the query could read an index: one without a column that the query uses holds nothing for it."""
    if index.predicate is not None or len(index.columns) < len(index.keys):
        return True
    columns = {*index.columns, *index.include}
    relations = [relation for relation in usage.of_query(query_id) if relation.table == index.table]
    used = [frozenset(name for use in relation.uses for name in use.columns) for relation in relations]
    return any(not names or not columns.isdisjoint(names) for names in used)


def _price_today(plans: Plans, deadline: Deadline, progress: Progress, jobs: int) -> tuple[Skipped, ...]:
    """Ask what each statement costs today; leave out, with the reason, those that the server refuses."""
    refused: dict[tuple[str, str], int] = {}
    denied = False
    statements = plans.statements

    def price(statement: Statement) -> StatementFailed | None:
        # the heaviest is priced however late it is: some answer is better than none
        if deadline.passed and statement is not statements[0]:
            return StatementFailed("not reached within the time limit")
        try:
            plans.ask(statement, frozenset())
        except StatementFailed as error:
            return error
        return None

    answers = in_parallel(price, statements, jobs, deadline, plans.interrupt)
    for done, (statement, error) in enumerate(zip(statements, answers, strict=True)):
        progress("planning as it is", done, len(statements))
        if error is not None:
            denied |= error.sqlstate == _NO_RIGHT
            key = (statement.query_id, str(error))
            refused[key] = refused.get(key, 0) + 1
            plans.forget(statement)
    progress("planning as it is", len(statements), len(statements))
    if statements and not plans.statements:
        reason = next(iter(refused))[1]
        raise SelectionError(
            f"the server could not plan any of the {len(statements)} captured statements; the first said: {reason}",
            hint=_MORE_TIME if deadline.passed else _GRANT if denied else _OTHER_DATABASE,
        )
    left = {statement.query_id for statement in plans.statements}
    return tuple(
        Skipped("whatif", f"query {query_id}", reason if query_id not in left else f"{count} of its samples: {reason}")
        for (query_id, reason), count in refused.items()
    )


def _rows_per_call(plans: Plans) -> dict[str, float]:
    """Return the rows a call of each data-changing query is estimated to change: what its ModifyTable node receives, over its samples."""
    rows: dict[str, float] = {}
    shares: dict[str, float] = {}
    for statement in plans.statements:
        for node in plans.ask(statement, frozenset()).plan.walk():
            below = [child.rows or 0.0 for child in node.children if child.details.get("Parent Relationship") in _SOURCES]
            if node.node_type == "ModifyTable" and below:
                query_id, share = statement.query_id, statement.sample.share
                rows[query_id] = rows.get(query_id, 0.0) + share * sum(below)
                shares[query_id] = shares.get(query_id, 0.0) + share
    return {query_id: count / shares[query_id] for query_id, count in rows.items()}


def _offers(costed: Sequence[Candidate], costs: CostSource, taxes: Mapping[IndexDef, WriteTax]) -> dict[IndexDef, Offer]:
    return {c.index: Offer(c, costs.size_bytes(c.index), taxes[c.index].cost or 0.0, costs.caveat(c.index)) for c in costed}
