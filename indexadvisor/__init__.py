"""Index advice for PostgreSQL, costed by PostgreSQL's own planner, from the workload a server logged."""

__version__ = "0.1.0"
