"""The pruning pass for columns that are rewritten all the time: an index on one ends HOT updates of its table.

Source: PostgreSQL documentation, section "Heap-Only Tuples (HOT)": an update is HOT only when no indexed column changes, and
keys, INCLUDE and predicate columns all count (BRIN, a summarizing method, is exempt from 16 on).
"""

from __future__ import annotations

from indexadvisor.candidates.immutable import columns_of
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.partial import kept_share
from indexadvisor.candidates.scope import Scope
from indexadvisor.catalog.model import Table

LEAST_HOT = 0.05
"""Below this share of HOT updates a table has none worth keeping."""
QUEUE_SHARE = 0.1
"""A partial index that keeps at most this share of the rows (a queue's open jobs) may rest on a column that is rewritten."""


def drop_rewritten(candidate: Candidate, scope: Scope) -> str | None:
    """Drop indexes with a column that is rewritten at least as often as queries use it."""
    index = candidate.index
    table = scope.catalog.by_name[index.table]
    if index.method == "brin" and scope.catalog.server.major >= 16:
        return None
    keys = {name for key in index.keys for name in ((key.column,) if key.column else columns_of(key.expression or "", table))}
    conditions = columns_of(index.predicate, table) if index.predicate is not None else frozenset()
    if index.predicate is not None and keeps_few(candidate, scope):
        conditions, keys = frozenset(), keys - conditions
    for name in sorted(keys | conditions):
        reason = _reason(name, scope.searched.get((index.table, name), 0), "searched", table, scope)
        if reason is not None:
            return reason
    for name in index.include:
        reason = _reason(name, scope.read.get((index.table, name), 0), "read", table, scope)
        if reason is not None:
            return reason
    return None


def keeps_few(candidate: Candidate, scope: Scope) -> bool:
    """Whether statistics say that one of the predicate's conditions alone keeps few rows."""
    table = scope.catalog.by_name[candidate.index.table]
    for relation in scope.usage.of_table(candidate.index.table):
        for use in relation.uses:
            if (
                use.predicate is not None
                and relation.query_id in candidate.query_ids
                and use.predicate in (candidate.index.predicate or "")
            ):
                kept = kept_share(use, table)
                if kept is not None and kept <= QUEUE_SHARE:
                    return True
    return False


def _reason(column: str, reads: int, verb: str, table: Table, scope: Scope) -> str | None:
    writes = scope.rewritten.get((table.name, column), 0)
    if writes == 0 or writes < reads:
        return None
    activity = table.activity
    if activity is not None and activity.updated > 0 and activity.hot_updated / activity.updated < LEAST_HOT:
        return None  # nothing to end: what the index costs is for the write tax to say
    text = f"{column} is rewritten by {writes:,} calls and {verb} by {reads:,}: an index on it ends HOT updates"
    if activity is not None and activity.updated > 0:
        text += f" ({activity.hot_updated / activity.updated:.0%} of this table's updates are HOT today)"
    return text
