"""Every relative link in the documents leads to something, every `make` target and every path they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), ROOT / "workloads/README.md", ROOT / "reports/README.md"]
)
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:indexadvisor|workloads|benchmarks|tests|docs|reports)/[\w./-]*\w(?:\.\w+)?/?")
MODULE = re.compile(r"[a-z_]+(?:/[a-z_]+)*\.py")


def named(path):
    return str(path.relative_to(ROOT))


def targets():
    return set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_relative_links_resolve(path):
    links = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not link.startswith(("https://", "#"))]
    assert [link for link in links if not (path.parent / link.split("#")[0]).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_make_targets_exist(path):
    text = path.read_text(encoding="utf-8")
    used = set(re.findall(r"(?:^    |`)make ([a-z][\w-]*)", text, re.MULTILINE))
    assert used - targets() == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_paths_in_code_spans_exist(path):
    spans = CODE_SPAN.findall(path.read_text(encoding="utf-8"))
    places = (ROOT, ROOT / "indexadvisor", path.parent)
    named_files = [span for span in spans if PATH.fullmatch(span) or MODULE.fullmatch(span)]
    assert [name for name in named_files if not any((place / name).exists() for place in places)] == []


def test_the_readme_names_both_commands_and_links_what_it_leaves_out():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n    make demo\n" in text
    assert "\n    make test\n" in text
    assert {"docs/safety.md", "docs/how-it-chooses.md", "docs/architecture.md"} <= set(LINK.findall(text))


def test_every_decision_is_listed_and_short():
    folder = ROOT / "docs/decisions"
    listed = set(LINK.findall((folder / "README.md").read_text(encoding="utf-8")))
    files = {path.name: path for path in folder.glob("0*.md")}
    assert listed == set(files)
    assert {name: lines for name, path in files.items() if (lines := len(path.read_text(encoding="utf-8").splitlines())) >= 40} == {}
