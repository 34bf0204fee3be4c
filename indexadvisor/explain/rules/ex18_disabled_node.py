"""EX18: the plan uses what was forbidden, since nothing else was possible."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_advice
from indexadvisor.explain.rules.terms import terms_of

_DISABLE_COST = 1e10  # src/backend/optimizer/path/costsize.c, disable_cost, before 18
_SETTINGS = {
    "Seq Scan": "enable_seqscan", "Index Scan": "enable_indexscan", "Index Only Scan": "enable_indexonlyscan",
    "Bitmap Heap Scan": "enable_bitmapscan", "Tid Scan": "enable_tidscan",
    "Sort": "enable_sort", "Incremental Sort": "enable_incremental_sort",
    "Nested Loop": "enable_nestloop",
    "Merge Join": "enable_mergejoin", "Hash Join": "enable_hashjoin", "Aggregate": "enable_hashagg", "Materialize": "enable_material",
    "Memoize": "enable_memoize", "Gather Merge": "enable_gathermerge",
}  # fmt: skip


@rule
class DisabledNode(PlanRule):
    """The plan contains a kind of node that a setting forbids: nothing else was possible.

    What it means:
        An ``enable_*`` setting is off, and the planner used the node all the same, because no other way leads to the result. For a
        sequential scan that means that no index fits its condition.

    Example plan:
        Seq Scan on orders  (cost=0.00..14871.00 rows=10 width=106) (actual time=3.929..78.596 rows=10.00 loops=1)
          Disabled: true
          Filter: (customer_id = 42)
        Settings: enable_seqscan = 'off'

    What to do:
        Turn the setting on again where it was forgotten: it distorts every other choice of the plan. If it was turned off as a test, this
        node shows what is missing: an index for a sequential scan, an equality for a hash or merge join.

    When it is fine:
        The setting was turned off on purpose to see which indexes can be used.

    Where the threshold comes from:
        PostgreSQL 18 says so itself (``Disabled: true``). Before, a forbidden node cost 10,000,000,000 more (costsize.c, disable_cost):
        the deepest node that costs as much is reported.
    """

    code, name, severity = "EX18", "disabled-node", "warning"
    wrong_per_se = True

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield the nodes that were used though disabled."""
        for node in analysis.plan.walk():
            if not self._disabled(node):
                continue
            setting = _SETTINGS.get(node.node_type)
            printed = setting is not None and analysis.plan.settings.get(setting) == "off"
            advice = [
                Advice(
                    "setting",
                    f"Turn {setting or 'the enable_ setting of this node'} on again.",
                    setting=(setting, "on") if setting else None,
                )
            ]
            if node.node_type == "Seq Scan":
                wanted = index_advice(analysis, node, terms_of(node))
                advice += [] if wanted is None or wanted.kind != "index" else [wanted]
            evidence = [Evidence("cost", node.total_cost or 0.0)] + ([Evidence(setting, "off")] if setting and printed else [])
            yield self.finding(
                f"{node.node_type} is disabled ({setting or 'by an enable_ setting'}) and used all the same: there was no other way.",
                node,
                evidence=tuple(evidence),
                advice=tuple(advice),
                confidence=0.95 if printed or node.details.get("Disabled") else 0.8,
                because="the plan says so" if printed or node.details.get("Disabled") else "read from the cost",
            )

    def _disabled(self, node: PlanNode) -> bool:
        if "Disabled" in node.details:
            return node.details["Disabled"] is True
        cost = node.total_cost or 0.0
        return cost >= _DISABLE_COST and sum(child.total_cost or 0.0 for child in node.children) < _DISABLE_COST
