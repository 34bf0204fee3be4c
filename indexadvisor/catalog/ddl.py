"""The one place that builds CREATE INDEX and DROP INDEX: schema-qualified, quoted by PostgreSQL's rules, without a connection.

Statements have no semicolon at the end. ``statements()`` knows that partitioned tables refuse CONCURRENTLY (PostgreSQL documentation,
CREATE INDEX, "Building Indexes Concurrently"): an invalid index on the parent only, one built concurrently on each partition, then
attached; the parent's index becomes valid with the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from indexadvisor.catalog.compare import is_one_expression, same_definition
from indexadvisor.catalog.keywords import KEYWORDS
from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, Table, TableName
from indexadvisor.catalog.naming import index_name, index_names, taken_names

__all__ = ["create_index", "drop_index", "index_name", "index_names", "quote_identifier", "quote_table", "statements", "taken_names"]

_SAFE = re.compile(r"[a-z_][a-z0-9_]*")
_SPELLED = re.compile(r'(?:[^\W\d][\w$]*|"(?:[^"]|"")+")(?:\.(?:[^\W\d][\w$]*|"(?:[^"]|"")+"))?')
_OPTION = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_UNORDERED = "an index method without an order takes no direction"


def quote_identifier(name: str) -> str:
    """Return a name as SQL must spell it (src/backend/utils/adt/ruleutils.c quote_identifier).

    >>> quote_identifier("orders"), quote_identifier("Orders"), quote_identifier("user"), quote_identifier('a"b')
    ('orders', '"Orders"', '"user"', '"a""b"')
    """
    if not name or "\0" in name:
        raise ValueError("an identifier is not empty and holds no NUL")
    if _SAFE.fullmatch(name) and name not in KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def quote_table(table: TableName) -> str:
    """Return a schema-qualified relation name, quoted."""
    return f"{quote_identifier(table.schema)}.{quote_identifier(table.name)}"


def create_index(definition: IndexDef, name: str, *, concurrently: bool = True) -> str:
    """Return CREATE INDEX for a definition; ValueError when an expression or an operator class is not one.

    >>> create_index(IndexDef(TableName("public", "orders"), (IndexKey("placed_at", descending=True),)), "orders_placed_at_idx")
    'CREATE INDEX CONCURRENTLY orders_placed_at_idx ON public.orders USING btree (placed_at DESC)'
    """
    return _create(definition, name, "CONCURRENTLY " if concurrently else "")


def drop_index(schema: str, name: str, concurrently: bool = True) -> str:
    """Return DROP INDEX for an index; its schema is that of its table.

    >>> drop_index("public", "Old index")
    'DROP INDEX CONCURRENTLY public."Old index"'
    """
    return f"DROP INDEX {'CONCURRENTLY ' if concurrently else ''}{quote_identifier(schema)}.{quote_identifier(name)}"


def statements(definition: IndexDef, name: str, catalog: Catalog) -> tuple[str, ...]:
    """Return every statement that builds an index without blocking writes, in order; more than one for a partitioned table.

    A partition's own equal, valid, unattached index is attached rather than built again. Foreign partitions take no index.
    """
    table = catalog.table(definition.table)
    if table is None or table.kind != "p":
        return (create_index(definition, name),)
    names = _partition_names(definition, name, catalog)
    out = [_create(definition, name, "", only=True)]
    tree = list(_descendants(table, catalog))
    out += [_create(_on(definition, part), names[part.name], "", only=True) for _, part in tree if part.kind == "p"]
    existing = {part.name: _equal_index(_on(definition, part), part, catalog) for _, part in tree if part.kind != "p"}
    out += [create_index(_on(definition, part), names[part.name]) for _, part in tree if part.kind != "p" and existing[part.name] is None]
    # from the leaves up, so that each level is valid before it is attached
    for parent, part in reversed(tree):
        child = existing.get(part.name) or names[part.name]
        above = TableName(parent.name.schema, names[parent.name])
        out.append(f"ALTER INDEX {quote_table(above)} ATTACH PARTITION {quote_table(TableName(part.name.schema, child))}")
    return tuple(out)


def _create(definition: IndexDef, name: str, how: str, *, only: bool = False) -> str:
    kind = "UNIQUE INDEX" if definition.unique else "INDEX"
    keys = ", ".join(_key(key, definition.method) for key in definition.keys)
    text = (
        f"CREATE {kind} {how}{quote_identifier(name)} ON {'ONLY ' if only else ''}{quote_table(definition.table)}"
        f" USING {quote_identifier(definition.method)} ({keys})"
    )
    if definition.include:
        text += f" INCLUDE ({', '.join(quote_identifier(column) for column in definition.include)})"
    if definition.predicate is not None:
        text += f" WHERE {_expression(definition.predicate)}"
    return text


def _key(key: IndexKey, method: str) -> str:
    text = quote_identifier(key.column) if key.column is not None else f"({_expression(key.expression or '')})"
    if key.collation:
        text += f" COLLATE {_spelled(key.collation)}"
    if key.operator_class:
        text += f" {_spelled(key.operator_class)}"
    if key.class_options:
        if not key.operator_class:
            raise ValueError("options of an operator class need its name")
        text += f" ({', '.join(_option(name, value) for name, value in key.class_options)})"
    if method != "btree":
        if key.descending or key.nulls_first:
            raise ValueError(f"{method}: {_UNORDERED}")
        return text
    if key.descending:
        text += " DESC"
    if key.nulls_first != key.descending:
        text += " NULLS FIRST" if key.nulls_first else " NULLS LAST"
    return text


def _expression(text: str) -> str:
    if not is_one_expression(text):
        raise ValueError(f"not one SQL expression: {text!r}")
    # a trailing comment would swallow what follows
    return f"{text}\n" if "--" in text else text


def _spelled(name: str) -> str:
    """Return an operator class or collation, already spelled as SQL, after checking that it is a name and nothing more."""
    if not _SPELLED.fullmatch(name):
        raise ValueError(f"not the name of an operator class or collation: {name!r}")
    return name


def _option(name: str, value: str) -> str:
    if not _OPTION.fullmatch(name):
        raise ValueError(f"not the name of an option: {name!r}")
    return f"{name}='" + value.replace("'", "''") + "'"


def _on(definition: IndexDef, part: Table) -> IndexDef:
    return replace(definition, table=part.name)


def _descendants(table: Table, catalog: Catalog) -> Iterator[tuple[Table, Table]]:
    """Yield (parent, partition) for every partition that can hold an index, parents before children."""
    for part in catalog.partitions_of(table.name):
        if part.kind in ("r", "p"):
            yield table, part
            yield from _descendants(part, catalog)


def _partition_names(definition: IndexDef, name: str, catalog: Catalog) -> dict[TableName, str]:
    table = catalog.by_name[definition.table]
    parts = [_on(definition, part) for _, part in _descendants(table, catalog)]
    named = index_names(parts, taken_names(catalog) | {name})
    return {definition.table: name} | {part.table: named[part] for part in parts}


def _equal_index(definition: IndexDef, part: Table, catalog: Catalog) -> str | None:
    for index in catalog.indexes_of(part.name):
        if index.valid and index.parent is None and same_definition(index.definition, definition, part):
            return index.name
    return None
