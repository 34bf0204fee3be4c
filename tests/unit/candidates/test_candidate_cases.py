"""Every file of tests/cases/candidates: a schema and queries, and what must, must not and cannot be proposed for them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from indexadvisor.candidates.generate import generate
from indexadvisor.candidates.model import CandidateSet
from indexadvisor.settings import Limits
from indexadvisor.usage.graph import usage_graph
from tests.fakes.schema import catalog_from_sql, workload_from_sql

CASES = sorted((Path(__file__).parents[2] / "cases" / "candidates").glob("*.sql"))
_SECTION = re.compile(r"(?m)^-- (title|limits|schema|query|expect|never|skipped|assumes)\b")


def sections(text: str) -> dict[str, str]:
    """Return the text of each section; those of the queries together, with their heads."""
    starts = list(_SECTION.finditer(text))
    found: dict[str, str] = {}
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        name = start[1].strip(": ")
        body = text[start.start() if name == "query" else start.end() : end.start() if end else len(text)]
        found[name] = found.get(name, "") + body
    return found


def lines(section: str) -> list[str]:
    """Return the lines of a section without comments."""
    return [line for raw in section.splitlines() if (line := raw.split("  -- ")[0].strip())]


def limits_of(section: str) -> Limits:
    """Return the limits that ``-- limits covering=false exclude=a,b max_key_columns=2`` asks for."""
    options = dict(re.findall(r"(\w+)=(\S+)", section))
    return Limits(
        exclude=tuple(options.get("exclude", "").split(",")) if "exclude" in options else (),
        covering=options.get("covering", "true") == "true",
        max_key_columns=int(options.get("max_key_columns", "4")),
    )


def result_of(text: str) -> CandidateSet:
    """Run a case."""
    part = sections(text)
    catalog = catalog_from_sql(part["schema"])
    return generate(usage_graph(workload_from_sql(part["query"]), catalog), catalog, limits_of(part.get("limits", "")))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path):
    text = path.read_text()
    part, result = sections(text), result_of(text)
    found = {str(candidate.index): candidate for candidate in result.candidates}
    said = [f"{skipped.subject}: {skipped.reason}" for skipped in result.skipped]
    problems = [f"missing: {line}" for line in lines(part.get("expect", "")) if line not in found]
    problems += [f"must not be there: {line}" for line in lines(part.get("never", "")) if line in found]
    for line in lines(part.get("skipped", "")):
        subject, _, reason = (each.strip() for each in line.partition("|"))
        if not any(each.startswith(subject) and reason in each for each in said):
            problems.append(f"not skipped with that reason: {line}")
    for line in lines(part.get("assumes", "")):
        index, _, words = (each.strip() for each in line.partition("|"))
        if index not in found or words not in " ".join(found[index].assumptions):
            problems.append(f"does not assume: {line}")
    assert not problems, "\n".join([*problems, "candidates:", *sorted(found), "skipped:", *sorted(said)])


def test_every_case_can_fail():
    assert len(CASES) >= 60
    for path in CASES:
        part = sections(path.read_text())
        assert set(part) - {"title", "limits", "schema", "query"}, path.name
