"""The write tax: which writes cost an entry, what an entry costs by access method, and where the number of rows comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.catalog.model import Activity, IndexDef, IndexKey, ServerInfo, TableName
from indexadvisor.selection.entries import keys_of
from indexadvisor.selection.entry_cost import entry_cost, pages_fetched, prices
from indexadvisor.selection.writes import kept_by, taxes_of_existing, write_taxes
from indexadvisor.usage.graph import usage_graph
from indexadvisor.workload.model import CaptureQuality, Workload
from tests.fakes.schema import catalog_from_sql, workload_from_sql

T = TableName("public", "t")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
SCHEMA = """
CREATE TABLE t (id bigint PRIMARY KEY, at timestamptz, customer int, status text, note text, tags text[], doc jsonb, gone boolean);
-- rows t 1000000
-- stats t.at n_distinct=-1 correlation=1
-- stats t.customer n_distinct=50000 correlation=0.01 width=4
-- stats t.status n_distinct=4 correlation=0.2 width=6 values=a|b frequencies=0.9|0.05
-- stats t.note n_distinct=-1 correlation=0 width=80 null_fraction=0.25
-- stats t.gone n_distinct=2 values=f|t frequencies=0.99|0.01 width=1
"""


def index(*columns, **changes):
    return replace(IndexDef(T, tuple(IndexKey(column) for column in columns)), **changes)


def tax(one, sql, catalog=None, calls=1000, quality=None, **options):
    catalog = catalog or catalog_from_sql(SCHEMA)
    load = workload_from_sql(f"-- query id=w calls={calls}\n{sql};") if sql else Workload(())
    load = replace(load, quality=quality or CaptureQuality())
    return write_taxes([one], load, usage_graph(load, catalog), catalog, {}, **options)[one]


INSERT = "INSERT INTO t (id, at) VALUES ($1, $2)"
UPDATE = "UPDATE t SET status = $1 WHERE id = $2"
DELETE = "DELETE FROM t WHERE id = $1"


@pytest.mark.parametrize(
    ("sql", "columns", "entries", "breaks"),
    [
        (INSERT, ("customer",), 1000, ()),
        (UPDATE, ("customer",), 0, ()),  # stays HOT
        (UPDATE, ("status",), 2000, ("status",)),  # its own, and one in the primary key
        (DELETE, ("customer",), 0, ()),
    ],
    ids=["insert", "hot update", "update of it", "delete"],
)
def test_entries_by_kind_of_write(sql, columns, entries, breaks):
    found = tax(index(*columns), sql)
    assert (found.entries, found.breaks_hot) == (pytest.approx(entries), breaks)
    assert (found.cost > 0) == (sql != UPDATE or columns == ("status",))


def test_vacuum_takes_out_what_a_delete_leaves_for_less_than_an_insert():
    assert 0 < tax(index("customer"), DELETE).cost < tax(index("customer"), INSERT).cost


def test_from_17_on_vacuum_looks_rows_up_faster():
    old = catalog_from_sql(SCHEMA)
    new = replace(old, server=ServerInfo(170000, "17.0", "d"))
    assert 0 < tax(index("customer"), DELETE, new).cost < tax(index("customer"), DELETE, old).cost


def test_from_16_on_a_brin_index_does_not_end_hot():
    one = index("status", method="brin")
    old = catalog_from_sql(SCHEMA)
    new = replace(old, server=ServerInfo(180000, "18.0", "d"))
    assert tax(one, UPDATE, old).breaks_hot == ("status",)
    assert (tax(one, UPDATE, new).breaks_hot, tax(one, UPDATE, new).entries) == ((), pytest.approx(1000))
    with_brin = replace(new, indexes=(*new.indexes, *catalog_from_sql(SCHEMA + "CREATE INDEX b ON t USING brin (status);").indexes[:1]))
    assert tax(index("status"), UPDATE, with_brin).breaks_hot == ("status",)


def test_rows_in_key_order_cost_less_than_rows_all_over_the_index():
    assert tax(index("at"), INSERT).cost < 0.2 * tax(index("customer"), INSERT).cost


def test_few_distinct_values_keep_few_pages_busy():
    assert tax(index("status"), INSERT).cost < 0.2 * tax(index("note"), INSERT).cost


@pytest.mark.parametrize(
    ("cheap", "dear"),
    [
        (index("customer", method="brin"), index("customer")),
        (index("customer"), index("customer", include=("note",))),
        (index("customer"), index("customer", "note")),
        (index("customer", predicate="status = 'b'"), index("customer")),
        (index("customer"), replace(index("customer"), keys=(IndexKey(expression="to_tsvector('english', note)"),))),
        (index("tags", method="gin"), replace(index(), keys=(IndexKey("note", operator_class="gin_trgm_ops"),), method="gin")),
    ],
    ids=["brin", "include", "wider", "partial", "expression", "trigrams"],
)
def test_which_index_costs_more(cheap, dear):
    assert tax(cheap, INSERT).cost < tax(dear, INSERT).cost


def test_a_size_that_is_known_replaces_the_estimate():
    # in an index of one page all entries meet there
    assert tax(index("customer"), INSERT, sizes={index("customer"): 8192}).cost < 0.3 * tax(index("customer"), INSERT).cost


def test_the_prices_are_the_servers():
    catalog = replace(catalog_from_sql(SCHEMA), settings={"random_page_cost": "1.1", "effective_cache_size": "64MB"})
    assert tax(index("customer"), INSERT, catalog).cost < tax(index("customer"), INSERT).cost
    assert prices({"effective_cache_size": "16384"}).cache_pages == 16384
    assert prices({"effective_cache_size": "nonsense"}).cache_pages == 524288


@given(st.floats(0.1, 1e7), st.floats(1, 1e6), st.floats(1, 1e6))
def test_pages_fetched_are_at_most_the_fetches_and_at_least_one_in_two_of_few(fetches, pages, cache):
    found = pages_fetched(fetches, pages, cache)
    assert 0 <= found <= fetches * (1 + 1e-9)
    assert found >= min(fetches, pages) / 2
    assert pages > cache or found <= pages


@given(
    st.sampled_from(["btree", "hash", "gin", "gist", "spgist", "brin", "bloom"]), st.floats(0, 1e9), st.floats(1, 1e6), st.floats(1, 1e6)
)
def test_more_writes_never_cost_less(method, rows, entries, more):
    catalog = catalog_from_sql("CREATE TABLE t (a int);")
    table = replace(catalog.tables[0], rows=rows)
    one = entry_cost(index("a", method=method), table, catalog)
    assert 0 < one.adding(entries) <= one.adding(entries + more) * (1 + 1e-9)
    assert 0 < one.removing(entries) < one.removing(entries + more)
    assert one.adding(0) == 0


@pytest.mark.parametrize(
    ("predicate", "share"),
    [
        ("status = 'b'::text", 0.05),
        ("(status = 'b'::text)", 0.05),
        ("status = 'b'::text AND gone", 0.0005),
        ("NOT gone", 0.99),
        ("note IS NULL", 0.25),
        ("note IS NOT NULL", 0.75),
        ("status <> 'b'::text", 1.0),
        ("status = note", 1.0),
        ("lower(status) = 'b'", 1.0),
    ],
    ids=str,
)
def test_the_share_a_predicate_keeps_as_the_server_prints_it(predicate, share):
    catalog = catalog_from_sql(SCHEMA)
    assert kept_by(index("customer", predicate=predicate), usage_graph(Workload(()), catalog), catalog) == pytest.approx(share)


@pytest.mark.parametrize(
    ("key", "column", "values", "expected"),
    [
        (IndexKey("doc", operator_class="jsonb_path_ops"), "doc", ('{"a": 1, "b": [2, 2, 3]}',), 3),
        (IndexKey("doc"), "doc", ('{"a": 1, "b": [2, 2, 3]}',), 5),
        (IndexKey("note", operator_class="public.gin_trgm_ops"), "note", ("ab ab", "abc"), 3.5),
        (IndexKey(expression="to_tsvector('english'::regconfig, note)"), "note", ("a b c", "a a a"), 2),
        (IndexKey("note"), "note", ("not a key reader's type",), 10),  # a key per 8 bytes
    ],
    ids=["paths", "jsonb", "trigrams", "words", "unknown"],
)
def test_keys_of_one_row(key, column, values, expected):
    from indexadvisor.catalog.model import ColumnStatistics

    (table,) = catalog_from_sql(SCHEMA).tables
    statistics = ColumnStatistics(0.0, 80, -1, histogram_bounds=values)
    columns = tuple(replace(each, statistics=statistics if each.name == column else None) for each in table.columns)
    assert keys_of(key, replace(table, columns=columns)).per_row == pytest.approx(expected)


def test_the_elements_of_an_array_are_what_the_statistics_count():
    from indexadvisor.catalog.model import ColumnStatistics

    (table,) = catalog_from_sql(SCHEMA).tables
    statistics = ColumnStatistics(0.0, 80, -1, element_count_average=4.0, common_elements=("a", "b"), element_frequencies=(0.75, 0.25))
    columns = tuple(replace(each, statistics=statistics) for each in table.columns)
    found = keys_of(IndexKey("tags"), replace(table, columns=columns))
    assert (found.per_row, found.fresh) == (4.0, 0.75)


def test_keys_that_many_rows_share_are_written_together_unless_there_is_no_pending_list():
    from indexadvisor.catalog.model import ColumnStatistics

    (table,) = catalog_from_sql(SCHEMA).tables
    catalog = catalog_from_sql(SCHEMA)

    def cost(frequency, pending):
        statistics = ColumnStatistics(0.0, 80, -1, element_count_average=4.0, common_elements=("a",), element_frequencies=(frequency,))
        columns = tuple(replace(each, statistics=statistics if each.name == "tags" else each.statistics) for each in table.columns)
        return entry_cost(index("tags", method="gin"), replace(table, columns=columns), catalog, pending=pending).processor

    assert cost(0.9, True) < cost(0.1, True) < cost(0.9, False) == cost(0.1, False)


def counted(hours, inserted=240_000, updated=0, hot=0, deleted=0):
    """Return a catalog whose counters ran for so many hours."""
    catalog = catalog_from_sql(SCHEMA)
    activity = Activity(inserted, updated, deleted, hot, 1, 1, 1, 0, None, NOW - timedelta(hours=hours))
    return replace(catalog, read_at=NOW, tables=tuple(replace(table, activity=activity) for table in catalog.tables))


HOUR = CaptureQuality(first_at=NOW - timedelta(hours=1), last_at=NOW)


def test_writes_that_the_capture_missed_are_the_counters_over_its_time():
    found = tax(index("customer"), None, counted(24), quality=HOUR)
    assert (found.entries, found.from_counters, found.entries_per_hour) == (pytest.approx(10_000), True, pytest.approx(10_000))
    with_some = tax(index("customer"), INSERT, counted(24), quality=HOUR)
    assert with_some.entries == pytest.approx(10_000)
    more = tax(index("customer"), INSERT, counted(24), calls=50_000, quality=HOUR)
    assert (more.entries, more.from_counters) == (pytest.approx(50_000), False)


@pytest.mark.parametrize("hours", [0.5, 0.9], ids=str)
def test_counters_younger_than_the_capture_are_no_rate(hours):
    assert tax(index("customer"), None, counted(hours), quality=HOUR).cost is None


def test_a_capture_without_times_cannot_be_compared_with_counters():
    assert tax(index("customer"), None, counted(24)).cost is None


def test_updates_by_counters_cost_what_was_not_hot():
    found = tax(index("customer"), None, counted(24, 0, 240_000, 216_000), quality=HOUR)
    assert found.entries == pytest.approx(1000)
    assert tax(index("customer"), None, counted(24, 0, 0, 0, 240_000), quality=HOUR).cost > 0


def test_the_rate_is_of_the_moment_the_catalog_was_read():
    assert tax(index("customer"), INSERT, counted(24)).entries_per_hour == pytest.approx(10_000)
    assert tax(index("customer"), INSERT, replace(counted(24), read_at=None)).entries_per_hour is None


def test_an_existing_index_is_taxed_as_if_it_were_proposed():
    catalog = catalog_from_sql(SCHEMA + "CREATE INDEX by_status ON t (status);")
    load = workload_from_sql(f"-- query id=w calls=1000\n{UPDATE};")
    existing = next(each for each in catalog.indexes if each.name == "by_status")
    found = taxes_of_existing([existing], load, usage_graph(load, catalog), catalog, {})[existing]
    assert found == tax(index("status"), UPDATE)
    assert found.breaks_hot == ("status",)
