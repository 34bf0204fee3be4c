"""EXPLAIN (FORMAT JSON) output that we asked for ourselves into a Plan; ``reading.read`` takes what comes from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from indexadvisor.errors import StatementFailed
from indexadvisor.explain.build import build
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.read_json import joined


def from_json(document: str | list[Any]) -> Plan:
    """Read one plan from EXPLAIN (FORMAT JSON) output, decoded or as text.

    Raises StatementFailed when the document is not the plan of one statement.

    >>> from_json('[{"Plan": {"Node Type": "Result", "Total Cost": 0.01}}]').root.node_type
    'Result'
    """
    try:
        decoded = json.loads(document, object_pairs_hook=joined) if isinstance(document, str) else document
        outer = decoded[0]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise StatementFailed(f"not the JSON output of EXPLAIN: {error!r}") from error
    plan = build(outer) if isinstance(outer, Mapping) else None
    if plan is None:
        raise StatementFailed("not the JSON output of EXPLAIN: it holds no plan")
    if plan.unread:
        raise StatementFailed(f"not the JSON output of EXPLAIN: {plan.unread[0].expected} expected at {plan.unread[0].text}")
    return plan
