"""What the pruning passes know: the usage, the catalog, the limits, and how often each column is read and rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from indexadvisor.catalog.model import Catalog, TableName
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind

ColumnName = tuple[TableName, str]
_NOT_SEARCHED = frozenset({UseKind.OUTPUT, UseKind.WRITTEN})


@dataclass(frozen=True)
class Scope:
    """One run's input to pruning."""

    usage: UsageGraph
    catalog: Catalog
    limits: Limits

    @cached_property
    def searched(self) -> Mapping[ColumnName, int]:
        """Calls that filter, join, sort or group by a column."""
        return self._calls(lambda relation: (use for use in relation.uses if use.kind not in _NOT_SEARCHED))

    @cached_property
    def read(self) -> Mapping[ColumnName, int]:
        """Calls that read a column in any way."""
        return self._calls(lambda relation: (use for use in relation.uses if use.kind is not UseKind.WRITTEN))

    @cached_property
    def rewritten(self) -> Mapping[ColumnName, int]:
        """Calls of statements that set a column of rows that exist already (UPDATE, MERGE, ON CONFLICT DO UPDATE)."""
        return self._calls(lambda relation: (use for use in relation.of(UseKind.WRITTEN) if use.operator == "update"))

    def _calls(self, uses_of: Callable[[RelationUse], Iterable[ColumnUse]]) -> Mapping[ColumnName, int]:
        """Count each query once per column, whichever of its occurrences uses it."""
        queries: dict[ColumnName, set[str]] = {}
        for relation in self.usage.relations:
            for use in uses_of(relation):
                for name in use.columns:
                    queries.setdefault((relation.table, name), set()).add(relation.query_id)
        return {column: sum(self.usage.calls.get(query_id, 1) for query_id in ids) for column, ids in queries.items()}
