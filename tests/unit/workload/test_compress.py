"""Templates that are alike stand for each other, nothing is lost, and the error is stated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.workload.compress import Alike, Rule, check, compress
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload

SELECT, UPDATE = StatementKind.SELECT, StatementKind.UPDATE


def template(query_id, ms=1.0, calls=1, kind=SELECT, samples=1, rows=None):
    made = tuple(Sample(f"{query_id} {number}", (), 1 / samples + (0.1 if number == 1 else 0.0)) for number in range(samples))
    return QueryGroup(query_id, query_id, query_id, kind, calls, made, total_ms=ms, rows=rows)


def alike(structures=None, outlines=None, served=None, pages=1.0):
    """A template without an entry is like no other."""
    structures, outlines = structures or {}, outlines or {}
    return Alike(
        lambda query_id: structures.get(query_id, query_id),
        lambda query_id: outlines.get(query_id, query_id),
        lambda query_id: pages[query_id] if isinstance(pages, dict) else pages,
        lambda query_id: served is None or query_id in served,
    )


def by_of(compressed):
    return {each.query_id: (each.by, each.rule) for each in compressed.represented}


def test_the_heaviest_of_one_structure_carries_the_calls_times_and_rows_of_all():
    workload = Workload((template("light", 5.0, 10, rows=1), template("heavy", 50.0, 3, rows=2), template("other", 9.0, 7)))
    made = compress(workload, alike({"light": "s", "heavy": "s"}), tail=0.0)
    assert [(group.query_id, group.calls, group.total_ms, group.rows) for group in made.workload.groups] == [
        ("heavy", 13, 55.0, 3), ("other", 7, 9.0, None),
    ]  # fmt: skip
    assert by_of(made) == {"light": ("heavy", Rule.SAME)}
    assert made.shares[Rule.SAME] == pytest.approx(5 / 64)


def test_rows_that_one_member_does_not_know_are_unknown():
    workload = Workload((template("a", 2.0, rows=3), template("b", 1.0)))
    assert compress(workload, alike({"a": "s", "b": "s"}), tail=0.0).workload.groups[0].rows is None


def test_statements_of_another_kind_are_never_alike():
    workload = Workload((template("read", 2.0), template("write", 1.0, kind=UPDATE)))
    assert not compress(workload, alike({"read": "s", "write": "s"}, {"read": "o", "write": "o"}), tail=0.5).represented


def test_what_nothing_is_known_of_stands_for_itself():
    workload = Workload((template("a", 2.0), template("b", 1.0)))
    unknown = Alike(lambda _: None, lambda _: None, lambda _: 0.0, lambda _: False)
    assert not compress(workload, unknown, tail=0.0).represented


def test_templates_without_candidates_share_one_of_their_outline_however_heavy():
    workload = Workload((template("a", 50.0), template("b", 49.0), template("served", 40.0)))
    made = compress(workload, alike(outlines=dict.fromkeys(("a", "b", "served"), "o"), served={"served"}), tail=0.0)
    assert by_of(made) == {"b": ("a", Rule.IDLE)}


def test_light_templates_are_represented_by_their_outline_or_set_aside():
    workload = Workload((template("heavy", 1000.0), template("alike", 1.0), template("lonely", 2.0), template("writes", 1.5, kind=UPDATE)))
    made = compress(workload, alike(outlines={"heavy": "o", "alike": "o"}), tail=0.005)
    assert by_of(made) == {"alike": ("heavy", Rule.LIGHT), "lonely": (None, Rule.APART)}
    assert [group.query_id for group in made.workload.groups] == ["heavy", "writes"], "writes make indexes dearer"
    assert sum(made.shares.values()) <= 0.005


def test_templates_beyond_the_bound_count_as_light_and_the_share_says_so():
    workload = Workload(tuple(template(f"q{number}", 10.0 - number) for number in range(5)))
    made = compress(workload, alike(), tail=0.0, most=2)
    assert [group.query_id for group in made.workload.groups] == ["q0", "q1"]
    assert made.shares[Rule.APART] == pytest.approx((8 + 7 + 6) / 40)


def test_light_templates_keep_their_main_sample_and_heavy_ones_all():
    workload = Workload((template("heavy", 99.0, samples=3), template("light", 1.0, samples=3)))
    made = compress(workload, alike(), tail=0.0, head=0.95)
    heavy, light = made.workload.groups
    assert heavy.samples == workload.groups[0].samples
    assert [(sample.text, sample.share) for sample in light.samples] == [("light 1", 1.0)]
    assert made.samples_left_out == 2


def test_load_without_a_time_goes_by_calls_and_pages_in_proportion_to_those_with_one():
    # 10 ms for 2 calls of 5 pages: 1 ms a page
    workload = Workload((template("timed", 10.0, 2), template("untimed", None, 3), template("small", None, 3)))
    made = compress(workload, alike(dict.fromkeys(("untimed", "small"), "s"), pages={"timed": 5, "untimed": 4, "small": 2}), tail=0.0)
    assert by_of(made) == {"small": ("untimed", Rule.SAME)}
    assert made.represented[0].load == pytest.approx(6 / (10 + 12 + 6))


def test_every_query_is_named_with_its_representative():
    workload = Workload((template("heavy", 1000.0), template("same", 500.0), template("lonely", 1.0)))
    made = compress(workload, alike({"heavy": "s", "same": "s"}), tail=0.005)
    said = {item.subject: item.reason for item in made.skipped}
    assert said["query same"] == "costed as query heavy, which uses the same columns in the same way"
    assert said["query lonely"].endswith("1 light queries, unlike any other, that hold 0.07% of the load together")


GROUPS = st.lists(
    st.tuples(
        st.integers(0, 1000), st.integers(1, 50), st.sampled_from((SELECT, UPDATE)), st.integers(0, 4), st.integers(0, 2), st.booleans()
    ),
    max_size=25,
)  # fmt: skip


@given(GROUPS, st.sampled_from((0.0, 0.01, 0.3)), st.sampled_from((None, 0, 3)))
def test_nothing_is_lost_and_representatives_stand_for_themselves(drawn, tail, most):
    groups = tuple(template(f"q{n}", float(ms), calls, kind) for n, (ms, calls, kind, *_) in enumerate(drawn))
    structures = {f"q{n}": each[3] for n, each in enumerate(drawn)}
    outlines = {f"q{n}": each[4] for n, each in enumerate(drawn)}
    served = {f"q{n}" for n, each in enumerate(drawn) if each[5]}
    made = compress(Workload(groups), alike(structures, outlines, served), tail=tail, most=most)
    represented = {each.query_id for each in made.represented}
    assert represented | made.query_ids == {group.query_id for group in groups}
    assert not represented & made.query_ids
    assert {each.by for each in made.represented} - {None} <= made.query_ids
    apart = {each.query_id for each in made.represented if each.by is None}
    assert sum(group.calls for group in made.workload.groups) == sum(g.calls for g in groups if g.query_id not in apart)
    assert not any(group.writes for group in groups if group.query_id in apart)
    if most is None:
        assert made.shares[Rule.APART] + made.shares[Rule.LIGHT] <= tail + 1e-9


def test_the_check_states_how_far_representatives_are_off():
    workload = Workload((template("heavy", 60.0), template("same", 40.0)))
    made = compress(workload, alike({"heavy": "s", "same": "s"}), tail=0.0)
    found = check(workload, made, lambda group: {"heavy": (100.0, 50.0), "same": (80.0, 48.0)}[group.query_id])
    assert found is not None
    assert (found.checked, found.cost, found.saving) == (1, pytest.approx(0.25), pytest.approx(0.1))
    assert found.worst_saving == pytest.approx(0.1)
    assert found.workload == pytest.approx(0.04)
    assert "1 represented queries" in found.sentence()


def test_a_check_of_nothing_says_nothing():
    workload = Workload((template("heavy", 60.0), template("same", 40.0)))
    made = compress(workload, alike({"heavy": "s", "same": "s"}), tail=0.0)
    assert check(workload, made, lambda _: None) is None
    assert check(workload, compress(workload, alike()), lambda _: (1.0, 1.0)) is None


def test_the_check_asks_a_bounded_repeatable_sample_and_each_query_once():
    workload = Workload(tuple(template(f"q{n}", 100.0 - n) for n in range(30)))
    made = compress(workload, alike({f"q{n}": "s" for n in range(30)}), tail=0.0)

    def asked(seed):
        seen = []
        check(workload, made, lambda group: seen.append(group.query_id) or (2.0, 1.0), most=5, seed=seed)
        return seen

    assert asked(1) == asked(1)
    assert len(asked(1)) == len(set(asked(1))) == 6
