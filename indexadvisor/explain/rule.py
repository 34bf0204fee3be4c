"""What a rule is: one class in one file of ``explain/rules/``, whose docstring is its documentation."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, TypeVar

from indexadvisor.catalog.model import Catalog, Table
from indexadvisor.explain.finding import Advice, Evidence, Finding, Severity
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.rows import RowCount
from indexadvisor.explain.timing import Timings

Need = Literal["analyze", "timing", "buffers", "io_timing", "verbose", "catalog", "wal", "memory", "serialize"]
"""What a plan must carry for a rule to say anything; a rule that needs nothing works on a plain EXPLAIN."""

SECTIONS = ("What it means", "Example plan", "What to do", "When it is fine", "Where the threshold comes from")
"""The sections every rule's docstring has, each a line of its own that ends in a colon, its text indented below."""


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

    @property
    def statement_ms(self) -> float | None:
        """The statement's time, None without timing."""
        return None if self.times is None else self.times.statement_ms

    def returned(self, node: PlanNode) -> float | None:
        """Return the rows a node gave over all loops, None without ANALYZE."""
        found = self.rows.get(node.number)
        return None if found is None else found.returned.middle

    def removed(self, node: PlanNode) -> float | None:
        """Return the rows a node threw away over all loops, None without ANALYZE."""
        found = self.rows.get(node.number)
        return None if found is None else found.removed.middle

    def cost_share(self, node: PlanNode) -> float | None:
        """Return the node's cost, with everything below and all planned rescans left aside, by the root's; None with COSTS OFF or for no
        cost.
        """
        whole = self.plan.root.total_cost
        return None if node.total_cost is None or not whole else min(1.0, node.total_cost / whole)

    def table(self, node: PlanNode) -> Table | None:
        """Return the catalog's entry for the table a scan reads; None without a catalog, or where the name is not one table's."""
        if self.catalog is None or node.relation is None:
            return None
        name = self.catalog.resolve(node.relation, node.schema)
        return None if name is None else self.catalog.table(name)

    def feeding(self, node: PlanNode) -> frozenset[int]:
        """Return the numbers of the node and of all that hand rows up to it, through CTE scans into their CTEs, not into InitPlans or
        SubPlans.
        """
        found: set[int] = set()
        stack = [node]
        while stack:
            current = stack.pop()
            if current.number in found:
                continue
            found.add(current.number)
            stack.extend(current.inputs())
            if current.node_type == "CTE Scan":
                stack.extend(self._ctes_in_sight(current))
        return frozenset(found)

    def _ctes_in_sight(self, scan: PlanNode) -> Iterator[PlanNode]:
        """Yield the innermost CTE of the scan's name that hangs from one of its ancestors."""
        name = f"CTE {scan.text('CTE Name')}"
        for ancestor in self.plan.ancestors(scan):
            for child in ancestor.children:
                if child.subplan_name == name:
                    yield child
                    return

    @cached_property
    def depths(self) -> Mapping[int, int]:
        """How far below the root each node is, by its number."""
        found = {self.plan.root.number: 0}
        for node in self.plan.walk():
            for child in node.children:
                found[child.number] = found[node.number] + 1
        return found


class PlanRule(ABC):
    """One rule. The class docstring has the sections *What it means*, *Example plan*, *What to do*, *When it is fine*,
    *Where the threshold comes from*.

    Thresholds are class attributes with units in their names, listed in ``thresholds``; a TOML file can change them per rule code.
    ``explained_by``: codes of rules whose finding, at or below this one's node, is the cause of this one (``explain.chain``).
    ``wrong_per_se``: the finding is reported however little time its node takes.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    needs: ClassVar[tuple[Need, ...]] = ()
    thresholds: ClassVar[tuple[str, ...]] = ()
    explained_by: ClassVar[tuple[str, ...]] = ()
    wrong_per_se: ClassVar[bool] = False

    def __init__(self, changed: Mapping[str, float] | None = None) -> None:
        for name, value in (changed or {}).items():
            setattr(self, name, value)

    @abstractmethod
    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield what the rule finds in one plan."""

    def follows_from(self, analysis: Analysis, finding: Finding, cause: Finding) -> bool:
        """Return whether ``finding``, of this rule, is a consequence of ``cause``; asked only for causes of ``explained_by`` at or below
        its node.
        """
        return True

    def finding(
        self,
        message: str,
        node: PlanNode | None = None,
        *,
        evidence: tuple[Evidence, ...] = (),
        advice: tuple[Advice, ...] = (),
        saving_ms: Interval | None = None,
        confidence: float = 0.5,
        because: str = "",
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
            because=because,
        )


_REGISTERED: dict[str, type[PlanRule]] = {}
_Rule = TypeVar("_Rule", bound=type[PlanRule])


def rule(found: _Rule) -> _Rule:
    """Register a rule class under its code; raises ValueError for a code or a name that another class has."""
    for other in _REGISTERED.values():
        same_class = (other.__module__, other.__qualname__) == (found.__module__, found.__qualname__)
        if not same_class and (other.code == found.code or other.name == found.name):
            raise ValueError(f"{found.__name__} and {other.__name__} are both rule {found.code} ({found.name})")
    _REGISTERED[found.code] = found
    return found


def registered() -> Mapping[str, type[PlanRule]]:
    """Return the rules imported so far by their codes, in order of code; ``explain.rules.registry`` imports all of them first."""
    return dict(sorted(_REGISTERED.items()))


@dataclass(frozen=True)
class Documentation:
    """A rule's docstring taken apart: its first paragraph, and the text of each of its sections by title."""

    title: str
    sections: Mapping[str, str]


def documentation(of: type[PlanRule]) -> Documentation:
    """Return a rule's documentation; a section that its docstring lacks is missing from the mapping."""
    title: list[str] = []
    sections: dict[str, list[str]] = {}
    current = title
    for line in inspect.cleandoc(of.__doc__ or "").splitlines():
        if line.endswith(":") and line[:-1] in SECTIONS:
            current = sections.setdefault(line[:-1], [])
        else:
            current.append(line)
    return Documentation(
        " ".join(" ".join(title).split()), {name: inspect.cleandoc("\n" + "\n".join(text)) for name, text in sections.items()}
    )
