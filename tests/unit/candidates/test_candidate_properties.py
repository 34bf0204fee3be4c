"""What holds for every set of column uses, whatever it is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from indexadvisor.candidates.example import ORDERS, USERS
from indexadvisor.candidates.generate import PER_QUERY, generate
from indexadvisor.candidates.immutable import columns_of
from indexadvisor.candidates.merge import MERGED_PER_TABLE
from indexadvisor.catalog.model import Catalog, Index, IndexDef, IndexKey, ServerInfo
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnRef, ColumnUse, RelationUse, UsageGraph, UseKind

CATALOG = Catalog(
    ServerInfo(150000, "15.0", "shop"),
    tables=(ORDERS, USERS),
    indexes=(
        Index("orders_pkey", IndexDef(ORDERS.name, (IndexKey("id"),), unique=True), "", constraint="p"),
        Index("orders_status", IndexDef(ORDERS.name, (IndexKey("status"), IndexKey("total"))), ""),
    ),
    extensions={"pg_trgm": "1.6"},
)
OPERATORS = ("=", "<", ">", "@>", "&&", "~~", "~~*", "is null", "is not null", "?", "@@", "<->", "= any", "")
EXPRESSIONS = (None, None, None, "lower(status)", "details ->> 'kind'", "date_trunc('day', placed_at)", "now()", "a), (b", "")
PREDICATES = (None, None, "status = 'open'", "total IS NULL", "placed_at > now()", "total > 5 OR status = 'x'")
columns = st.sampled_from([column.name for column in ORDERS.columns] + ["ctid"])
uses = st.builds(
    ColumnUse,
    kind=st.sampled_from(list(UseKind)),
    columns=st.lists(columns, min_size=1, max_size=3, unique=True).map(tuple),
    expression=st.sampled_from(EXPRESSIONS),
    operator=st.sampled_from(OPERATORS),
    partner=st.sampled_from([None, ColumnRef("u", USERS.name, "id"), ColumnRef("v", USERS.name, "email")]),
    descending=st.booleans(),
    nulls_first=st.booleans(),
    position=st.integers(0, 3),
    predicate=st.sampled_from(PREDICATES),
    from_parameter=st.booleans(),
    branch=st.sampled_from([(), (), (0, 0), (0, 1)]),
    row_comparison=st.sampled_from([None, None, None, 1, 2]),
    origin=st.sampled_from(["query", "policy mine", "foreign key orders_fk"]),
)
relations = st.builds(
    RelationUse,
    query_id=st.sampled_from(["q1", "q2", "q3"]),
    table=st.just(ORDERS.name),
    alias=st.sampled_from(["o", "p"]),
    uses=st.lists(uses, max_size=9).map(tuple),
    ordered_alone=st.booleans(),
    limited=st.booleans(),
    outputs_all=st.booleans(),
    target=st.booleans(),
)
graphs = st.lists(relations, max_size=5).map(lambda found: UsageGraph(tuple(found), {"q1": 10, "q2": 900, "q3": 1}))
limits = st.builds(Limits, max_key_columns=st.integers(1, 5), covering=st.booleans())


@settings(max_examples=150, deadline=None)
@given(graphs, limits)
def test_candidates_are_sound(graph, limit):
    result = generate(graph, CATALOG, limit)
    definitions = [candidate.index for candidate in result.candidates]
    assert len(set(definitions)) == len(definitions)
    assert [str(d) for d in definitions] == sorted(str(d) for d in definitions)
    assert len(definitions) <= 3 * PER_QUERY + 4 * MERGED_PER_TABLE
    for candidate in result.candidates:
        index = candidate.index
        names = [key.text for key in index.keys]
        assert len(set(names)) == len(names) <= limit.max_key_columns
        assert {*index.columns, *index.include} <= ORDERS.by_name.keys()
        assert not set(index.include) & set(index.columns)
        assert not index.include or (limit.covering and index.method == "btree")
        assert candidate.reasons
        assert candidate.query_ids
        assert set(candidate.query_ids) <= {"q1", "q2", "q3"}
        assert all(columns_of(key.expression, ORDERS) for key in index.keys if key.expression is not None)
        assert "now()" not in str(index)
    assert all(skipped.stage == "candidates" and skipped.subject and skipped.reason for skipped in result.skipped)


@settings(max_examples=50, deadline=None)
@given(graphs, limits, st.randoms())
def test_the_order_of_occurrences_decides_nothing_but_ties(graph, limit, random):
    first = generate(graph, CATALOG, limit)
    assert first == generate(UsageGraph(graph.relations, graph.calls), CATALOG, limit)
    shuffled = list(graph.relations)
    random.shuffle(shuffled)
    again = generate(UsageGraph(tuple(shuffled), graph.calls), CATALOG, limit)
    if not any("not tried" in skipped.reason for skipped in (*first.skipped, *again.skipped)):
        assert {c.index for c in first.candidates} == {c.index for c in again.candidates}
