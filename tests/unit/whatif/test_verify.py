"""What the server says to the choice: figures of the same queries side by side, and what it cannot say."""

from __future__ import annotations

import pytest

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.findings import Skipped
from indexadvisor.whatif.interface import Reading, SourceInfo
from indexadvisor.whatif.verify import Claim, verify
from indexadvisor.workload.model import Sample
from tests.fakes.costs import NONE, ModelCosts

ORDERS = TableName("public", "orders")
PLAIN = IndexDef(ORDERS, (IndexKey("customer_id"),))
TAGS = IndexDef(ORDERS, (IndexKey("tags"),), method="gin")
LOWER = IndexDef(ORDERS, (IndexKey(expression="lower(note)"),))
A, B = Sample("a", share=0.75), Sample("b", share=0.25)
READINGS = {sample: Reading("query q", frozenset({ORDERS}), 1) for sample in (A, B)}


class Server(ModelCosts):
    extension_version = "1.4.1"

    @property
    def info(self):
        return SourceInfo("hypopg", "15.4", "HypoPG")

    def blind_to(self, index, sample, relations):
        return index == LOWER


def server(**more):
    plans = {
        "a": [(NONE, 1000.0), (frozenset({PLAIN}), 10.0), (frozenset({LOWER}), 900.0)],
        "b": [(NONE, 200.0), (frozenset({PLAIN}), 100.0), (frozenset({LOWER}), 20.0)],
    }
    return Server(plans, refused={TAGS: "HypoPG cannot create gin indexes"}, **more)


def claim(query_id, samples, before, after, *used, calls=10):
    return Claim(query_id, calls, samples, before, after, frozenset(used))


def test_costs_are_the_servers_averaged_by_share_and_summed_by_calls():
    claims = [claim("q1", (A, B), 820.0, 30.0, PLAIN), claim("q2", (B,), 220.0, 90.0, PLAIN, calls=2)]
    found = verify(server(), {PLAIN}, claims, READINGS.get)
    assert [(query.query_id, query.cost_before, query.cost_after) for query in found.queries] == [("q1", 800.0, 32.5), ("q2", 200.0, 100.0)]
    assert (found.cost_before, found.cost_after) == (8400.0, 525.0)
    assert (found.estimated_before, found.estimated_after) == (8640.0, 480.0)
    assert (found.indexes, found.of_indexes, found.server_version, found.extension_version) == (1, 1, "15.4", "1.4.1")
    assert found.doubtful == ()
    assert found.unverified == ()


@pytest.mark.parametrize(("estimated_after", "confirmed"), [(100.0, True), (1.0, True), (0.0, True), (150.0, True)])
def test_a_saving_of_half_is_confirmed(estimated_after, confirmed):
    found = verify(server(), {PLAIN}, [claim("q", (B,), 200.0, estimated_after, PLAIN)], READINGS.get)
    assert found.queries[0].confirmed is confirmed


def test_a_saving_that_the_server_does_not_see_is_doubtful():
    slow = Server({"a": [(NONE, 1000.0), (frozenset({PLAIN}), 700.0)]})
    found = verify(slow, {PLAIN}, [claim("q", (A,), 1000.0, 10.0, PLAIN)], READINGS.get)
    assert [query.query_id for query in found.doubtful] == ["q"]


def test_what_hypopg_cannot_make_is_named_and_its_query_left_out():
    claims = [claim("q1", (A,), 1000.0, 5.0, TAGS, PLAIN), claim("q2", (A,), 1000.0, 10.0, PLAIN)]
    found = verify(server(), {PLAIN, TAGS}, claims, READINGS.get)
    assert [query.query_id for query in found.queries] == ["q2"]
    assert found.unverified == (
        Skipped("verify", f"{TAGS}", "HypoPG cannot create gin indexes"),
        Skipped("verify", "query q1", f"its plan uses what HypoPG cannot make: {TAGS}"),
    )
    assert (found.indexes, found.of_indexes) == (1, 2)


def test_what_hypopg_sees_too_little_of_counts_only_where_it_confirms():
    found = verify(server(), {LOWER}, [claim("qa", (A,), 1000.0, 8.0, LOWER), claim("qb", (B,), 200.0, 8.0, LOWER)], READINGS.get)
    assert [query.query_id for query in found.queries] == ["qb"]
    assert [item.subject for item in found.unverified] == ["query qa"]
    assert str(LOWER) in found.unverified[0].reason


def test_queries_that_the_choice_does_not_touch_are_not_asked_about():
    source = server()
    found = verify(source, {PLAIN}, [claim("q", (A,), 1000.0, 1000.0)], READINGS.get)
    assert (found.queries, found.unverified, source.asked) == ((), (), [])


def test_a_refused_statement_is_named_and_the_rest_goes_on():
    found = verify(server(failing=["a"]), {PLAIN}, [claim("q1", (A,), 1, 0.1, PLAIN), claim("q2", (B,), 200, 90, PLAIN)], READINGS.get)
    assert [query.query_id for query in found.queries] == ["q2"]
    assert found.unverified == (Skipped("verify", "query q1", "the server refused it: refused: a"),)


def test_ctrl_c_keeps_what_is_known_by_then():
    class Stopped(Server):
        def _answer(self, sample, indexes):
            if sample == B:
                raise KeyboardInterrupt
            return super()._answer(sample, indexes)

    source = Stopped({"a": [(NONE, 1000.0), (frozenset({PLAIN}), 10.0)], "b": [(NONE, 200.0)]})
    claims = [claim("q1", (A,), 1000.0, 10.0, PLAIN), claim("q2", (B,), 200.0, 90.0, PLAIN), claim("q3", (A,), 1000.0, 10.0, PLAIN)]
    found = verify(source, {PLAIN}, claims, READINGS.get)
    assert [query.query_id for query in found.queries] == ["q1"]
    assert [item.subject for item in found.unverified] == ["query q2", "query q3"]


def test_words_are_masked_where_the_report_is():
    class Mask:
        def subject(self, text):
            return text.upper()

        def prose(self, text):
            return "hidden"

    found = verify(server(), {TAGS}, [claim("q1", (A,), 1000.0, 5.0, TAGS)], READINGS.get).shown_by(Mask())
    assert {item.reason for item in found.unverified} == {"hidden"}
    assert {item.subject for item in found.unverified} == {str(TAGS).upper(), "QUERY Q1"}
