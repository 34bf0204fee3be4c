"""Which statements are alike for indexing, from their text; and the lookups of foreign keys after one pass over the workload."""

from __future__ import annotations

import pytest

from indexadvisor.candidates.generate import generate
from indexadvisor.candidates.represented import smaller
from indexadvisor.catalog.model import Catalog, Column, ForeignKey, ServerInfo, Table, TableName
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.usage.structure import outline, structure
from indexadvisor.workload.compress import Rule
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

PARENT, CHILD = TableName("public", "parent"), TableName("public", "child")


def column(name, type_name="integer"):
    return Column(name, type_name, type_name, "N" if type_name == "integer" else "S", False)


def catalog():
    columns = (column("id"), column("ref"), column("kind"), column("state", "text"), column("note", "text"))
    return Catalog(
        server=ServerInfo(180000, "18.0", "db"),
        tables=tuple(Table(name, "r", columns, rows=1e6, pages=10_000) for name in (PARENT, CHILD)),
        foreign_keys=(ForeignKey("child_ref", CHILD, ("ref",), PARENT, ("id",)),),
    )


def workload(*texts, ms=None):
    kinds = {"SELECT": StatementKind.SELECT, "UPDATE": StatementKind.UPDATE, "DELETE": StatementKind.DELETE}
    return Workload(tuple(
        QueryGroup(f"q{n}", text, text, kinds[text.split()[0]], 1, (Sample(text, ()),), total_ms=ms[n] if ms else 1.0)
        for n, text in enumerate(texts)
    ))  # fmt: skip


def shapes(what, *texts):
    usage = usage_graph(workload(*texts), catalog())
    return [what(usage.of_query(f"q{n}")) for n in range(len(texts))]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("SELECT c.note FROM child AS c WHERE c.kind = 7 AND c.ref > 3", id="alias"),
        pytest.param("SELECT note FROM child WHERE ref > 3 AND kind = 7", id="order-of-conditions"),
        pytest.param("SELECT upper(note) FROM child WHERE kind = 7 AND ref > 3", id="computed-output"),
    ],
)
def test_spelling_does_not_make_a_structure(other):
    first, second = shapes(structure, "SELECT note FROM child WHERE kind = 7 AND ref > 3", other)
    assert first == second


@pytest.mark.parametrize(
    ("other", "same_outline"),
    [
        pytest.param("SELECT note, id FROM child WHERE kind = 7", True, id="output"),
        pytest.param("SELECT note FROM child WHERE kind = 8", True, id="constant-of-every-call"),
        pytest.param("SELECT note FROM child WHERE kind > 7", False, id="operator"),
        pytest.param("SELECT note FROM child WHERE ref = 7", False, id="column"),
        pytest.param("SELECT note FROM parent WHERE kind = 7", False, id="table"),
        pytest.param("SELECT note FROM child WHERE kind = 7 ORDER BY ref LIMIT 5", False, id="order"),
        pytest.param("SELECT child.note FROM child JOIN parent ON parent.id = child.ref WHERE child.kind = 7", False, id="join"),
    ],
)
def test_what_an_index_can_tell_apart_makes_a_structure(other, same_outline):
    texts = "SELECT note FROM child WHERE kind = 7", other
    first, second = shapes(structure, *texts)
    assert first != second
    first, second = shapes(outline, *texts)
    assert (first == second) is same_outline


def test_updates_of_other_columns_have_other_outlines():
    first, second = shapes(outline, "UPDATE child SET note = 'x' WHERE id = 1", "UPDATE child SET state = 'x' WHERE id = 1")
    assert first != second


def test_a_workload_shrinks_together_with_its_candidates():
    texts = (
        "SELECT note FROM child WHERE kind = 7",
        "SELECT c.note FROM child c WHERE c.kind = 7",
        "SELECT note FROM parent WHERE state = 'a'",
    )
    whole, known = workload(*texts, ms=[900.0, 90.0, 1.0]), catalog()
    usage = usage_graph(whole, known)
    candidates = generate(usage, known, Limits())
    small, left = smaller(whole, usage, known, candidates)
    assert {each.query_id: (each.by, each.rule) for each in small.represented} == {"q1": ("q0", Rule.SAME), "q2": (None, Rule.APART)}
    assert {each.index.table for each in candidates.candidates} == {CHILD, PARENT}
    assert {each.index.table for each in left.candidates} == {CHILD}
    assert any(item.stage == "compress" and item.subject.endswith("candidates") for item in left.skipped)


def test_lookups_of_a_foreign_key_count_deletes_and_key_updates_of_its_parent_alone():
    whole = workload("DELETE FROM parent WHERE kind = 1", "UPDATE parent SET id = 2 WHERE id = 1", "UPDATE parent SET note = ''",
                     "DELETE FROM child WHERE id = 1", "SELECT id FROM parent")  # fmt: skip
    assert usage_graph(whole, catalog()).calls["fk:child_ref"] == 2
