"""Models plans and runs EXPLAIN."""
