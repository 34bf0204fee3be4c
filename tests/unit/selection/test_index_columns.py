"""Which columns an index depends on, by the names in its expressions and predicate."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.model import Column, IndexDef, IndexKey, Table, TableName
from indexadvisor.selection.writes import index_columns

NAME = TableName("public", "t")


def table(*names):
    return Table(NAME, "r", tuple(Column(name, number, "text", "text", "S") for number, name in enumerate(names, 1)))


@pytest.mark.parametrize(
    ("expression", "predicate", "columns"),
    [
        ("lower(email)", None, {"email"}),
        ("lower(EMAIL)", None, {"email"}),
        ("payload ->> 'status'", None, {"payload"}),
        ("payload ->> 'status'", "state = 'email'", {"payload", "state"}),
        ('lower("Full Name")', '"Full Name" <> $$email$$', {"Full Name"}),
        ("email_domain(payload)", None, {"payload"}),
        ("lower(payload) /* email */", "status IS NULL -- state", {"payload", "status"}),
    ],
)
def test_names_count_and_strings_do_not(expression, predicate, columns):
    index = IndexDef(NAME, (IndexKey(expression=expression),), predicate=predicate)
    assert index_columns(index, table("email", "payload", "status", "state", "Full Name")) == columns


def test_keys_and_included_columns_count():
    index = IndexDef(NAME, (IndexKey("email"),), include=("status",))
    assert index_columns(index, table("email", "status", "state")) == {"email", "status"}
