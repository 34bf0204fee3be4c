"""``--redact``: a secret planted in every field that holds captured text reaches no format."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexadvisor.candidates.generate import generate
from indexadvisor.candidates.model import Candidate
from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.lexer import tokens
from indexadvisor.report.document import document
from indexadvisor.report.redact import NOT_SHOWN, Redactor, redactor
from indexadvisor.report.sqltext import mask_literals
from indexadvisor.report.write import FORMATS, render
from indexadvisor.selection.model import Risk
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from indexadvisor.workload.model import Sample
from tests.fakes.document import sample, stages
from tests.fakes.schema import catalog_from_sql, workload_from_sql

SECRET = "hunter2Zebra"
NUMBER = "8675309"


def planted():
    """Return the sample's stages with the secret wherever a captured literal can be."""
    workload, usage, candidates, choice, catalog, info, effort = stages()
    first = workload.groups[0]
    text = f"SELECT * FROM memories WHERE title = '{SECRET}' AND id = {NUMBER} /* {SECRET} */ -- {NUMBER}"
    group = replace(first, text=text, normalized=text, samples=(Sample(text, (SECRET, NUMBER, None), duration_ms=1.0),))
    broken = replace(workload.groups[1], text=f"SELEC {SECRET} FRM", normalized=f"SELEC {SECRET} FRM")
    quality = replace(workload.quality, ignored=((f"statement '{SECRET}'", 3),))
    skipped = (
        Skipped("capture", "app.log:120", f"entry about {SECRET} is cut off"),
        Skipped("workload", f"title = '{SECRET}'", f'syntax error at or near "{SECRET}"'),
        Skipped("whatif", f"memories btree (id) WHERE id = {NUMBER}", f"the value {NUMBER} is refused"),
    )
    step = choice.steps[0]
    index = replace(
        step.candidate.index,
        keys=(IndexKey(expression=f"COALESCE(title, '{SECRET}'::text)"), *step.candidate.index.keys),
        predicate=f"title <> '{SECRET}' AND id <> {NUMBER}",
    )
    parted = replace(choice.steps[6].candidate.index, predicate=f"actor_id <> '{SECRET}'")
    risk = Risk("default-selectivity", f"there are no statistics on COALESCE(title, '{SECRET}'::text): a fixed guess", ("3f9ac1",))
    steps = (
        replace(step, risks=(risk,), candidate=Candidate(index, "partial", (f"title is {SECRET}",), ("3f9ac1",), (f"id is {NUMBER}",))),
        *choice.steps[1:6],
        replace(choice.steps[6], candidate=replace(choice.steps[6].candidate, index=parted)),
        *choice.steps[7:],
    )
    details = {"Filter": f"((title = '{SECRET}'::text) AND (id = {NUMBER}))", "Sort Key": [f"(title || '{SECRET}')"]}
    node = PlanNode("Seq Scan", 0, 9, 1, 4, relation="memories", alias="memories", details=details)
    outcome = replace(choice.queries[0], plan_before=Plan(node), plan_after=Plan(node), used=frozenset({index}))
    gin = replace(choice.not_costed[0][0], index=replace(choice.not_costed[0][0].index, predicate=f"lang = '{SECRET}'"))
    uses = usage.relations[0].uses
    relation = replace(usage.relations[0], uses=(*uses, replace(uses[0], expression=f"COALESCE(title, '{SECRET}'::text)")))
    return (
        replace(workload, groups=(group, broken, *workload.groups[2:]), quality=quality, skipped=skipped),
        replace(usage, relations=(relation, *usage.relations[1:])),
        candidates,
        replace(choice, steps=steps, queries=(outcome, *choice.queries[1:]), not_costed=((gin, f"no statistics for '{SECRET}'"),),
                skipped=(*choice.skipped, Skipped("selection", str(index), f"{index} saves too little")),
                drops=(_planted_drop(choice, index),)),
        catalog, info, effort,
    )  # fmt: skip


def _planted_drop(choice, index):
    condition = f"title <> '{SECRET}'::text AND id <> {NUMBER}"
    narrow = choice.drops[1]
    definition = replace(narrow.index.definition, predicate=condition)
    return replace(
        narrow, index=replace(narrow.index, definition=definition), reasons=(f"the proposed {index} does its work",),
        caveats=(f"the planner's statistics on COALESCE(title, '{SECRET}'::text) go with it",),
        replaced_by=replace(index, predicate=condition),
        undo_ddl=(f"CREATE INDEX CONCURRENTLY memories_user_id_idx ON public.memories USING btree (user_id) WHERE ({condition})",),
    )  # fmt: skip


def made(*, redact):
    return document(*planted(), seconds=1.0, limits=Limits(), redact=redact)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_planted_secret_is_in_any_format(kind):
    shown = render(made(redact=False), kind)
    masked = render(made(redact=True), kind)
    assert SECRET in shown  # the test can fail
    assert NUMBER in shown.replace(",", "")
    assert SECRET.lower() not in masked.lower()
    assert NUMBER not in masked


def test_masked_ddl_is_marked_and_does_not_run():
    doc = made(redact=True)
    item = doc.recommendations[0]
    assert item.masked
    assert "'?'" in item.ddl
    assert any("fill in" in caveat for caveat in item.caveats)
    script = render(doc, "sql")
    assert not any(line.startswith("CREATE") and "'?'" in line for line in script.splitlines())
    assert f"-- {item.statements[0]}" in script
    assert not doc.recommendations[1].masked
    assert f"\n{doc.recommendations[1].statements[0]}" in script


def test_names_of_masked_indexes_hold_no_literal_and_stay_distinct():
    doc = made(redact=True)
    names = [item.name for item in doc.recommendations]
    assert len(set(names)) == len(names)


def test_indexes_that_differ_only_in_a_literal_keep_two_names():
    workload, usage, candidates, choice, catalog, info, effort = stages()
    first, second = choice.steps[:2]
    twin = replace(first.candidate.index, predicate="lang = 'en'")
    other = replace(first.candidate.index, predicate="lang = 'de'")
    steps = (
        replace(first, candidate=replace(first.candidate, index=twin)),
        replace(second, candidate=replace(second.candidate, index=other)),
    )
    doc = document(
        workload, usage, candidates, replace(choice, steps=steps), catalog, info, effort, seconds=1.0, limits=Limits(), redact=True
    )
    assert doc.recommendations[0].definition == doc.recommendations[1].definition
    assert doc.recommendations[0].name != doc.recommendations[1].name


def test_a_query_that_does_not_parse_is_not_shown():
    doc = made(redact=True)
    query = next(query for query in doc.workload.queries if query.query_id == "a01b77")
    assert (query.text, query.title, query.captured) == (NOT_SHOWN, NOT_SHOWN, None)


def test_comments_and_constants_of_queries_go():
    doc = made(redact=True)
    query = next(query for query in doc.workload.queries if query.query_id == "3f9ac1")
    assert query.text == "SELECT * FROM memories WHERE title = $1 AND id = $2"


def test_places_query_ids_and_names_stay():
    workload, _, _, _, catalog, _, _ = stages()
    mask = redactor(workload, catalog, enabled=True)
    assert mask.subject("app.log:120") == "app.log:120"
    assert mask.subject("query 8e1f00") == "query 8e1f00"
    assert mask.prose('relation "memories" does not exist') == 'relation "memories" does not exist'
    assert mask.prose('relation "nobody" does not exist') == 'relation "…" does not exist'
    assert mask.prose("the query's columns don't fit") == "the query’s columns don’t fit"


def test_a_subject_is_only_kept_when_it_is_a_place():
    mask = Redactor(enabled=True)
    assert NUMBER not in mask.subject(f"x = {NUMBER}")
    assert SECRET not in mask.subject(f"t WHERE y = '{SECRET}:12")


def test_without_redact_nothing_changes():
    mask = redactor(stages()[0], stages()[4], enabled=False)
    text = "x = 'a' -- b"
    assert (mask.query(text), mask.sql(text), mask.prose(text), mask.subject(text)) == (text,) * 4


@pytest.mark.parametrize(
    "literal",
    [
        f"'{SECRET}'", f"E'\\'{SECRET}'", f"$${SECRET}$$", f"$a${SECRET}$b$ {SECRET}$a$", f"N'{SECRET}'", f"U&'{SECRET}' UESCAPE '!'",
        f"'it''s {SECRET}'", f"'cut {SECRET}", f"E'cut \\' {SECRET}", f"'a\\' {SECRET}'", f"date'{SECRET}'", f"/* /* */ {SECRET} */",
        f"-- {SECRET}", f"$$cut {SECRET}", f"'{{{SECRET},b}}'::text[]", f"X'{SECRET}'", f"'a' '{SECRET}'", f"'a'\n'{SECRET}'",
    ],
)  # fmt: skip
def test_every_form_of_literal_is_masked(literal):
    assert SECRET not in mask_literals(f"a = {literal}")


@pytest.mark.parametrize("number", [NUMBER, f"-{NUMBER}", f"{NUMBER}.5e3", f"0x{NUMBER}", f".{NUMBER}", f"1_{NUMBER}"])
def test_every_form_of_number_is_masked(number):
    assert NUMBER not in mask_literals(f"a > {number}")


def test_identifiers_and_placeholders_stay():
    text = 'lower("My col2") = $1 AND t2.c3 IS NULL'
    assert mask_literals(text) == text


@given(st.text())
def test_the_scanner_loses_nothing(text):
    assert "".join(token.text for token in tokens(text)) == text


@given(st.text(alphabet="ab1 =<>()[].,:;+%~@#&|^\n"), st.text(max_size=12))
def test_a_quoted_value_never_survives(before, around):
    quoted = "'" + f"{around}{SECRET}{around}".replace("'", "''") + "'"
    assert SECRET not in mask_literals(f"{before} = {quoted} OR {before}")


@pytest.mark.parametrize(
    "text", [f"' = '{SECRET}'", f"\" = '{SECRET}'", f"{SECRET}' AND b", f"$a$ {SECRET}", f"E'x\\' {SECRET}", f"a = '{SECRET}''"]
)
def test_text_whose_quotes_do_not_balance_is_masked_whole(text):
    assert mask_literals(text) == "'?'"


@pytest.mark.parametrize("text", ["''", "''''", r"E'\\'", r"E'\''", "$$$$", "$a$b$a$", "U&'x'", "'a''b'"])
def test_a_complete_literal_is_one_token(text):
    assert [token.text for token in tokens(text)] == [text]
    assert mask_literals(f"{text} = lower(x)") == "'?' = lower(x)"


def test_redacted_json_is_still_valid():
    doc = json.loads(render(sample(redact=True), "json"))
    assert doc["redacted"] is True
    assert all(query["captured"] is None for query in doc["workload"]["queries"])


def test_a_known_value_of_several_words_and_numbers_goes_as_a_whole():
    workload, _, _, _, catalog, _, _ = stages()
    group = replace(workload.groups[0], samples=(Sample("SELECT $1", ("green 12 parrots",)), Sample("SELECT $1", ("green",))))
    mask = redactor(replace(workload, groups=(group,)), catalog, enabled=True)
    assert mask.prose("invalid value green 12 parrots here") == "invalid value … here"
    assert mask.prose("evergreen is another word") == "evergreen is another word"


# our own sentences


def test_the_way_back_of_a_dropped_index_is_masked_and_marked():
    (item,) = made(redact=True).drops
    assert item.masked
    assert item.statement == "DROP INDEX CONCURRENTLY public.memories_user_id_idx;"
    assert item.undo[0].endswith("WHERE (title <> '?'::text AND id <> '?');")
    assert "fill in the constants" in render(made(redact=True), "sql")
    assert not made(redact=False).drops[0].masked


SHOP = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, status text, kind text, total numeric, placed_at timestamptz, note text);
-- rows orders 500000
"""
ASKED = """
-- query id=q1 calls=900
SELECT id FROM orders WHERE customer_id = $1 AND status = $2 AND total > 4321 ORDER BY placed_at DESC LIMIT 20
-- parameters 17 | {value}
-- parameters 18 | {value}
-- query id=q2 calls=40
SELECT count(*) FROM orders WHERE lower(note) = '{value}' AND kind = '{value}'
-- query id=q3 calls=4
SELECT id FROM orders WHERE note LIKE '{value}%' AND coalesce(kind, '{value}') = '{value}'
"""


def words_of(value):
    """Return every sentence of the candidates stage on a workload that asks for one value, and its redactor."""
    catalog, workload = catalog_from_sql(SHOP), workload_from_sql(ASKED.format(value=value))
    usage = usage_graph(workload, catalog)
    found = generate(usage, catalog, Limits())
    said = {text for candidate in found.candidates for text in (*candidate.reasons, *candidate.assumptions)}
    said |= {item.reason for item in found.skipped} | {item.subject for item in found.skipped}
    return sorted(said), redactor(workload, catalog, enabled=True, usage=usage)


@pytest.mark.parametrize("value", ["equality", "order", "index", "rows", "the", "scan"])
def test_a_value_that_is_a_word_of_ours_does_not_hole_our_sentences(value):
    said, mask = words_of(value)
    others, other_mask = words_of("xyzzy")
    assert any(f"'{value}'" in text for text in said)  # the value does reach sentences
    shown = {mask.composed(text) for text in said}
    assert not any(f"'{value}'" in text for text in shown)
    # the same sentences as of a value that is no word of anyone's
    assert shown == {other_mask.composed(text) for text in others}
    assert mask.composed("the index keeps rows in order: equality, then a scan") == "the index keeps rows in order: equality, then a scan"


@pytest.mark.parametrize("value", [SECRET, "two words", "O.Neil@example.org", "Ümlaut", "x1y2", "987654321"])
def test_no_value_is_left_in_a_sentence_of_the_candidates(value):
    said, mask = words_of(value)
    assert any(value in text for text in said)
    assert not any(value in mask.composed(text) for text in said)
    assert not any("4321" in mask.composed(text) for text in said)


def test_figures_of_ours_stay_and_those_of_the_sql_go():
    said, mask = words_of("open")
    conditions = [text for text in said if "4321" in text]
    assert conditions
    assert not any("4321" in mask.composed(text) for text in conditions)
    assert mask.composed("keeping it up to date would cost 1,250, more than the 88.5 it saves (3.1 %)") == (
        "keeping it up to date would cost 1,250, more than the 88.5 it saves (3.1 %)"
    )
    # short numbers are only known by the SQL around them
    assert mask.composed("the first 20 rows are enough") == "the first 20 rows are enough"


def test_messages_of_others_are_masked_word_by_word():
    _, mask = words_of("open")
    message = "Key (status)=(open) already exists in 3 places"
    assert mask.prose(message) == "Key (status)=(…) already exists in … places"
    shown = mask.skipped(Skipped("whatif", "query q1", message))
    assert shown == Skipped("whatif", "query q1", "Key (status)=(…) already exists in … places")
    ours = Skipped("selection", "orders btree (status)", "no plan keeps it open in 3 places")
    assert mask.skipped(ours) == ours


@given(st.text(alphabet="abc' \"$-/*E", max_size=30), st.text(alphabet="abc' \"$-/*E", max_size=30))
def test_a_literal_in_a_sentence_of_ours_never_survives(before, after):
    mask = Redactor(enabled=True)
    literal = "'" + f"{SECRET}{after}".replace("'", "''") + "'"
    assert SECRET not in mask.composed(f"{before.replace(chr(39), '')} holds rows WHERE x = {literal}")
