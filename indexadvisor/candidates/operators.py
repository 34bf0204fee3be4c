"""Which types an access method can index, from the catalog's operator classes; and one-key candidates of special methods."""

from __future__ import annotations

from indexadvisor.candidates.immutable import NotImmutable, type_of
from indexadvisor.candidates.model import Candidate
from indexadvisor.candidates.occurrence import Occurrence, bare_key
from indexadvisor.catalog.model import Catalog, IndexDef, IndexKey, Table
from indexadvisor.usage.model import ColumnUse

TRIGRAM_TYPES = frozenset({"text", "varchar", None})
_NO_BTREE = frozenset({"json", "xml", "point", "box", "polygon", "path", "line", "lseg", "circle", "aclitem", "txid_snapshot"})
"""Types without a B-tree class, for a catalog read without operator classes."""
_BINARY_SAME = {"varchar": "text", "cidr": "inet", "regclass": "oid", "regproc": "oid", "regtype": "oid"}


def special(method: str, use: ColumnUse, occurrence: Occurrence, operator_class: str | None, reason: str) -> Candidate:
    """Return the index of one method over a use's column or expression."""
    key = bare_key(use)
    name = spelled(occurrence.catalog, method, operator_class) if operator_class is not None else None
    index = IndexDef(occurrence.table.name, (IndexKey(key.column, key.expression, operator_class=name),), method)
    origin = (f"row-security {use.origin} filters on it in every query",) if use.origin.startswith("policy ") else ()
    return Candidate(index, method, (reason, *origin), (occurrence.relation.query_id,))


def spelled(catalog: Catalog, method: str, operator_class: str) -> str:
    """Return an operator class as DDL must spell it: with its schema where that is not on the search path."""
    found = (each.sql_name for each in catalog.operator_classes if (each.method, each.name) == (method, operator_class))
    return next(found, operator_class)


def stored_type(use: ColumnUse, occurrence: Occurrence) -> str | None:
    """Return the type (name in pg_type) of what a use compares, None where it is not known."""
    return key_type(bare_key(use), occurrence.table)


def key_type(key: IndexKey, table: Table) -> str | None:
    """Return the type (name in pg_type) of an index key, None where it is not known."""
    if key.expression is not None:
        try:
            return type_of(key.expression, table)
        except NotImmutable:
            return None
    column = table.column(key.column or "")
    return column.base_type if column is not None else None


def accepts(catalog: Catalog, method: str, operator_class: str | None, type_name: str, category: str = "") -> bool | None:
    """Return whether an operator class (None: any default one) takes a type; None where the catalog does not say.

    Source: PostgreSQL documentation, section "Operator Classes and Operator Families"; a class for ``anyarray``, ``anyenum`` or
    ``anyrange`` serves every type of that sort, and binary-compatible types share one.

    >>> from indexadvisor.candidates.example import occurrence, ORDERS
    >>> accepts(occurrence(ORDERS).catalog, "btree", None, "json")
    False
    """
    classes = [each for each in catalog.operator_classes if each.method == method]
    if operator_class is not None:
        classes = [each for each in classes if operator_class in (each.name, each.sql_name)]
    if not classes:
        return False if method == "btree" and type_name in _NO_BTREE else None
    names = {type_name, _BINARY_SAME.get(type_name, type_name), *_POLYMORPHIC.get(category, ())}
    if type_name.startswith("_"):
        names.add("anyarray")
    return any((each.default or operator_class is not None) and each.type_name in names for each in classes)


_POLYMORPHIC = {"A": ("anyarray",), "E": ("anyenum",), "R": ("anyrange", "anymultirange")}
