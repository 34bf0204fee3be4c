"""Models plans, reads them in every format, and runs EXPLAIN."""

from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.explain.reading import Reading, read

__all__ = ["Plan", "PlanNode", "Reading", "read"]
