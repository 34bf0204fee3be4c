"""The four formats: hostile text stays text, the same Document gives the same bytes, unknown is never 0."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from indexadvisor.errors import IndexAdvisorError, UsageError
from indexadvisor.report import chart, drawing, gfm, sql, terminal
from indexadvisor.report.provenance import CostShare
from indexadvisor.report.sqltext import visible, visible_sql
from indexadvisor.report.write import FORMATS, render, write
from tests.fakes.document import sample

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@pytest.fixture(scope="module")
def doc():
    return sample()


class Page(HTMLParser):
    """Collects what a browser would build: tags with attributes, ids, and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.code, self.open = [], {"script": [], "style": []}, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1] in self.code:
            self.code[self.open[-1]].append(data)

    def values(self, name):
        return [attrs[name] for _, attrs in self.tags if name in attrs]


@pytest.fixture(scope="module")
def page(doc):
    return Page(render(doc, "html"))


# every format


@pytest.mark.parametrize("kind", FORMATS)
def test_hidden_characters_are_spelled_out(doc, kind):
    text = render(doc, kind)
    assert HIDDEN.search(text) is None
    assert "\\u202e" in text


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_document_gives_the_same_bytes_in_another_process(doc, kind):
    script = (
        "import sys; from tests.fakes.document import sample; from indexadvisor.report.write import render; "
        f"sys.stdout.write(render(sample(), {kind!r}))"
    )
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": ".", "PYTHONIOENCODING": "utf-8"}
        out = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
        assert out.stdout.decode() == render(doc, kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_very_long_queries_do_not_swell_the_report(doc, kind):
    query = replace(doc.workload.queries[0], text="x" * 50_000, captured=None, title="x" * 110)
    huge = replace(doc, workload=replace(doc.workload, queries=(query, *doc.workload.queries[1:])))
    assert len(render(huge, kind)) < len(render(doc, kind)) + 60_000


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_report_can_be_written(doc, kind):
    workload = replace(doc.workload, queries=(), cost_before=0.0, cost_after=0.0, cost_bound=0.0, saved_fraction=None,
                       bound_saved_fraction=None, geometric_mean_factor=None, gap=None, heaviest_query_share=None)  # fmt: skip
    usage = replace(doc.usage, tables=(), joins=())
    empty = replace(
        doc, workload=workload, recommendations=(), drops=(), not_costed=(), frontier=(), skipped=(), usage=usage, generated_at=None,
        verification=None,
    )  # fmt: skip
    text = render(empty, kind)
    assert kind == "json" or re.search(r"no index was worth|None|Nothing to do", text, re.IGNORECASE)


# HTML


def test_the_page_has_one_script_of_ours_and_its_policy_names_it(page):
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags].count("style") == 1
    (policy,) = [attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256("".join(page.code[kind]).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_no_attribute_runs_code_and_nothing_is_loaded(page):
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"], (tag, attrs)
        assert tag not in {"iframe", "img", "object", "embed", "form", "base"}
        for name in ("href", "src", "action"):
            assert attrs.get(name, "#").startswith(("#", "data:,")), (tag, attrs)


def test_ids_are_unique_and_every_link_has_its_target(page):
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href") if href.startswith("#")} <= set(ids)
    assert {attrs["aria-labelledby"] for _, attrs in page.tags if "aria-labelledby" in attrs} <= set(ids)
    assert {attrs["data-copy"] for _, attrs in page.tags if "data-copy" in attrs} <= set(ids)


def test_hostile_text_is_shown_as_text(doc):
    text = render(doc, "html")
    assert "&lt;script&gt;window.pwned=1&lt;/script&gt;" in text
    assert "<script>window" not in text
    assert "{{ 7*7 }}" in text  # neither evaluated by the template nor lost


def test_unknown_is_a_word(doc):
    text = render(doc, "html")
    assert '<span class="figure optional"><span class="unknown">unknown</span><small>size</small></span>' in text


def test_exact_values_stand_in_titles(doc):
    size = doc.recommendations[0].size_bytes
    assert f'<span title="{size:,}">31 MB</span>' in render(doc, "html")


def test_every_recommendation_query_and_skip_is_on_the_page(doc, page):
    ids = set(page.values("id"))
    assert {f"r{item.rank}" for item in doc.recommendations} <= ids
    assert {f"q-{query.query_id}" for query in doc.workload.queries} <= ids
    text = render(doc, "html")
    assert all(item.reason.replace('"', "&#34;") in text for item in doc.skipped if item.stage in {"whatif", "selection", "candidates"})


def test_the_chart_goes_down_and_stays_inside(doc):
    drawn = chart.savings_chart(doc)
    assert len(drawn.steps) == len(doc.recommendations) + 1
    for dots in (drawn.steps, drawn.frontier):
        assert all(before.x <= after.x and before.y <= after.y for before, after in pairwise(dots))
        assert all(chart.LEFT <= dot.x <= chart.WIDTH - chart.RIGHT for dot in dots)
    assert drawn.x_ticks[0].label == "0 bytes"
    assert drawn.x_ticks[-1].label == "500 MB"


def test_no_chart_without_sizes(doc):
    unsized = tuple(replace(item, size_bytes=None, total_bytes=0) for item in doc.recommendations)
    assert chart.savings_chart(replace(doc, recommendations=unsized, frontier=())) is None


def test_cards_do_not_overlap_and_each_drawn_join_has_an_edge(doc):
    drawn = drawing.draw(doc.usage)
    assert len(drawn.edges) == len(doc.usage.joins)
    for x in {card.x for card in drawn.cards}:
        column = sorted((card for card in drawn.cards if card.x == x), key=lambda card: card.y)
        assert all(above.y + above.height < below.y for above, below in pairwise(column))
    assert max(card.y + card.height for card in drawn.cards) == drawn.height
    assert {row.ranks for card in drawn.cards for row in card.rows} >= {"1", "7 9", ""}


def test_the_knee_is_ringed_where_there_is_one(doc):
    drawn = chart.savings_chart(doc)
    assert (drawn.knee.x, drawn.knee.y) == (drawn.frontier[2].x, drawn.frontier[2].y)
    assert 'class="knee"' in render(doc, "html")
    assert [point["knee"] for point in json.loads(render(doc, "json"))["frontier"]] == [False, False, True, False, False, False]
    plain = replace(doc, frontier=tuple(replace(point, knee=False) for point in doc.frontier))
    assert chart.savings_chart(plain).knee is None
    assert 'class="knee"' not in render(plain, "html")


# drops, risks, sources, verification: in every format that has room


@pytest.mark.parametrize("kind", ["html", "md", "sql"])
def test_indexes_to_drop_are_told_with_reason_and_caveat(doc, kind):
    text = render(doc, kind).replace("&#95;", "_").replace("&#39;", "'")
    assert "chat_messages_content_idx" in text
    assert "not scanned since the counters were reset on 2025-01-14" in text
    assert "look at idx_scan on each replica" in text
    assert "since 2025-01-14" in text
    assert "212 MB" in text


@pytest.mark.parametrize("kind", ["html", "md", "sql"])
def test_risks_are_told_at_the_index(doc, kind):
    text = render(doc, kind).replace("&#95;", "_")
    assert "user_id and agent_type are taken as independent" in text
    without = replace(doc, recommendations=tuple(replace(item, risks=()) for item in doc.recommendations))
    queries = tuple(replace(query, risks=()) for query in doc.workload.queries)
    assert "taken as independent" not in render(replace(without, workload=replace(doc.workload, queries=queries)), kind)


def test_the_script_holds_drops_only_as_comments(doc):
    lines = render(doc, "sql").splitlines()
    for item in doc.drops:
        statement = f"-- {visible(item.statement)}"
        assert statement in lines
        undo = [f"-- {visible(text)}" for text in item.undo]
        assert lines[lines.index(statement) + 2 :][: len(undo)] == undo
    begins = next(number for number, line in enumerate(lines) if "could be dropped" in line)
    assert all(line.startswith("--") or not line for line in lines[begins:])
    nothing_new = render(replace(doc, recommendations=()), "sql").splitlines()
    assert f"-- {doc.drops[0].statement}" in nothing_new
    assert all(line.startswith("--") or not line for line in nothing_new)


def test_no_section_on_drops_or_verification_without_any(doc):
    bare = replace(doc, drops=(), verification=None)
    for kind in ("html", "md", "sql"):
        assert "could be dropped" not in render(bare, kind)
    assert "Checked on the server" not in render(bare, "html") + render(bare, "md")
    assert json.loads(render(bare, "json"))["verification"] is None


@pytest.mark.parametrize("kind", ["html", "md"])
def test_the_servers_own_word_is_told_query_by_query(doc, kind):
    text = render(doc, kind)
    assert "9 of 10 indexes: 2 queries checked" in text
    assert "57 % less; the advice says 99.7 % less" in text
    assert "less than half" in text
    assert "HypoPG has no GIN indexes" in text


def test_a_query_that_the_server_does_not_confirm_is_marked(doc, page):
    assert page.values("href").count("#verification") == 3  # two links to the section, and one query
    confirmed = tuple(replace(query, confirmed=True) for query in doc.verification.queries)
    certain = Page(render(replace(doc, verification=replace(doc.verification, queries=confirmed)), "html"))
    assert certain.values("href").count("#verification") == 2


def test_queries_carry_their_marks(doc):
    text = render(doc, "html")
    assert ">plans differ</span>" in text
    assert ">risk: correlated columns</span>" in text
    assert "correlated columns, plans differ by parameter" in render(doc, "md")


@pytest.mark.parametrize("kind", ["html", "md", "sql"])
def test_the_gap_is_told_as_a_bound_and_only_when_proven(doc, kind):
    bound = "at most 0.4 % above the best possible over these candidates"
    assert bound in render(doc, kind)
    open_end = render(replace(doc, workload=replace(doc.workload, gap=None)), kind)
    assert bound not in open_end
    assert "not proven" in open_end


def test_all_limits_are_on_the_page(doc):
    text = render(replace(doc, limits=replace(doc.limits, min_saving=0.0123, risk_discount=0.25)), "html")
    assert "1.2 %</span> or more of what the workload still costs" in text
    assert "25 %</span> of savings at risk not counted" in text
    assert "not counted</dd>" not in render(doc, "html")


@pytest.mark.parametrize(("kind", "said"), [("html", "of indexes, the knee of the curve"), ("md", "is the knee of the savings curve, 61")])
def test_a_budget_that_is_the_knee_says_so(doc, kind, said):
    assert said in render(replace(doc, limits=replace(doc.limits, auto_budget=True, budget_bytes=None)), kind)
    assert said not in render(doc, kind)
    flat = replace(doc, frontier=(), limits=replace(doc.limits, auto_budget=True, budget_bytes=None))
    assert said not in render(flat, kind)


def test_the_planner_behind_the_figures_is_named_at_each(doc):
    two = (CostShare("hypopg", "15.20", 3), CostShare("lab", "18.0", 1))
    marked = replace(doc, recommendations=(replace(doc.recommendations[0], cost_sources=two), *doc.recommendations[1:]))
    for kind in ("html", "md"):
        assert "hypopg (PostgreSQL 15.20) for 3 queries, lab (PostgreSQL 18.0) for 1 query" in render(marked, kind)
    assert "Costed by</dt><dd>hypopg, PostgreSQL 15.20</dd>" in render(doc, "html")


# Markdown


def rendered(text):
    return MarkdownIt("commonmark").enable("table").render(text)


def test_markdown_holds_no_html_of_others(doc):
    page = Page(rendered(render(doc, "md")))
    allowed = {"details", "summary", "code", "pre", "p", "h1", "h2", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    allowed |= {"br"}
    assert {tag for tag, _ in page.tags} <= allowed
    assert render(doc, "md").count("<details>") == render(doc, "md").count("</details>") == len(doc.recommendations) + 2


def test_markdown_tables_keep_their_shape(doc):
    page = Page(rendered(render(doc, "md")))
    assert [tag for tag, _ in page.tags].count("th") == 8 + 5 * len(doc.recommendations) + 6 + 3 + 7 + 7
    rows = [tag for tag, _ in page.tags if tag in {"tr", "td"}]
    assert rows.count("td") == 8 * 10 + 5 * 10 + 6 * 3 + 3 * 2 + 7 * 2 + 7 * 14


@pytest.mark.parametrize("value", ["a`b", "``", "`", "a|b", "|", "x``y`z", "\\`", "<b>", "a\n\nb"])
def test_a_code_span_shows_exactly_its_text(value):
    html = rendered(f"| h |\n|---|\n| {gfm.code(value)} |\n")
    shown = "".join(re.findall(r"<code>(.*?)</code>", html, re.DOTALL))
    assert html.count("<td") == 1
    assert shown == value.replace("<", "&lt;").replace(">", "&gt;").replace("\n\n", " ")


@given(st.text(max_size=60))
def test_markdown_text_never_becomes_markup(value):
    html = rendered(f"x {gfm.text(value)} y")
    assert re.sub(r"</?p>", "", html).count("<") == 0


def test_a_fence_is_longer_than_any_inside():
    lines = gfm.block("a\n```\nb\n````\nc")
    assert lines[0] == lines[-1] == "`````"
    assert len("\n".join(gfm.block("y" * 100_000))) < 5_000


# SQL


def test_every_line_is_a_comment_or_one_of_the_statements(doc):
    statements = {statement for item in doc.recommendations for statement in item.statements}
    lines = [line for line in render(doc, "sql").splitlines() if line and not line.startswith("--")]
    assert set(lines) == statements | {"SET lock_timeout = 0;", "SET statement_timeout = 0;"}


def test_undo_and_advice_are_comments(doc):
    script = render(doc, "sql")
    for item in doc.recommendations:
        assert f"-- {item.undo}" in script.splitlines()
    assert "NOT indisvalid" in script
    assert "lock_timeout" in script


@given(st.text())
def test_a_comment_is_one_line_without_control_characters(value):
    line = sql.comment(value)
    assert line.startswith("--")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1))
def test_visible_sql_changes_only_what_is_hidden(name):
    quoted = '"' + name.replace('"', '""') + '"'
    escaped = visible_sql(quoted)
    if escaped == quoted:
        return
    body = escaped.removeprefix('U&"').removesuffix('"')
    decoded = re.sub(
        r"\\\\|\\\+([0-9a-f]{6})|\\([0-9a-f]{4})", lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else "\\", body.replace('""', '"')
    )
    assert decoded == name
    assert visible(escaped) == escaped


# JSON and files


def test_json_is_ascii_with_numbers(doc):
    text = render(doc, "json")
    assert text.isascii()
    read = json.loads(text)
    assert read["recommendations"][-1]["size_bytes"] is None
    assert read["recommendations"][0]["columns"] == ["user_id", "created_at"]
    assert read["workload"]["queries"][-1]["cost_before"] is None
    assert read["generated_at"] == "2025-03-14T09:26:53+00:00"


def test_infinite_costs_become_null(doc):
    odd = replace(doc, workload=replace(doc.workload, cost_after=float("inf")))
    assert json.loads(render(odd, "json"))["workload"]["cost_after"] is None


def test_files_appear_whole_and_in_the_order_asked_for(doc, tmp_path):
    target = tmp_path / "new" / "folder"
    paths = write(doc, target, ("json", "md"))
    assert [path.name for path in paths] == ["report.json", "report.md"]
    assert sorted(path.name for path in target.iterdir()) == ["report.json", "report.md"]
    assert paths[1].read_text(encoding="utf-8") == render(doc, "md")
    assert write(doc, target)[0].name == "report.html"


def test_a_report_is_readable_as_the_umask_allows(doc, tmp_path):
    before = os.umask(0o027)
    try:
        (path,) = write(doc, tmp_path, ("md",))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_an_impossible_directory_is_an_error_with_advice(doc, tmp_path):
    (tmp_path / "file").write_text("here first")
    with pytest.raises(IndexAdvisorError, match="cannot be written") as failed:
        write(doc, tmp_path / "file")
    assert "--output" in failed.value.hint
    assert (tmp_path / "file").read_text() == "here first"


def test_an_unknown_format_writes_nothing(doc, tmp_path):
    with pytest.raises(UsageError, match="pdf"):
        write(doc, tmp_path / "x", ("md", "pdf"))
    assert not (tmp_path / "x").exists()


def test_a_lone_surrogate_does_not_stop_the_report(doc, tmp_path):
    odd = replace(doc, caveats=("bad \udcff byte",))
    for path in write(odd, tmp_path):
        assert re.search(r"bad (\\|&#92;)+udcff byte", path.read_text(encoding="utf-8")), path


# terminal


def test_the_summary_is_plain_text_for_a_terminal(doc):
    console = Console(file=io.StringIO(), width=160, force_terminal=False)
    hostile = replace(doc.recommendations[0], definition="t (\x1b[31m[red]x[/red])")
    console.print(terminal.summary(replace(doc, recommendations=(hostile, *doc.recommendations[1:])), width=160))
    text = console.file.getvalue()
    assert "\\x1b[31m[red]x[/red]" in text
    assert "\x1b" not in text
    assert "unknown" in text
    assert "ends HOT" in text


def test_the_summary_says_what_it_does_not_show(doc):
    console = Console(file=io.StringIO(), width=160)
    console.print(terminal.summary(doc, top=3))
    assert "… and 7 more" in console.file.getvalue()


def printed(doc, width):
    console = Console(file=io.StringIO(), width=width)
    console.print(terminal.summary(doc, width=width))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 160])
def test_the_summary_marks_risks_and_names_drops_on_one_line(doc, width):
    lines = printed(doc, width).splitlines()
    (drops,) = [line for line in lines if "could be dropped" in line]
    assert drops.startswith("3 existing indexes could be dropped, freeing 224 MB, and 1 of unknown size")
    assert len(drops) <= width
    assert sum("⚠ correlated columns" in line for line in lines) == 1
    assert "proven: at most 0.4 % above the best possible over these candidates" in "\n".join(lines)


def test_the_summary_claims_no_proof_that_there_is_not(doc):
    text = printed(replace(doc, drops=(), workload=replace(doc.workload, gap=None)), 80)
    assert "proven" not in text
    assert "dropped" not in text
