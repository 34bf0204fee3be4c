"""Every rule documents itself, and docs/rules/ is what the rules say."""

from __future__ import annotations

import importlib.util
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from indexadvisor.explain import early_stop, rows, rules
from indexadvisor.explain.finding import SEVERITIES
from indexadvisor.explain.rule import SECTIONS, PlanRule, documentation, rule

DOCS = Path(__file__).parents[3] / "docs"


def maker():
    spec = importlib.util.spec_from_file_location("make_rules", DOCS / "make_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_what_the_rules_say():
    make = maker()
    wanted = dict(make.pages())
    found = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / "rules").glob("*.md")}
    for code in make.BY_HAND:
        assert f"# {code} " in found.pop(f"{code}.md")
    assert found == wanted, "run python docs/make_rules.py"


@pytest.mark.parametrize("code", rules.registry())
def test_a_rule_documents_itself(code):
    found = rules.registry()[code]
    about = documentation(found)
    assert about.title.endswith(".")
    assert set(about.sections) == set(SECTIONS)
    assert all(about.sections.values())
    assert found.severity in SEVERITIES
    assert re.fullmatch(r"[a-z][a-z0-9-]+", found.name)
    assert re.fullmatch(r"EX\d\d", found.code)


@pytest.mark.parametrize("code", rules.registry())
def test_a_rules_file_carries_its_code(code):
    path = Path(inspect.getfile(rules.registry()[code]))
    assert path.name.startswith(f"{code.lower()}_")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("code", rules.registry())
def test_thresholds_are_numbers_of_the_class(code):
    found = rules.registry()[code]
    for name in found.thresholds:
        assert type(getattr(found, name)) in (int, float), name


def test_causes_exist():
    known = rules.registry()
    for found in known.values():
        assert set(found.explained_by) <= set(known) | {f"EX{number:02}" for number in range(1, 63)}


def test_a_code_is_given_once():
    class One(PlanRule):
        code, name, severity = "EX97", "one", "info"

        def check(self, analysis):
            yield from ()

    class Two(One):
        name = "two"

    class Three(One):
        code = "EX98"

    rule(One)
    with pytest.raises(ValueError, match=r"both rule EX97 \(two\)"):
        rule(Two)
    with pytest.raises(ValueError, match=r"both rule EX98 \(one\)"):
        rule(Three)
    assert "EX97" not in rules.registry(), "a rule from outside the package is not one of ours"


def test_rules_are_imported_only_when_asked_for():
    code = "import sys, indexadvisor.explain.engine; print([name for name in sys.modules if '.explain.rules.ex' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_reason_not_to_compare_an_estimate_is_documented():
    text = (DOCS / "rules" / "EX36.md").read_text(encoding="utf-8")
    listed = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")} - {"reason"}
    known = {value for module in (rows, early_stop) for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}
    assert listed == known
