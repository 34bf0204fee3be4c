"""What is left out of a snapshot is left out of every part of its catalog, and said once."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from indexadvisor.catalog.model import Policy, StatisticsObject, TableName
from indexadvisor.catalog.snapshot_select import Selection
from indexadvisor.findings import Skipped
from tests.fakes.schema import catalog_from_sql

KEPT, GONE, SHOWN = (TableName("public", name) for name in ("kept", "gone", "shown"))
PARTS = ("tables", "indexes", "foreign_keys", "policies", "views", "statistics", "skipped")


def catalog():
    found = catalog_from_sql("""
        CREATE TABLE kept (id int PRIMARY KEY, own int REFERENCES kept);
        CREATE TABLE gone (id int PRIMARY KEY, kept_id int REFERENCES kept);
        ALTER TABLE kept ADD gone_id int REFERENCES gone;
        CREATE VIEW shown AS SELECT id FROM gone;
        CREATE VIEW seen AS SELECT id FROM kept;
    """)
    objects = tuple(StatisticsObject("other", f"of_{table.name}", table, ("id", "own"), kinds=("d",)) for table in (KEPT, GONE))
    subjects = [*(f"extended statistics {each.full_name}" for each in objects), str(KEPT), str(GONE), f"view {SHOWN}", "a setting"]
    return replace(
        found,
        policies=tuple(Policy("p", table, "ALL", True, (), None, None) for table in (KEPT, GONE)),
        statistics=objects,
        skipped=tuple(Skipped("catalog", subject, "why") for subject in subjects),
    )


@pytest.fixture
def left():
    return Selection(frozenset({GONE, SHOWN}), {}, (Skipped("catalog", "a setting", "said already"),)).applied(catalog())


def test_nothing_of_a_table_left_out_stays(left):
    assert [table.name for table in left.tables] == [KEPT]
    assert {index.definition.table for index in left.indexes} == {KEPT}
    assert [(key.table, key.referenced_table) for key in left.foreign_keys] == [(KEPT, KEPT)]
    assert [policy.table for policy in left.policies] == [KEPT]
    assert [view.name.name for view in left.views] == ["seen"]
    assert [each.name for each in left.statistics] == ["of_kept"]
    assert (left.statistics_of(GONE), len(left.statistics_of(KEPT))) == ((), 1)


def test_what_is_left_out_or_said_elsewhere_is_not_said_again(left):
    assert [each.subject for each in left.skipped] == ["extended statistics other.of_kept", str(KEPT)]


def test_every_other_part_stays(left):
    whole = catalog()
    others = [part.name for part in fields(whole) if part.name not in PARTS]
    assert [getattr(left, name) for name in others] == [getattr(whole, name) for name in others]
    assert Selection(frozenset(), {}, ()).applied(whole) == whole
