"""Known ways in which estimates can flatter, beside the index and beside the query they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from indexadvisor.report.context import Context
from indexadvisor.report.model import QueryRisk
from indexadvisor.selection.model import Risk, Step

_NAMED = 5
LABELS = {
    "limit-filter": "filters under LIMIT",
    "correlated-columns": "correlated columns",
    "expression-statistics": "no statistics yet",
    "repeated-lookups": "look-ups too cheap",
    "generic-plan": "generic plan",
    "default-selectivity": "fixed guess",
}
"""Each kind of risk in two or three words, for a mark."""


def label(kind: str) -> str:
    """Return a kind of risk as a mark says it.

    >>> label("default-selectivity"), label("some-new-kind")
    ('fixed guess', 'some new kind')
    """
    return LABELS.get(kind, kind.replace("-", " "))


def shown(step: Step, context: Context) -> tuple[Risk, ...]:
    """Return the risks of one recommendation, its sentences masked where the report is."""
    return tuple(replace(risk, sentence=context.redact.composed(risk.sentence)) for risk in step.risks)


def by_query(context: Context) -> Mapping[str, tuple[QueryRisk, ...]]:
    """Return the risks that touch each query, by the rank of the index they come with."""
    found: dict[str, list[QueryRisk]] = {}
    for rank, step in enumerate(context.choice.steps, start=1):
        for risk in shown(step, context):
            for query_id in risk.query_ids:
                found.setdefault(query_id, []).append(QueryRisk(rank, risk.kind, risk.sentence))
    return {query_id: tuple(risks) for query_id, risks in found.items()}


def named(query_ids: tuple[str, ...]) -> str:
    """Return the queries that a sentence is about; of many the first few.

    >>> named(("a", "b")), named(tuple("abcdefg"))
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = f" and {len(query_ids) - _NAMED:,} more" if len(query_ids) > _NAMED else ""
    return ", ".join(query_ids[:_NAMED]) + more
