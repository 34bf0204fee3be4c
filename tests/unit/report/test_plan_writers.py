"""Writers of analysed plans: what they show, and that nothing hostile leaves its place."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from indexadvisor.explain.engine import analyse
from indexadvisor.explain.reading import read
from indexadvisor.report.plan import terminal
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.write import FORMATS, render
from tests.fakes.plan_results import HOSTILE, PREDICTED, STATEMENT, TIMED, hostile_result, timed_result

WIDTHS = (60, 80, 100, 160)
DDL = "CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders USING btree (status)"


def untimed():
    return PlanResult("plain.txt", analyse(read(PREDICTED).plans[0]))


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_every_kind_of_plan(form):
    for results in ([timed_result()], [untimed()], [timed_result(), untimed()], [hostile_result()]):
        text = render(results, form)
        assert text.endswith("\n") or form in ("html", "github")
        assert text == render(results, form)


@pytest.mark.parametrize("form", ["text", "md", "html", "json", "github"])
def test_a_reader_finds_finding_advice_and_outcome(form):
    text = render([timed_result()], form)
    assert "EX01" in text
    assert "orders" in text
    if form != "github":
        assert DDL in text.replace("\n    ", " ")
        assert "orders_status_idx" in text


@pytest.mark.parametrize("form", ["text", "md", "github"])
def test_no_control_character_of_a_plan_reaches_a_terminal(form):
    text = render([hostile_result()], form)
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal(width):
    for result in (timed_result(), untimed()):
        text = terminal.plain([result], width, verbose=False)
        assert max(map(len, text.splitlines())) <= width
        assert all(line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("width", WIDTHS)
def test_lines_of_a_finding_hang_below_its_message(width):
    lines = terminal.plain([timed_result()], width, verbose=False).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("EX01"))
    wrapped = lines[start + 1]
    assert wrapped.startswith("  ")


def test_an_outcome_and_its_statement_are_said_once():
    text = terminal.plain([timed_result()], 200, verbose=False)
    assert text.count(DDL) == 1
    assert text.count("or, at 37.2 MB, cost 1,100: CREATE INDEX CONCURRENTLY orders_wider_idx") == 1
    assert text.count("the planner takes it: cost 21,710 → 1,210, 17.9× cheaper") == 1


def test_wide_terminals_show_the_predicted_plan_beside_the_present_one():
    wide, narrow = (terminal.plain([timed_result()], width, verbose=False) for width in (160, 100))
    assert re.search(r"present plan +predicted plan", wide)
    assert re.search(r"- .*Seq Scan on orders o .*\+ .*Index Scan using orders_status_idx on orders o", wide)
    assert "~ Seq Scan on orders o -> Index Scan using orders_status_idx on orders o" in narrow.replace("  ", " ")


def test_the_tree_names_the_numbers_that_findings_refer_to():
    text = terminal.plain([timed_result()], 120, verbose=False)
    assert "(node 2)" in text
    assert re.search(r" 2  +.*Seq Scan on orders o", text)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.ids, self.attributes = [], [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]


def parsed(text):
    page = Page()
    page.feed(text)
    return page


def test_the_page_has_one_script_no_inline_style_and_no_handler():
    page = parsed(render([hostile_result(), timed_result()], "html"))
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert "img" not in page.tags
    assert "style" not in page.attributes
    assert not [name for name in page.attributes if name.startswith("on")]
    assert len(page.ids) == len(set(page.ids))


def test_the_page_holds_every_property_of_every_node():
    result = hostile_result()
    text = render([result], "html")
    for name in ("shared hit", "Unknown", "Worker 0", "startup cost", "generation ms", "memory used bytes"):
        assert name in text
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;window.pwned=1") > 30


def test_links_of_the_page_lead_somewhere():
    text = render([timed_result(), untimed()], "html")
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r'id="([^"]+)"', text))


def test_json_is_finite_ascii_and_has_the_trial():
    text = render([timed_result(), hostile_result()], "json")
    assert text.isascii()
    document = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    trial = document["plans"][0]["tried"]["trials"][0]
    assert (trial["outcome"], trial["cost_before"], trial["cost_after"], trial["sql"]) == ("taken", 21710.0, 1210.0, [DDL])
    assert document["plans"][0]["statement"] == STATEMENT


def test_a_workflow_command_is_one_line_per_finding():
    text = render([hostile_result()], "github")
    assert all(re.match(r"::(notice|warning|error) file=", line) for line in text.splitlines())
    assert len(text.splitlines()) == len(hostile_result().report.findings)


def test_markdown_keeps_the_statement_within_its_block():
    breaking = "SELECT 1 /*\n```\n# not a heading\n*/"
    result = PlanResult("a.txt", analyse(read(TIMED).plans[0]), breaking)
    assert f"````sql\n{breaking}\n````" in render([result], "md")
