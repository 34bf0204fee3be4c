"""From plan findings to answers about a workload: whole logs of plans, and advice tested as a what-if before it is shown."""
