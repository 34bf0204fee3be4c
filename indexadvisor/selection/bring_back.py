"""The statements that build a dropped index again: the server's own text where it is one CREATE INDEX, which keeps all of its options."""

from __future__ import annotations

from indexadvisor.catalog import ddl
from indexadvisor.catalog.model import Catalog, Index

_CREATE = "CREATE INDEX "


def bring_back(index: Index, catalog: Catalog) -> tuple[str, ...]:
    """Return the statements that build an index again, in order; on a partitioned table, partition by partition. None has a semicolon."""
    table = catalog.table(index.definition.table)
    if table is not None and table.kind == "p":
        return ddl.statements(index.definition, index.name, catalog)
    text = index.ddl.strip().removesuffix(";")
    if not text.startswith(_CREATE) or not _is_create_index(text):
        return (ddl.create_index(index.definition, index.name),)
    return (f"{_CREATE}CONCURRENTLY {text.removeprefix(_CREATE)}",)


def _is_create_index(text: str) -> bool:
    """Return whether a text is one CREATE INDEX and nothing more: a snapshot file may hold anything."""
    import pgparse

    try:
        found = pgparse.parse(text)
    except (pgparse.PGQueryError, RecursionError):
        return False
    return len(found) == 1 and "IndexStmt" in found[0]["stmt"] and "--" not in text and "/*" not in text
