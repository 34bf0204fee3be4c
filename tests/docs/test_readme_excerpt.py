"""The report shown in the README is the one that the sample holds, and the README opens as it should."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXCERPT = re.compile(r"<!-- excerpt of (\S+) -->\n(.*?)<!-- end of excerpt -->", re.DOTALL)


def test_each_line_of_the_excerpt_stands_in_the_sample():
    excerpts = EXCERPT.findall(README)
    assert [source for source, _ in excerpts] == ["reports/lifeceo/report.md"]
    source, excerpt = excerpts[0]
    lines = [line for line in excerpt.splitlines() if line]
    held = set((ROOT / source).read_text(encoding="utf-8").splitlines())
    assert len(lines) >= 8
    assert [line for line in lines if line not in held] == [], "run `make reports`"


def test_the_first_screen_has_the_promise_the_command_the_report_safety_and_install_in_this_order():
    marks = ["never writes to the database", "\n    make demo\n", "<!-- excerpt", "docs/safety.md", "pip install ."]
    text = re.sub(r"(?<=\S)\n(?=\w)", " ", README)  # wherever a sentence is broken
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert README[: README.index(marks[-1])].count("\n") < 40


def test_nothing_claims_a_package_index_that_does_not_have_it():
    assert not re.search(r"pip install indexadvisor|pipx install indexadvisor|uvx? .*indexadvisor", README)
