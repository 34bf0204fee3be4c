"""A proposed index, with the kind of reasoning that led to it and the queries it is for."""

from __future__ import annotations

from dataclasses import dataclass

from indexadvisor.catalog.model import IndexDef
from indexadvisor.findings import Skipped


@dataclass(frozen=True)
class Candidate:
    """An index worth asking the planner about.

    ``kind`` is the generator's name (``btree``, ``covering``, ``partial``, ``expression``, ``sort``, ``gin``, ...). ``reasons`` are
    sentences for people (``equality on customer_id, then order by placed_at DESC``). ``query_ids`` are the queries it is
    for. ``assumptions`` say what must hold and was not captured (``status is 'open' in every call``).
    """

    index: IndexDef
    kind: str
    reasons: tuple[str, ...] = ()
    query_ids: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass(frozen=True)
class CandidateSet:
    """Candidates in a stable order (by table, then by definition), and what pruning removed, each with its reason."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...] = ()
