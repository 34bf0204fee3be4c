"""What is taken away again, pass by pass, each with its reason: what exists, what cannot be built, what no plan would use.

A pass looks at one candidate and returns why it must go, or None. Passes over whole tables (not allowed, tiny) come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from indexadvisor.candidates.entry_size import ENTRY_BYTES, always_null, is_document, known_short
from indexadvisor.candidates.immutable import refusal
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Role, bare_key, pages_of, role_of
from indexadvisor.candidates.operators import accepts, key_type
from indexadvisor.candidates.scope import Scope
from indexadvisor.candidates.writes import drop_rewritten
from indexadvisor.catalog.compare import covers, same_definition
from indexadvisor.catalog.model import Index, IndexDef, IndexKey, TableName
from indexadvisor.findings import Skipped
from indexadvisor.usage.model import UseKind

TINY_PAGES = 10
"""A table of fewer pages is read whole in about the time an index scan takes."""
LARGE_PAGES = 1_000
"""A table of at least this size may gain from an index-only scan even where a unique index finds the row."""
UNSELECTIVE_SHARE = 0.2
"""An index is of no use for finding rows when even the rarest value stands in more than this share of them."""
FEW_VALUES = 5
"""So few distinct values that each must be common when they are evenly spread."""
INDEX_COLUMNS = 32
"""INDEX_MAX_KEYS of pg_config_manual.h: keys and INCLUDE columns together."""
_SYSTEM_SCHEMAS = ("pg_catalog", "information_schema", "pg_toast", "pg_temp")

Pruner = Callable[[Candidate, Scope], str | None]


@dataclass(frozen=True)
class Dropped:
    """One index that a pass took away; ``whole_table``: the reason holds for its table, whatever the index."""

    index: IndexDef
    reason: str
    whole_table: bool = False


def prune(candidates: Iterable[Candidate], scope: Scope) -> tuple[list[Candidate], list[Dropped]]:
    """Return the candidates that every pass lets through, and what the passes dropped, each by the first that objected."""
    kept: list[Candidate] = []
    dropped: list[Dropped] = []
    for candidate in candidates:
        answers = ((pruner, pruner(candidate, scope)) for pruner in PRUNERS)
        pruner, reason = next(((pruner, reason) for pruner, reason in answers if reason is not None), (None, None))
        if reason is None:
            kept.append(candidate)
        else:
            dropped.append(Dropped(candidate.index, reason, pruner in _WHOLE_TABLE))
    return kept, dropped


def reported(dropped: Iterable[Dropped]) -> list[Skipped]:
    """Return one Skipped per reason and table, named after the simplest index, with the number of the others.

    >>> from indexadvisor.candidates.example import ORDERS
    >>> from indexadvisor.catalog.model import IndexKey
    >>> narrow, wide = (IndexDef(ORDERS.name, (IndexKey("total"),), include=include) for include in ((), ("status",)))
    >>> for each in reported([Dropped(wide, "it exists"), Dropped(narrow, "it exists")]):
    ...     print(each.subject, "|", each.reason)
    orders btree (total) | it exists; the same for 1 more
    """
    groups: dict[tuple[TableName, str, bool], set[str]] = {}
    for each in dropped:
        groups.setdefault((each.index.table, each.reason, each.whole_table), set()).add(str(each.index))
    skipped = []
    for (table, reason, whole), texts in groups.items():
        subject = str(table) if whole else min(texts, key=lambda text: (len(text), text))
        more = f"; the same for {len(texts) - 1} more" if len(texts) > 1 and not whole else ""
        skipped.append(Skipped("candidates", subject, reason + more))
    return skipped


def drop_not_allowed(candidate: Candidate, scope: Scope) -> str | None:
    """Drop what the limits leave alone, foreign tables, and PostgreSQL's own tables."""
    name = candidate.index.table
    table = scope.catalog.table(name)
    if table is None:
        return "the table is not in the catalog"
    if table.kind == "f":
        return "a foreign table takes no index: create it on the server that holds the data"
    if name.schema.startswith(_SYSTEM_SCHEMAS):
        return "a system table takes no index of ours"
    return None if scope.limits.allows(name.schema, name.name) else "left alone as asked (--tables, --exclude)"


def drop_tiny(candidate: Candidate, scope: Scope) -> str | None:
    """Drop indexes on tables that fit in a few pages."""
    table = scope.catalog.table(candidate.index.table)
    pages = pages_of(table, scope.catalog) if table is not None else 0
    return f"the table has {pages} pages: reading it whole is as fast" if 0 < pages < TINY_PAGES else None


def drop_unindexable(candidate: Candidate, scope: Scope) -> str | None:
    """Drop keys whose type has no default operator class, system columns, and expressions that are not immutable."""
    table = scope.catalog.by_name[candidate.index.table]
    for key in candidate.index.keys:
        if key.column is not None and table.column(key.column) is None:
            return f"{key.column} is not a column that can be indexed"
        if key.expression is not None and (reason := refusal(key.expression, table)) is not None:
            return reason
        column = table.column(key.column or "")
        kind = key_type(key, table)
        category = column.category if column is not None else ""
        if kind is not None and accepts(scope.catalog, candidate.index.method, key.operator_class, kind, category) is False:
            wanted = (
                f"{key.operator_class} does not take"
                if key.operator_class
                else f"{candidate.index.method} has no default operator class for"
            )
            return f"{key.text}: {wanted} type {kind}"
    return None


def drop_documents(candidate: Candidate, scope: Scope) -> str | None:
    """Drop B-tree keys of unlimited, as a rule wide types that only sort, group or range: the first long value would fail its INSERT.

    Equality on the whole value (``body = $1``) warrants one; so do binary identifiers (bytea) that statistics show to be short.
    """
    index = candidate.index
    table = scope.catalog.by_name[index.table]
    for key in index.keys if index.method == "btree" else ():
        column = table.column(key.column or "")
        kind = key_type(key, table) or ""
        if not is_document(kind, column.category if column is not None else "") or key.column in always_null(index):
            continue
        identifier = kind == "bytea" and column is not None and known_short(column, table)
        if not identifier and not _compared_whole(key, candidate, scope):
            return f"{key.text} is {kind}, of any size: INSERTs above {ENTRY_BYTES:,} bytes would fail, and no query compares it with ="
    return None


def _compared_whole(key: IndexKey, candidate: Candidate, scope: Scope) -> bool:
    """Return whether a query of the candidate compares a key by equality."""
    uses = (use for each in scope.usage.of_table(candidate.index.table) if each.query_id in candidate.query_ids for use in each.uses)
    return any(use.kind in _EQUALITIES and role_of(use) is not Role.RANGE and bare_key(use).text == key.text for use in uses)


_EQUALITIES = (UseKind.EQUALITY, UseKind.IN_LIST, UseKind.JOIN)


def drop_too_wide(candidate: Candidate, scope: Scope) -> str | None:
    """Drop entries that do not fit a B-tree page, too many columns, and INCLUDE lists where they are not wanted."""
    index = candidate.index
    if len(index.keys) + len(index.include) > INDEX_COLUMNS:
        return f"PostgreSQL allows {INDEX_COLUMNS} columns in an index"
    if len(index.keys) > scope.limits.max_key_columns:
        return f"more than {scope.limits.max_key_columns} key columns (--max-key-columns)"
    if index.include and not scope.limits.covering:
        return "INCLUDE columns are switched off"
    table = scope.catalog.by_name[index.table]
    columns = [table.column(name) for name in (*index.columns, *index.include)]
    width = sum(column.statistics.average_width_bytes for column in columns if column is not None and column.statistics is not None)
    if index.method == "btree" and width > ENTRY_BYTES:
        advice = "; a hash index or an index over md5() serves equality" if len(index.keys) == 1 and not index.include else ""
        return f"its entries average {width} bytes and a B-tree holds at most {ENTRY_BYTES}{advice}"
    return None


def drop_low_selectivity(candidate: Candidate, scope: Scope) -> str | None:
    """Drop a single-column B-tree whose every value stands in a large share of the rows, where it gives no index-only scan."""
    index = candidate.index
    table = scope.catalog.by_name[index.table]
    column = table.column(index.keys[0].column or "")
    if len(index.keys) > 1 or index.method != "btree" or index.include or index.predicate or column is None or column.statistics is None:
        return None
    statistics = column.statistics
    values = statistics.distinct_values(table.rows or 0.0)
    if not 0 < values <= FEW_VALUES or 0 < statistics.null_fraction < UNSELECTIVE_SHARE:
        return None
    listed = len(statistics.common_values) >= values
    rarest = min(statistics.common_frequencies) if listed else (1.0 - statistics.null_fraction - sum(statistics.common_frequencies))
    if not statistics.common_values:
        rarest = 1.0 / values
    if rarest < UNSELECTIVE_SHARE or _read_alone(candidate, column.name, scope):
        return None
    return f"{column.name} has {values:.0f} distinct values and even the rarest stands in {rarest:.0%} of the rows: no plan could gain"


def _read_alone(candidate: Candidate, column: str, scope: Scope) -> bool:
    """Whether a query needs nothing but this column, or wants it in order, so that an index scan of any size can pay."""
    for relation in scope.usage.of_table(candidate.index.table):
        if relation.query_id not in candidate.query_ids:
            continue
        needed = {name for use in relation.uses for name in use.columns}
        if (not relation.outputs_all and needed <= {column}) or any(use.column == column for use in relation.of(*_ORDERED)):
            return True
    return False


_ORDERED = (UseKind.ORDER, UseKind.MIN_MAX, UseKind.DISTINCT)


def drop_existing(candidate: Candidate, scope: Scope) -> str | None:
    """Drop what a valid existing index does already; a full index is no match for a partial one, which may be far smaller."""
    wanted = candidate.index
    table = scope.catalog.by_name[wanted.table]
    for index in scope.catalog.indexes_of(wanted.table):
        whole = index.definition.predicate is None and wanted.predicate is not None
        if index.valid and index.ready and not whole and covers(index.definition, wanted, table):
            equal = same_definition(replace(index.definition, unique=False), wanted, table)
            same = "exists already" if equal else "serves it already"
            return f"{index.name} {same}: {index.definition}"
    return None


def drop_prefix_of_unique(candidate: Candidate, scope: Scope) -> str | None:
    """Drop keys that begin with all of a unique key: the unique index finds the one row.

    A covering version stays on a large table, where an index-only scan saves the visit to the row.
    """
    wanted = candidate.index
    table = scope.catalog.by_name[wanted.table]
    if wanted.method not in ("btree", "hash") or (wanted.include and pages_of(table, scope.catalog) >= LARGE_PAGES):
        return None
    for index in scope.catalog.indexes_of(wanted.table):
        columns = index.definition.columns
        if is_unique_key(index) and columns == tuple(key.column for key in wanted.keys[: len(columns)]):
            return f"{index.name} on ({', '.join(columns)}) is unique and finds the row already"
    return None


def is_unique_key(index: Index) -> bool:
    """Return whether an index guarantees at most one row per value of its (plain) key columns."""
    definition = index.definition
    whole = definition.predicate is None and len(definition.columns) == len(definition.keys)
    return definition.unique and whole and index.valid and index.ready


def invalid_indexes(scope: Scope) -> list[Skipped]:
    """Name the invalid indexes of the tables in use: they serve no query, and block nothing we propose."""
    return [
        Skipped("candidates", index.name, "invalid index, left by a failed build: it counts as missing; drop it or REINDEX it")
        for name in sorted({relation.table for relation in scope.usage.relations})
        for index in scope.catalog.indexes_of(name)
        if not (index.valid and index.ready)
    ]


PRUNERS: tuple[Pruner, ...] = (
    drop_not_allowed,
    drop_tiny,
    drop_unindexable,
    drop_documents,
    drop_existing,
    drop_prefix_of_unique,
    drop_rewritten,
    drop_too_wide,
    drop_low_selectivity,
)
_WHOLE_TABLE = frozenset({drop_not_allowed, drop_tiny})
