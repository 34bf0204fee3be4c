"""Foreign keys as the catalog knows them: whether a delete of a referenced row finds the referencing rows by an index."""

from __future__ import annotations

from indexadvisor.catalog.ddl import create_index, index_name, quote_identifier
from indexadvisor.catalog.model import ForeignKey, IndexDef, IndexKey
from indexadvisor.explain.finding import Advice
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.indexing import listed


def foreign_key(analysis: Analysis, constraint: str) -> ForeignKey | None:
    """Return the foreign key of a constraint's name, where the catalog has exactly one of it."""
    keys = () if analysis.catalog is None else analysis.catalog.foreign_keys
    named = [key for key in keys if key.name == constraint]
    return named[0] if len(named) == 1 else None


def is_indexed(analysis: Analysis, key: ForeignKey) -> bool:
    """Return whether a whole B-tree leads with the referencing columns, in whatever order; a partial one finds only some of the rows."""
    indexes = () if analysis.catalog is None else analysis.catalog.indexes_of(key.table)
    wanted = set(key.columns)
    whole = (index.definition for index in indexes if index.valid and index.definition.method == "btree" and not index.definition.predicate)
    return any({found.column for found in definition.keys[: len(wanted)]} == wanted for definition in whole)


def referencing_index(constraint: str, key: ForeignKey | None) -> Advice:
    """Return the advice to index the referencing columns; with the statement where they are known."""
    if key is None:
        return Advice("index", f"An index on the referencing columns of {constraint} spares a search of the whole referencing table.")
    definition = IndexDef(key.table, tuple(IndexKey(column) for column in key.columns))
    text = f"An index on {quote_identifier(key.table.name)} {listed(key.columns)} spares {constraint} a search of the whole table."
    return Advice("index", text, sql=create_index(definition, index_name(definition)), columns=key.columns)
