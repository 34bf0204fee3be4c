"""Existing indexes that may go: invalid, unused, duplicates, prefixes of others, made redundant by a proposal.

Never one behind a constraint, a unique one, a replica identity, a clustering mark, one that a foreign key of another table rests on, one
attached to a partitioned index, or the last that serves a foreign key's own columns. What would go but for such a reason is named in
``skipped``. Nothing here asks a server: scan counts are those that the catalog was read with.

Unused indexes leave first, the largest first; then what is left is compared, widest first, so that an index is only ever replaced by one
that stays. ``drop_costs.py`` asks what the workload would lose.

Sources: PostgreSQL documentation, "pg_stat_all_indexes" (idx_scan; last_idx_scan from 16 on), "pg_index", DROP INDEX, "Foreign Keys" (the
server does not index referencing columns). Counters are of one server only: a replica counts its own scans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from indexadvisor.catalog import ddl
from indexadvisor.catalog.compare import same_definition
from indexadvisor.catalog.extended import analyzed
from indexadvisor.catalog.model import Catalog, ForeignKey, Index, IndexDef, TableName
from indexadvisor.findings import Skipped
from indexadvisor.selection.bring_back import bring_back
from indexadvisor.selection.keepers import keep_reason, serves_foreign_key
from indexadvisor.selection.model import Drop, WriteTax
from indexadvisor.selection.problem import Plans
from indexadvisor.selection.redundant import stands_in
from indexadvisor.selection.writes import taxes_of_existing
from indexadvisor.settings import Limits
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import Workload

_AT_LEAST = timedelta(days=1)
"""Counters younger than this say nothing of an index's use."""
_MONTH, _QUARTER = timedelta(days=30), timedelta(days=90)
_MUCH_LARGER = 2.0
_RANKS = ("low", "medium", "high")
_REPLICAS = "the counters are this server's alone: look at idx_scan on each replica"


@dataclass(frozen=True)
class _Finding:
    """One reason to drop an index."""

    kind: str
    reason: str
    confidence: str
    caveats: tuple[str, ...] = ()
    replaced_by: IndexDef | None = None
    after: bool = False


@dataclass
class _Survey:
    """What is known so far: ``left`` are the names of the indexes that stay, ``found`` those that go."""

    catalog: Catalog
    chosen: tuple[IndexDef, ...]
    used: frozenset[str]
    left: set[str]
    found: list[tuple[Index, list[_Finding]]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    keys: dict[TableName, list[ForeignKey]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.catalog.foreign_keys:
            self.keys.setdefault(key.table, []).append(key)

    def beside(self, index: Index) -> list[Index]:
        """Return the valid indexes of the same table that stay, without this one."""
        others = self.catalog.indexes_of(index.definition.table)
        return [other for other in others if other.name != index.name and other.valid and _name(other) in self.left]


def droppable(
    catalog: Catalog,
    usage: UsageGraph,
    workload: Workload,
    chosen: Iterable[IndexDef],
    used: frozenset[str] = frozenset(),
    limits: Limits | None = None,
    rows_per_call: Mapping[str, float] | None = None,
) -> tuple[tuple[Drop, ...], tuple[Skipped, ...]]:
    """Return the existing indexes that may go, those that free most bytes first, and those that stay although they look idle.

    ``chosen`` are the proposed indexes; ``used`` the names of indexes in the captured workload's plans (``names_in_plans``): they are not
    unused whatever the counters say. Tables that ``limits`` leave alone keep their indexes. ``rows_per_call`` as in ``write_taxes``.
    """
    allowed = limits or Limits()
    mine = [index for index in catalog.indexes if allowed.allows(index.schema, index.definition.table.name)]
    survey = _Survey(catalog, tuple(sorted(chosen, key=str)), used, {_name(index) for index in catalog.indexes})
    for index in sorted(mine, key=lambda index: (-(_size(index, catalog) or 0), _name(index))):
        _judge(index, [_invalid(index, catalog) if not index.valid else _unused(index, survey)], survey)
    survey.skipped += _without_counters(mine)
    gone = {_name(index) for index, _ in survey.found}
    for index in sorted(mine, key=lambda index: _widest_first(index, survey)):
        if _name(index) not in gone and index.valid:
            _judge(index, [_by_another(index, survey), _by_proposal(index, survey)], survey)
    survey.found = [(index, [*findings, *_replaced_too(index, findings, survey)]) for index, findings in survey.found]
    taxes = taxes_of_existing((index for index, _ in survey.found), workload, usage, catalog, rows_per_call or {})
    drops = [_drop(index, findings, catalog, taxes[index]) for index, findings in survey.found]
    drops.sort(key=lambda drop: (-(drop.size_bytes or 0), _name(drop.index)))
    going = {f"index {_name(drop.index)}" for drop in drops}
    return tuple(drops), tuple(sorted({item for item in survey.skipped if item.subject not in going}))


def names_in_plans(plans: Plans, chosen: frozenset[IndexDef]) -> frozenset[str]:
    """Return the names of all indexes in the plans of every statement, today and with the chosen set; asks nothing new."""
    found: set[str] = set()
    for statement in plans.statements:
        for enabled in (frozenset(), chosen):
            found |= plans.ask(statement, enabled).plan.indexes()
    return frozenset(found)


def _judge(index: Index, findings: Iterable[_Finding | None], survey: _Survey) -> None:
    """Take an index from those that stay when there is a reason to and none against it."""
    reasons = [finding for finding in findings if finding is not None]
    if not reasons:
        return
    others = [other.definition for other in survey.beside(index)]
    keys = survey.keys.get(index.definition.table, ())
    alone = serves_foreign_key(index.definition, others, keys)
    against = keep_reason(index) or (alone and serves_foreign_key(index.definition, [*others, *survey.chosen], keys))
    if against is not None:
        if index.constraint is None and index.parent is None:  # that those stay goes without saying
            survey.skipped.append(Skipped("selection", f"index {_name(index)}", f"{reasons[0].reason}, but {against}"))
        return
    if alone is not None:
        built = f"only after the proposed index is built: until then {alone}"
        reasons = [replace(reason, after=True, caveats=(*reason.caveats, built)) for reason in reasons]
    survey.found.append((index, reasons))
    survey.left.remove(_name(index))


def _invalid(index: Index, catalog: Catalog) -> _Finding | None:
    table = catalog.table(index.definition.table)
    if table is not None and table.kind == "p":
        return None  # it waits for its partitions' indexes
    cost = "every write still pays for it" if index.ready else "it takes up space"
    look = "make sure that no CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY is running (pg_stat_progress_create_index)"
    return _Finding("invalid", f"invalid, left behind by a build that failed: no query can use it, and {cost}", "high", (look,))


def _unused(index: Index, survey: _Survey) -> _Finding | None:
    """Return why an index counts as unused, by the counters of the index and of the indexes attached to it."""
    catalog = survey.catalog
    family = [index, *attached(index, catalog)]
    scans = [each.scans for each in family]
    if None in scans or survey.used & {each.name for each in family}:
        return None
    now = catalog.read_at
    last = max((each.last_scan for each in family if each.last_scan is not None), default=None)
    if sum(each or 0 for each in scans) > 0:
        if last is None or now is None or now - last < _QUARTER:
            return None
        return _Finding("unused", f"not scanned since {last:%Y-%m-%d}", "medium", (_REPLICAS, *_statistics_too(index, catalog)))
    since = _counting_since(index, catalog)
    age = now - since if now is not None and since is not None else None
    silent = f"the counters only run since {since:%Y-%m-%d %H:%M}" if age is not None and age < _AT_LEAST else _unread(index, catalog)
    oldest = catalog.server.oldest_counters
    if since is None and now is not None and oldest is not None and now - oldest < _AT_LEAST:
        silent = f"no counter of this server is older than {oldest:%Y-%m-%d %H:%M}"
    if silent is not None:
        survey.skipped.append(Skipped("selection", f"index {_name(index)}", f"not scanned, but {silent}"))
        return None
    if since is None or age is None:
        reason = "not scanned since the counters were started, at a time that the server does not say"
    else:
        reason = f"not scanned since the counters were reset on {since:%Y-%m-%d}, {age.days} days before"
    confidence = "low" if age is None or age < _MONTH else "medium" if age < _QUARTER else "high"
    rare = "a job that runs less often than that may need it; the server does not record when an index was built"
    return _Finding("unused", reason, confidence, (_REPLICAS, rare, *_statistics_too(index, catalog)))


def _unread(index: Index, catalog: Catalog) -> str | None:
    """Return why counters without a scan mean nothing: a database just restored has none for anything."""
    table = catalog.table(index.definition.table)
    if table is None or table.activity is None or not table.activity.sequential_scans + table.activity.index_scans:
        return "its table has not been read either: the counters say nothing of how it is used"
    return None


def _statistics_too(index: Index, catalog: Catalog) -> tuple[str, ...]:
    """Return what the planner forgets with an index on expressions, as far as CREATE STATISTICS has not told it as well."""
    others = replace(catalog, indexes=())
    texts = [key.expression for key in index.definition.keys if key.expression is not None]
    texts = [text for text in texts if not analyzed(others, index.definition.table, text)]
    if not texts:
        return ()
    return (f"the planner's statistics on {', '.join(texts)} go with it, also for plans that never scan it: CREATE STATISTICS keeps them",)


def _counting_since(index: Index, catalog: Catalog) -> datetime | None:
    table = catalog.table(index.definition.table)
    return table.activity.since if table is not None and table.activity is not None else None


def _without_counters(indexes: Iterable[Index]) -> list[Skipped]:
    unknown = sum(index.scans is None for index in indexes)
    return [Skipped("selection", f"{unknown} indexes", "whether they are used is unknown: no scan counts were read")] if unknown else []


def _by_another(index: Index, survey: _Survey) -> _Finding | None:
    """Return the existing index that does this one's work, the smallest first; one that stays."""
    table = survey.catalog.table(index.definition.table)
    able = [other for other in survey.beside(index) if stands_in(other.definition, index.definition, table)]
    if not able:
        return None
    other = min(able, key=lambda each: (_size(each, survey.catalog) or 0, _name(each)))
    if same_definition(replace(other.definition, unique=False), replace(index.definition, unique=False), table):
        return _Finding("duplicate", f"the same as {other.name}", "high", (), other.definition)
    sizes = _size(index, survey.catalog), _size(other, survey.catalog)
    caveats: tuple[str, ...] = ()
    if sizes[0] and sizes[1] and sizes[1] > sizes[0] * _MUCH_LARGER:
        caveats = (f"{other.name} is {sizes[1] / sizes[0]:.1f} times as large: scans that read much of it cost more",)
    return _Finding("prefix", f"{other.name} begins with its keys and serves its queries", "medium", caveats, other.definition)


def _replaced_too(index: Index, findings: Iterable[_Finding], survey: _Survey) -> Iterable[_Finding]:
    """Return that one that stays does the work of an unused index, where it does: the surer of the two reasons."""
    other = _by_another(index, survey) if [finding.kind for finding in findings] == ["unused"] else None
    return [] if other is None else [other]


def _by_proposal(index: Index, survey: _Survey) -> _Finding | None:
    table = survey.catalog.table(index.definition.table)
    able = [wide for wide in survey.chosen if stands_in(wide, index.definition, table)]
    if not able:
        return None
    caveats = ("only after the proposed index is built and valid",)
    return _Finding("proposal", f"the proposed {able[0]} does its work", "medium", caveats, able[0], after=True)


def attached(index: Index, catalog: Catalog) -> tuple[Index, ...]:
    """Return the indexes attached to a partitioned index, at every level below it."""
    found: list[Index] = []
    for part in catalog.partitions_of(index.definition.table):
        for child in catalog.indexes_of(part.name):
            if child.parent == index.name:
                found += [child, *attached(child, catalog)]
    return tuple(found)


def _size(index: Index, catalog: Catalog) -> int | None:
    """Return the bytes of an index with those attached to it, None where one is unknown."""
    children = attached(index, catalog)
    sizes = [each.size_bytes for each in children or (index,) if not catalog.partitions_of(each.definition.table)]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _widest_first(index: Index, survey: _Survey) -> tuple[int, bool, int, str]:
    """Order indexes so that a duplicate without a reason to stay, and the less scanned of two, is judged first."""
    definition = index.definition
    return (-len(definition.keys) - len(definition.include), keep_reason(index) is not None, index.scans or 0, _name(index))


def _drop(index: Index, findings: list[_Finding], catalog: Catalog, tax: WriteTax) -> Drop:
    table = catalog.table(index.definition.table)
    partitioned = table is not None and table.kind == "p"
    # one reason that needs no new index is enough
    now = [finding for finding in findings if not finding.after]
    caveats = [text for finding in now or findings for text in finding.caveats]
    if partitioned:
        caveats.append("DROP INDEX on a partitioned table cannot be CONCURRENTLY: it waits for, and then blocks, every query on the table")
        if index.options:
            caveats.append(f"its options ({', '.join(index.options)}) are not in the statements that bring it back")
    replacing = next((finding for finding in now or findings if finding.replaced_by is not None), None)
    return Drop(
        index=index,
        kinds=tuple(finding.kind for finding in findings),
        reasons=tuple(finding.reason for finding in findings),
        size_bytes=_size(index, catalog),
        tax=tax,
        confidence=_RANKS[max(_RANKS.index(finding.confidence) for finding in findings)],
        caveats=tuple(dict.fromkeys(caveats)),
        ddl=ddl.drop_index(index.schema, index.name, concurrently=not partitioned),
        undo_ddl=bring_back(index, catalog),
        replaced_by=replacing.replaced_by if replacing is not None else None,
        after=not now,
    )


def _name(index: Index) -> str:
    return str(TableName(index.schema, index.name))
