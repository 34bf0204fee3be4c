"""What was left out, grouped the way a reader asks for it: by stage, then by reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from indexadvisor.findings import Skipped


@dataclass(frozen=True)
class LeftOut:
    """What one stage left out; ``reasons`` are (reason, subjects) pairs, the most frequent first."""

    stage: str
    count: int
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


def by_stage(skipped: Iterable[Skipped]) -> tuple[LeftOut, ...]:
    """Return one group per stage, in the order of their names.

    >>> [group.reasons for group in by_stage([Skipped("capture", "b", "cut"), Skipped("capture", "a", "cut")])]
    [(('cut', ('a', 'b')),)]
    """
    out = []
    for stage, items in groupby(sorted(skipped), key=lambda item: item.stage):
        found: dict[str, list[str]] = {}
        for item in items:
            found.setdefault(item.reason, []).append(item.subject)
        reasons = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        out.append(LeftOut(stage, sum(map(len, found.values())), tuple((reason, tuple(subjects)) for reason, subjects in reasons)))
    return tuple(out)
