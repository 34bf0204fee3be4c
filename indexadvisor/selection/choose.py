"""Choose the best set of indexes for a workload from what the planner says they would save.

Parameters: costs in planner units times calls; sizes in bytes; limits as in ``settings.Limits``. The search ends when
planner and program agree and nothing is gained around the answer, or at the time limit, or at Ctrl-C: the best set so far is
then the answer. Ties break by the index's definition; the same answers from the planner give the same choice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import Catalog, IndexDef
from indexadvisor.errors import SelectionError, StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.selection.attribute import creation_order, trim, worths
from indexadvisor.selection.frontier import frontier, knee
from indexadvisor.selection.model import Choice, FrontierPoint, WriteTax
from indexadvisor.selection.outcome import outcomes, steps
from indexadvisor.selection.parallel import in_parallel
from indexadvisor.selection.problem import Deadline, Offer, Plans, Statement
from indexadvisor.selection.program import Conflict
from indexadvisor.selection.search import Search
from indexadvisor.selection.writes import write_taxes
from indexadvisor.settings import Limits, Progress, silent
from indexadvisor.usage.model import UsageGraph
from indexadvisor.whatif.interface import CostSource
from indexadvisor.workload.model import Workload

_NO_RIGHT = "42501"
_MORE_TIME = "allow more time, or leave the limit out: Ctrl-C ends the search with the best answer so far"
_OTHER_DATABASE = "is this the database that the workload was captured on? check --dsn, the search_path and the role's rights"
_GRANT = (
    "planning takes the rights of running: connect as a role that may, or as a superuser GRANT pg_read_all_data to this one "
    "(data-changing statements also take pg_write_all_data; the session stays read-only)"
)


@dataclass(frozen=True)
class Task:
    """A workload and its candidates, priced as they are today and ready for choosing under any limits; answers are kept for all of them."""

    workload: Workload
    catalog: Catalog
    costs: CostSource
    plans: Plans
    offers: Mapping[IndexDef, Offer]
    taxes: Mapping[IndexDef, WriteTax]
    not_costed: tuple[tuple[Candidate, str], ...]
    skipped: tuple[Skipped, ...]
    conflicts: set[Conflict]


def choose(
    workload: Workload,
    usage: UsageGraph,
    candidates: CandidateSet,
    costs: CostSource,
    catalog: Catalog,
    limits: Limits,
    progress: Progress = silent,
    *,
    required: frozenset[IndexDef] = frozenset(),
    forbidden: frozenset[IndexDef] = frozenset(),
) -> Choice:
    """Return the chosen indexes with their benefit, tax and effects, and every query before and after.

    ``required`` indexes are chosen whatever they bring, ``forbidden`` ones never; both are candidates. Raises SelectionError when not
    one statement could be costed, or the required indexes are beyond the limits.
    """
    deadline = Deadline(limits.time_limit_s)
    task = prepare(workload, usage, candidates, costs, catalog, deadline, progress)
    if limits.auto_budget:
        whole = pick(task, limits, deadline, progress, forbidden=forbidden)
        number = knee(whole.frontier)
        if number is None:
            return whole
        limits = replace(limits, budget_bytes=whole.frontier[number].size_bytes)
    return pick(task, limits, deadline, progress, required=required, forbidden=forbidden)


def prepare(
    workload: Workload, usage: UsageGraph, candidates: CandidateSet, costs: CostSource, catalog: Catalog, deadline: Deadline,
    progress: Progress = silent,
) -> Task:  # fmt: skip
    """Make the candidates known to the source of costs and price every statement as it is today.

    Raises SelectionError when not one statement could be costed.
    """
    refused = costs.prepare(candidate.index for candidate in candidates.candidates)
    costed = [candidate for candidate in candidates.candidates if candidate.index not in refused]
    plans = Plans(costs, _statements(workload, usage, costed))
    skipped = _price_today(plans, deadline, progress, getattr(costs, "jobs", 1))
    taxes = write_taxes((candidate.index for candidate in costed), workload, usage, catalog, _rows_per_call(plans))
    not_costed = tuple((candidate, refused[candidate.index]) for candidate in candidates.candidates if candidate.index in refused)
    return Task(workload, catalog, costs, plans, _offers(costed, costs, taxes), taxes, not_costed, skipped, set())


def pick(
    task: Task, limits: Limits, deadline: Deadline, progress: Progress = silent, *, start: frozenset[IndexDef] = frozenset(),
    required: frozenset[IndexDef] = frozenset(), forbidden: frozenset[IndexDef] = frozenset(),
) -> Choice:  # fmt: skip
    """Return the choice for a task under limits. ``start``: a set to begin from, such as the answer for another budget."""
    plans, offers = task.plans, task.offers
    search = Search(
        plans, offers, task.catalog, limits, deadline, progress,
        required=required, forbidden=forbidden, conflicts=task.conflicts, start=start, jobs=getattr(task.costs, "jobs", 1),
    )  # fmt: skip
    interrupted = _run(search) or deadline.passed
    task.conflicts.update(search.conflicts)
    chosen, trimmed = trim(plans, offers, search.best - required, limits) if not required else (search.best, ())
    choice = _choice(task.workload, plans, offers, task.taxes, chosen, search.bound)
    whole = FrontierPoint(choice.size_bytes, choice.cost_after, len(chosen))
    return replace(
        choice,
        frontier=frontier(plans, search.rules, whole, deadline),
        interrupted=interrupted,
        skipped=(*task.skipped, *plans.skipped, *trimmed, *_tax_decided(plans, offers, chosen, trimmed), *task.costs.skipped),
        not_costed=task.not_costed,
    )


def _statements(workload: Workload, usage: UsageGraph, candidates: Sequence[Candidate]) -> tuple[Statement, ...]:
    by_table: dict[object, list[IndexDef]] = {}
    for candidate in candidates:
        by_table.setdefault(candidate.index.table, []).append(candidate.index)
    found = []
    for group in workload.groups:
        near = (index for table in usage.tables_of(group.query_id) for index in by_table.get(table, ()))
        relevant = frozenset(index for index in near if _could_serve(index, group.query_id, usage))
        found += [Statement(group.query_id, sample, group.calls * sample.share, relevant) for sample in group.samples]
    return tuple(found)


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
        if deadline.passed:
            return StatementFailed("not reached within the time limit")
        try:
            plans.ask(statement, frozenset())
        except StatementFailed as error:
            return error
        return None

    for done, (statement, error) in enumerate(zip(statements, in_parallel(price, statements, jobs, deadline), strict=True)):
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
    """Return the rows each data-changing query is estimated to change: what its ModifyTable node receives."""
    rows: dict[str, float] = {}
    for statement in plans.statements:
        for node in plans.ask(statement, frozenset()).plan.walk():
            sources = [child.rows or 0.0 for child in node.children if child.details.get("Parent Relationship") in (None, "Outer", "Member")]
            if node.node_type == "ModifyTable" and sources:
                rows[statement.query_id] = max(rows.get(statement.query_id, 0.0), sum(sources))
    return rows


def _offers(costed: Sequence[Candidate], costs: CostSource, taxes: Mapping[IndexDef, WriteTax]) -> dict[IndexDef, Offer]:
    return {c.index: Offer(c, costs.size_bytes(c.index), taxes[c.index].cost or 0.0, costs.caveat(c.index)) for c in costed}


def _run(search: Search) -> bool:
    """Run the search; return whether it was interrupted by Ctrl-C. A second Ctrl-C ends the program."""
    try:
        search.run()
    except KeyboardInterrupt:
        search.settle()
        return True
    return False


def _tax_decided(
    plans: Plans, offers: Mapping[IndexDef, Offer], chosen: frozenset[IndexDef], trimmed: Sequence[Skipped]
) -> tuple[Skipped, ...]:
    """Name the indexes of better plans that were not chosen because keeping them up to date costs more than they could save."""
    could_save: dict[IndexDef, float] = {}
    for statement in plans.statements:
        used, cost = plans.options(statement)[0]
        for index in used - chosen:
            could_save[index] = could_save.get(index, 0.0) + statement.weight * (plans.known(statement, chosen) - cost)
    told = {skipped.subject for skipped in trimmed}
    words = "keeping it up to date would cost {:,.0f}, more than the {:,.0f} it could save"
    return tuple(
        Skipped("selection", str(index), words.format(offers[index].tax, saving))
        for index, saving in sorted(could_save.items(), key=lambda item: str(item[0]))
        if 0 < saving < offers[index].tax and str(index) not in told
    )


def _choice(
    workload: Workload,
    plans: Plans,
    offers: Mapping[IndexDef, Offer],
    taxes: Mapping[IndexDef, WriteTax],
    chosen: frozenset[IndexDef],
    bound: float | None,
) -> Choice:
    values = worths(plans, chosen)
    made = steps(plans, offers, taxes, values, creation_order(plans, offers, values))
    queries = outcomes(workload, plans, chosen)
    before = sum(query.calls * query.cost_before for query in queries)
    after = sum(query.calls * query.cost_after for query in queries)
    free = sum(query.calls * query.cost_bound for query in queries)
    paid = plans.workload_cost(chosen) + sum(offers[index].tax for index in chosen)
    return Choice(made, queries, before, after, free, gap=max(0.0, paid / bound - 1) if bound else None)
