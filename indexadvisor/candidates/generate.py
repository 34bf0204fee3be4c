"""Column uses in, candidate indexes out: every generator on every occurrence, then merging, then pruning.

The number of candidates stays sensible by caps: each generator yields its best guesses first, and the tail is cut and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from indexadvisor.candidates.brin import brin
from indexadvisor.candidates.btree import btree
from indexadvisor.candidates.covering import covering
from indexadvisor.candidates.expression import expression
from indexadvisor.candidates.gin import gin
from indexadvisor.candidates.gist import gist
from indexadvisor.candidates.hash import hash_index
from indexadvisor.candidates.merge import merge, unite
from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.candidates.occurrence import Occurrence, Role
from indexadvisor.candidates.partial import partial
from indexadvisor.candidates.pattern import pattern
from indexadvisor.candidates.prune import invalid_indexes, is_unique_key, prune, reported
from indexadvisor.candidates.scope import Scope
from indexadvisor.candidates.sort import sort
from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, TableName
from indexadvisor.findings import Skipped
from indexadvisor.settings import Limits
from indexadvisor.usage.model import UsageGraph, UseKind

Generator = Callable[[Occurrence], Iterable[Candidate | Skipped]]
GENERATORS: tuple[Generator, ...] = (sort, btree, expression, gin, gist, pattern, partial, covering, brin, hash_index)
"""In the order of their claim on the caps."""
PER_GENERATOR = 16
"""Candidates of one generator for one occurrence of a table."""
PER_QUERY = 120
"""Candidates made for one query, before merging: the planner is asked about all of them at once."""


def generate(usage: UsageGraph, catalog: Catalog, limits: Limits) -> CandidateSet:
    """Return the candidates for a workload in a stable order, and what was left out with the reasons."""
    scope = Scope(usage, catalog, limits)
    found: list[Candidate] = []
    skipped: list[Skipped] = []
    shared = {table: _shared(usage, table) for table in {relation.table for relation in usage.relations}}
    for query_id in dict.fromkeys(relation.query_id for relation in usage.relations):
        candidates, left_out = _of_query(query_id, scope, shared)
        found += candidates
        skipped += left_out
    kept, dropped = prune(unite(found), scope)
    final, dropped_merged = prune(merge(kept, catalog, usage.calls), scope)
    final += _leading(scope)
    everything = {*skipped, *reported([*dropped, *dropped_merged]), *invalid_indexes(scope)}
    return CandidateSet(tuple(sorted(final, key=lambda each: (each.index.table, str(each.index)))), tuple(sorted(everything)))


def _of_query(query_id: str, scope: Scope, shared: Mapping[TableName, Mapping[str, int]]) -> tuple[list[Candidate], list[Skipped]]:
    """Run every generator on every occurrence of a query; the best guesses of all of them come first under the cap."""
    ranked: list[tuple[int, Candidate]] = []
    skipped: list[Skipped] = []
    for relation in scope.usage.of_query(query_id):
        table = scope.catalog.table(relation.table)
        if table is None:
            continue
        occurrence = Occurrence(relation, table, scope.catalog, scope.limits, shared[relation.table], scope.usage.calls.get(query_id))
        if finds_one_row(occurrence):
            continue
        for generator in GENERATORS:
            items = list(generator(occurrence))
            skipped += [item for item in items if isinstance(item, Skipped)]
            ranked += enumerate(islice((item for item in items if isinstance(item, Candidate)), PER_GENERATOR))
    ranked.sort(key=lambda pair: pair[0])
    united = unite(candidate for _, candidate in ranked)
    if len(united) > PER_QUERY:
        reason = f"{len(united) - PER_QUERY} further combinations of its columns were not tried (cap {PER_QUERY} per query)"
        skipped.append(Skipped("candidates", f"query {query_id}", reason))
    return united[:PER_QUERY], skipped


def finds_one_row(occurrence: Occurrence) -> bool:
    """Return whether a unique index finds the row already, so that no other index could do better."""
    fixed = {key.column for term in occurrence.top.of(Role.EQUALITY) for key in term.keys}
    return any(
        is_unique_key(index) and fixed >= set(index.definition.columns) for index in occurrence.catalog.indexes_of(occurrence.table.name)
    )


def _leading(scope: Scope) -> list[Candidate]:
    """Return the single columns that lead an existing wider B-tree and are searched by, where the limits ask for them.

    The planner rates the correlation of a column with the order of rows 25 % lower behind a multicolumn index (btcostestimate in
    src/backend/utils/adt/selfuncs.c), so that it may turn to the narrow one.
    """
    if not scope.limits.leading_columns:
        return []
    found = []
    for table in sorted({relation.table for relation in scope.usage.relations}):
        if not scope.limits.allows(table.schema, table.name):
            continue
        wide = [index.definition for index in scope.catalog.indexes_of(table) if len(index.definition.keys) > 1]
        for column in sorted({index.keys[0].column or "" for index in wide if index.method == "btree" and index.predicate is None}):
            queries = {each.query_id for each in scope.usage.of_table(table) if any(column in use.columns for use in each.of(*_FILTERS))}
            if column and queries:
                reason = f"{column} alone, which leads a wider index: the planner rates it higher where rows lie in its order"
                found.append(Candidate(IndexDef(table, (IndexKey(column),)), "btree", (reason,), tuple(sorted(queries))))
    return found


_FILTERS = (UseKind.EQUALITY, UseKind.IN_LIST, UseKind.JOIN, UseKind.BOOLEAN)


def _shared(usage: UsageGraph, table: TableName) -> Mapping[str, int]:
    """Return, per column of a table, the calls that filter or join by its equality."""
    queries: dict[str, set[str]] = {}
    for relation in usage.of_table(table):
        for use in relation.of(*_FILTERS):
            queries.setdefault(use.column, set()).add(relation.query_id)
    return {column: sum(usage.calls.get(query_id, 1) for query_id in ids) for column, ids in queries.items()}
