"""Rewrites that findings advise, made where the statement has the shape exactly, and planned, never run.

A rewritten statement is SQL of our making: it goes to EXPLAIN alone, as one statement of the extended protocol in a read-only session
or the lab, like any captured text. Its cost is compared with that of the statement as it is, by the same planner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from indexadvisor.diagnosis.index_choice import WORTHWHILE, IndexChoice
from indexadvisor.diagnosis.model import TriedOther
from indexadvisor.diagnosis.questions import Asked, Questions, lacks_values, same_source
from indexadvisor.diagnosis.rewrites.interface import NoRewrite, Rewrite
from indexadvisor.diagnosis.rewrites.keyset import keyset
from indexadvisor.diagnosis.rewrites.not_in import not_in
from indexadvisor.diagnosis.rewrites.outline import Outline
from indexadvisor.diagnosis.rewrites.sargable import sargable
from indexadvisor.diagnosis.rewrites.split_or import split_or
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.diff import diff
from indexadvisor.explain.finding import Finding
from indexadvisor.whatif.interface import QueryCost

_MUCH_CHEAPER = 0.75
"""A rewrite that helps alone is shown with an index where that takes a quarter off what is left."""
Recogniser = Callable[[Outline, tuple[str | None, ...] | None], Rewrite]

RECOGNISERS: Mapping[str, Recogniser] = {"EX19": sargable, "EX25": split_or, "EX27": not_in, "EX53": keyset, "EX61": sargable}
"""Which rewrite the findings of a rule ask for."""


def tests(finding: Finding) -> bool:
    """Return whether a finding advises a rewrite of a kind that can be made and planned."""
    return finding.code in RECOGNISERS and any(advice.kind == "rewrite" for advice in finding.advice)


class RewriteTrial:
    """The rewrites of one statement, ``asked`` about with its candidates, which costs ``now``."""

    def __init__(self, questions: Questions, asked: Asked, now: QueryCost) -> None:
        self._questions = questions
        self._asked = asked
        self._now = now
        self._known: dict[str, TriedOther] = {}

    def outcomes(self, findings: Iterable[Finding]) -> Iterator[TriedOther]:
        """Yield what became of the rewrite each finding asks for; findings of one rule share it."""
        for finding in findings:
            if not tests(finding):
                continue
            if finding.code not in self._known:
                self._known[finding.code] = self._outcome(finding)
            yield replace(self._known[finding.code], finding=finding)

    def _outcome(self, finding: Finding) -> TriedOther:
        sample = self._asked.sample
        try:
            rewrite = RECOGNISERS[finding.code](Outline(sample.text, self._questions.catalog), sample.parameters)
        except NoRewrite as reason:
            return TriedOther(finding, "rewrite", "untested", f"no rewrite is made of this statement: {reason}")
        try:
            return self._planned(finding, rewrite)
        except StatementFailed as error:
            words = f"{rewrite.title}: the planner refused the rewritten statement: {error}"
            return TriedOther(finding, "rewrite", "untested", words, rewrite.sql, condition=rewrite.condition, proven=rewrite.proven)

    def _planned(self, finding: Finding, rewrite: Rewrite) -> TriedOther:
        given = self._asked.sample.parameters if rewrite.parameters is None else rewrite.parameters
        other = self._questions.about(rewrite.planned or rewrite.sql, given)
        alone = self._questions.cost(other.sample)
        if not same_source(alone, self._now):
            words = f"{rewrite.title}: it was planned by another planner than the statement as it is, so that nothing can be compared"
            return TriedOther(finding, "rewrite", "untested", words, rewrite.sql, condition=rewrite.condition, proven=rewrite.proven)
        helped = IndexChoice(self._questions, other.sample, alone).best(other.candidates, (), lambda answer: True).chosen
        return self._judged(finding, rewrite, alone, helped, generic=lacks_values(other.sample) and not lacks_values(self._asked.sample))

    def _judged(self, finding: Finding, rewrite: Rewrite, alone: QueryCost, helped: QueryCost | None, *, generic: bool) -> TriedOther:
        before, words = self._now.total_cost, f"{rewrite.title}, planned and not run" + (" (for any values)" if generic else "")
        as_it_is = self._with_indexes()
        best, indexes = alone, frozenset(() if helped is None else helped.used)
        outcome = alone.total_cost < before * WORTHWHILE
        pays = helped is not None and helped.total_cost < min(before, as_it_is) * WORTHWHILE
        if helped is not None and pays and (not outcome or helped.total_cost < alone.total_cost * _MUCH_CHEAPER):
            outcome, best = True, helped
        text = f"{words}: the statement would cost {best.total_cost:,.2f} instead of {before:,.2f}"
        names = " and ".join(self._questions.name(index) for index in sorted(indexes, key=str))
        if best is helped:
            text += f", with {names}; without, {alone.total_cost:,.2f}"
        elif helped is not None:
            text += f"; with {names} {helped.total_cost:,.2f}"
        if as_it_is < before * WORTHWHILE:
            text += f"; as it is written, with indexes, {as_it_is:,.2f}"
        return TriedOther(
            finding, "rewrite", "taken" if outcome else "withdrawn", text, rewrite.sql, before, best.total_cost, rewrite.condition,
            rewrite.proven, diff(self._now.plan, best.plan), self._questions.proposed(best.used) if best is helped else (),
        )  # fmt: skip

    def _with_indexes(self) -> float:
        """Return the least that indexes alone can make of the statement as it is."""
        if not self._asked.candidates:
            return self._now.total_cost
        return self._questions.cost(self._asked.sample, self._asked.candidates).total_cost
