"""Names for proposed indexes: readable, the same in every run, within PostgreSQL's limit of 63 bytes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable

from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, TableName  # noqa: F401 - the examples use TableName

MAX_BYTES = 63
"""NAMEDATALEN - 1 (src/include/pg_config_manual.h); a longer name would be cut by the server without a word."""

_HASH_DIGITS = 8
_WORD = re.compile(r"[^\W_]+")


def index_name(definition: IndexDef) -> str:
    """Return the name of an index from its table, keys, payload and predicate.

    Too long a name is cut and ends in eight hexadecimal digits of the definition's SHA-256.

    >>> placed = IndexKey("placed_at", descending=True)
    >>> index_name(IndexDef(TableName("public", "orders"), (IndexKey("customer_id"), placed)))
    'orders_customer_id_placed_at_desc_idx'
    >>> index_name(IndexDef(TableName("public", "users"), (IndexKey(expression="lower(email)"),), predicate="deleted_at IS NULL"))
    'users_lower_email_where_deleted_at_is_null_idx'
    """
    parts = [definition.table.name, *(_key_words(key) for key in definition.keys)]
    if definition.include:
        parts += ["with", *definition.include]
    if definition.predicate:
        parts += ["where", _words(definition.predicate)]
    if definition.method != "btree":
        parts.append(definition.method)
    return _fitted("_".join(filter(None, (_clean(part) for part in parts))), "_key" if definition.unique else "_idx", definition)


def index_names(definitions: Iterable[IndexDef], taken: Collection[str] = ()) -> dict[IndexDef, str]:
    """Return a name for each definition, distinct from each other and from ``taken``; equal input gives equal names in any order."""
    used = set(taken)
    named: dict[IndexDef, str] = {}
    for definition in sorted(set(definitions), key=lambda each: (each.table, str(each), each.unique)):
        name, number = index_name(definition), 1
        while name in used:
            number += 1
            suffix = f"_{number}_idx"
            name = _cut(index_name(definition).removesuffix("_idx").removesuffix("_key"), MAX_BYTES - len(suffix)) + suffix
        used.add(name)
        named[definition] = name
    return named


def taken_names(catalog: Catalog) -> frozenset[str]:
    """Return the names of all relations the catalog knows: indexes share one name space with tables and views."""
    tables = {table.name.name for table in catalog.tables}
    return frozenset(tables | {view.name.name for view in catalog.views} | {index.name for index in catalog.indexes})


def _key_words(key: IndexKey) -> str:
    text = key.column if key.column is not None else _words(key.expression or "")
    if key.operator_class:
        text += "_" + key.operator_class.rsplit(".", 1)[-1].replace('"', "").removesuffix("_ops")
    if key.descending:
        text += "_desc"
    if key.nulls_first != key.descending:
        text += "_nulls_first" if key.nulls_first else "_nulls_last"
    return text


def _words(sql: str) -> str:
    # a cast's type says little in a name
    return "_".join(_WORD.findall(re.sub(r"::[\w ]+(\[\])?", " ", sql)))


def _clean(part: str) -> str:
    return re.sub(r"\W+", "_", part.lower()).strip("_")


def _fitted(stem: str, suffix: str, definition: IndexDef) -> str:
    if len((stem + suffix).encode()) <= MAX_BYTES:
        return stem + suffix
    digest = hashlib.sha256(f"{definition.table.schema}.{definition.table.name} {definition}".encode()).hexdigest()[:_HASH_DIGITS]
    return f"{_cut(stem, MAX_BYTES - len(suffix) - 1 - _HASH_DIGITS)}_{digest}{suffix}"


def cut(text: str, size_bytes: int) -> str:
    """Return the longest prefix of at most so many bytes that splits no character.

    >>> cut("aü", 2), cut("aü", 3)
    ('a', 'aü')
    """
    return text.encode()[:size_bytes].decode(errors="ignore")


def _cut(text: str, size_bytes: int) -> str:
    return cut(text, size_bytes).rstrip("_")
