"""Thresholds from a file: what is known is used, what is not is named."""

from __future__ import annotations

import pytest

from indexadvisor.errors import UsageError
from indexadvisor.explain import rules
from indexadvisor.explain.thresholds import Thresholds, load, parse


def any_rule(kind):
    for found in rules.registry().values():
        for name in found.thresholds:
            if type(getattr(found, name)) is kind:
                return found, name
    raise AssertionError(f"no rule has a threshold of type {kind}")


def test_a_changed_threshold_reaches_the_rule_and_no_other():
    found, name = any_rule(float)
    before = getattr(found, name)
    changed = parse(f"[{found.code}]\n{name} = {before + 7}").made(found)
    assert getattr(changed, name) == before + 7
    assert getattr(found, name) == before
    assert getattr(Thresholds().made(found), name) == before


def test_a_code_in_lower_case_is_the_same_rule():
    found, name = any_rule(float)
    assert parse(f"[{found.code.lower()}]\n{name} = 3").by_code == {found.code: {name: 3.0}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[EX00]\nx = 1", r"\[EX00\] is not a rule"),
        ("[EX01\nx = 1", r"t\.toml: .*line 1"),
        ("[EX01]\nno_such = 1", r"\[EX01\] no_such is not a threshold"),
        ("EX01 = 3", "EX01 must be a table"),
        ("[noise]\nshares = 1", r"\[noise\] shares"),
        ("[noise]\nshare = true", "must be a number"),
        ("[noise]\nshare = nan", "must be a number"),
        ("[noise]\ntime_ms = -1", "not negative"),
        ("[noise]\ntime_ms = '1'", "must be a number"),
        ("noise = 1", "noise must be a table"),
        ("[EX01]\n[ex01]", "stands twice"),
    ],
)
def test_what_cannot_be_used_is_named(text, said):
    with pytest.raises(UsageError, match=said):
        parse(text, "t.toml")


def test_a_count_takes_whole_numbers_only():
    found, name = any_rule(int)
    assert parse(f"[{found.code}]\n{name} = 5").by_code[found.code][name] == 5
    with pytest.raises(UsageError, match="whole number"):
        parse(f"[{found.code}]\n{name} = 5.5")


def test_a_file(tmp_path):
    path = tmp_path / "thresholds.toml"
    with pytest.raises(UsageError, match=r"cannot read thresholds from .*thresholds\.toml"):
        load(path)
    path.write_text("[noise]\nshare = 0\ntime_ms = 2", encoding="utf-8")
    assert load(path) == Thresholds(noise_share=0, noise_ms=2)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot read"):
        load(path)


def test_rules_are_found_by_code_and_name():
    found = next(iter(rules.registry().values()))
    assert rules.find(found.code.lower()) is rules.find(found.name) is found
    with pytest.raises(UsageError) as caught:
        rules.find(found.name[:-1])
    assert caught.value.hint == f"did you mean {found.name}?"
    with pytest.raises(UsageError, match="no rule 'zzzzzzzzzz'") as caught:
        rules.codes(["zzzzzzzzzz"])
    assert caught.value.hint is None
