"""What a rule is: one class in one file of ``explain/rules/``, whose docstring is its documentation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from indexadvisor.catalog.model import Catalog
from indexadvisor.explain.finding import Advice, Evidence, Finding, Severity
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rows import RowCount
from indexadvisor.explain.timing import Timings

Need = Literal["analyze", "timing", "buffers", "io_timing", "verbose", "catalog", "wal", "memory", "serialize"]
"""What a plan must carry for a rule to say anything; a rule that needs nothing works on a plain EXPLAIN."""


@dataclass(frozen=True)
class Analysis:
    """A plan with what was worked out once for all rules. ``times`` is None without timing, ``rows`` empty without ANALYZE,
    ``catalog`` None without a server or a snapshot.
    """

    plan: Plan
    times: Timings | None
    rows: Mapping[int, RowCount] = field(default_factory=dict)
    catalog: Catalog | None = None

    def time_below(self, node: PlanNode) -> Interval | None:
        """Return the wall time of a node with everything below it, in milliseconds."""
        found = None if self.times is None else self.times.nodes.get(node.number)
        return None if found is None else found.inclusive

    def own_time(self, node: PlanNode) -> Interval | None:
        """Return the wall time of a node alone, in milliseconds."""
        found = None if self.times is None else self.times.nodes.get(node.number)
        return None if found is None else found.own

    def returned(self, node: PlanNode) -> float | None:
        """Return the rows a node gave over all loops, None without ANALYZE."""
        found = self.rows.get(node.number)
        return None if found is None else found.returned.middle

    def removed(self, node: PlanNode) -> float | None:
        """Return the rows a node threw away over all loops, None without ANALYZE."""
        found = self.rows.get(node.number)
        return None if found is None else found.removed.middle


class PlanRule(ABC):
    """One rule. The class docstring has the sections *What it means*, *Example plan*, *What to do*, *When it is fine*, *Where the threshold comes from*.

    Thresholds are class attributes with units in their names, listed in ``thresholds``; a TOML file can change them per rule code.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    needs: ClassVar[tuple[Need, ...]] = ()
    thresholds: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield what the rule finds in one plan."""

    def finding(
        self,
        message: str,
        node: PlanNode | None = None,
        *,
        evidence: tuple[Evidence, ...] = (),
        advice: tuple[Advice, ...] = (),
        saving_ms: Interval | None = None,
        confidence: float = 0.5,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding of this rule; the score is worked out by the engine."""
        return Finding(
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            node=None if node is None else node.number,
            evidence=evidence,
            advice=advice,
            saving_ms=saving_ms,
            confidence=confidence,
        )
