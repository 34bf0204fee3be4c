"""A TEXT plan read again from lines put together, where that understands more of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from indexadvisor.explain.log_lines import HEADS
from indexadvisor.explain.read_text import is_arrow, is_root, read_text
from indexadvisor.explain.rejoin import rejoined
from indexadvisor.explain.source import Found, Line
from indexadvisor.explain.text_node import is_known, measures
from indexadvisor.explain.text_shape import is_cut


def is_odd(lines: Sequence[Line], at: int) -> bool:
    """Return whether what stands behind a plan may be a piece of its last line."""
    text = lines[at].text if at < len(lines) else ""
    if not text.strip() or HEADS.search(text) is not None or text[:1] in "<{[":
        return False
    if not is_root(text) or is_arrow(text):
        return True
    # "alias  (cost=.." behind "->  Seq Scan on table" looks like a plan of a node that nobody knows
    last = lines[at - 1].text.lstrip() if at else ""
    return not is_known(text) and last.startswith("->") and measures(last) is None


def mended(lines: Sequence[Line], at: int, plan: Found) -> Found:
    """Return the plan that begins on a line, or a better reading of it."""
    end = max(plan.end, at + 1)
    while end < len(lines) and not _is_other(lines[end].text):
        end += 1
    broken = is_cut(lines[plan.end - 1].text.strip())
    for whole in rejoined(lines[at:end]):
        again = read_text(whole, 0)
        if _worth(again) > _worth(plan) or (broken and _worth(again) == _worth(plan)):
            broken = False
            rest = sum(line.pieces for line in whole[again.end :])
            plan = again._replace(end=max(end - rest, at + 1))
    return plan


def _is_other(text: str) -> bool:
    """Return whether another plan or a log's next entry begins with a line; a piece of one may look like an unknown root."""
    return HEADS.search(text) is not None or (is_root(text) and is_known(text))


def _worth(plan: Found) -> tuple[int, int]:
    """Return how much of a plan was understood, to compare two readings of one text."""
    # what is put because TEXT leaves zeros out says nothing
    properties = sum(1 for node in _nodes(plan) for value in node.values() if value) + len(plan.document)
    return properties - 10 * len(plan.unread), -(plan.truncated is not None)


def _nodes(plan: Found) -> Iterator[dict[str, Any]]:
    stack = [plan.document["Plan"]]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(node.get("Plans", ()))
