"""Every catalog survives the way to JSON and back; nothing else is taken for one."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexadvisor.catalog.model import Catalog, Column, ColumnStatistics, IndexKey, OperatorClass, Policy, ServerInfo, Table, TableName
from indexadvisor.catalog.snapshot_codec import from_json, to_json

PLAIN = {
    str: st.text(max_size=8), int: st.integers(), float: st.floats(allow_nan=False), bool: st.booleans(),
    datetime: st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0)),
}  # fmt: skip


def values(kind):
    """A strategy for any annotated type of the catalog, all fields filled, defaults included."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if kind is IndexKey:
        made = values_of(IndexKey)
        return st.one_of(st.builds(IndexKey, **{**made, "expression": st.none(), "column": PLAIN[str]}),
                         st.builds(IndexKey, **{**made, "column": st.none(), "expression": PLAIN[str]}))  # fmt: skip
    if dataclasses.is_dataclass(kind):
        return st.builds(kind, **values_of(kind))
    if origin is types.UnionType:
        return st.one_of(*(st.none() if each is types.NoneType else values(each) for each in arguments))
    if origin is tuple:
        whole = arguments[-1] is Ellipsis
        return st.lists(values(arguments[0]), max_size=2).map(tuple) if whole else st.tuples(*map(values, arguments))
    assert issubclass(origin, Mapping), kind
    return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)


def values_of(kind):
    hints = get_type_hints(kind)
    return {field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(values(Catalog))
def test_a_catalog_comes_back_as_it_was(catalog):
    again = from_json(Catalog, json.loads(to_json(catalog)))
    assert again == catalog
    # equality takes 1 for 1.0 and -0.0 for 0.0; the text form does not
    assert repr(again) == repr(catalog)


NAME = TableName("public", "t")


@pytest.mark.parametrize(
    "value",
    [
        TableName('a"\n', "\udcff\x00"), ColumnStatistics(0.0, 4, -0.0, float("inf"), ("a", ""), (0.1, 1e-45)),
        Column("a", 1, "text", "text", "S", statistics=None), OperatorClass("btree", "text_ops", "text", default=True),
        Policy("p", NAME, "ALL", permissive=True, roles=(), using=None, check=""), Table(NAME, "r", (), rows=0.0, pages=0, fillfactor=0),
    ],
)  # fmt: skip
def test_edge_values_come_back(value):
    assert repr(from_json(type(value), json.loads(to_json(value)))) == repr(value)


@pytest.mark.parametrize(
    "data",
    [
        None, [], "x", {}, {"schema": "a"}, {"schema": "a", "name": 1}, {"schema": "a", "name": None}, {"schema": "a", "name": ["b"]},
        {"schema": "a", "name": "b", "oid": 1}, {"schema": "a", "name": "b", "__class__": "os.system"},
    ],
)  # fmt: skip
def test_anything_else_is_an_error(data):
    with pytest.raises(ValueError, match="TableName"):
        from_json(TableName, data)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("tables", {}), ("tables", [1]), ("settings", []), ("settings", {"a": 1}), ("search_path", "public"), ("search_path", [1]),
     ("read_at", "yesterday"), ("read_at", 5), ("server", None), ("indexes", [{"name": "i"}])],
)  # fmt: skip
def test_a_field_of_another_type_is_an_error(field, wrong):
    data = json.loads(to_json(Catalog(ServerInfo(180000, "18", "shop"))))
    with pytest.raises(ValueError, match=r"."):
        from_json(Catalog, {**data, field: wrong})


def test_true_is_no_number():
    data = json.loads(to_json(ColumnStatistics(0.0, 4, 1.0)))
    for field in ("null_fraction", "average_width_bytes"):
        with pytest.raises(ValueError, match="expected"):
            from_json(ColumnStatistics, {**data, field: True})
