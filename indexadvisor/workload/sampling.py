"""Which executions of a template are kept to cost it with: few, real, and as different as the workload was.

Of each template up to 32 distinct executions (text and values) are remembered. When they grow too many, the slowest, the most
frequent and those whose checksum is lowest stay: the last is a uniform choice that needs no random numbers. Of these, the slowest,
the most frequent and others spread evenly over the range of times become samples; each stands for the executions whose time is
nearest to its own. Those that were forgotten are not lost from the count: the ones drawn by checksum stand for them, never the frequent
ones, which stand for their own calls alone; else one value of 5 % among thousands of others would seem to be nearly all calls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from zlib import crc32

from indexadvisor.workload.model import Sample

_REMEMBERED = 32
_KEPT = 16
_FREQUENT = 4
_MAX_CHARS = 200_000
"""A longer execution is counted but not remembered, unless it is the template's only one."""

Values = tuple[str | None, ...] | None


@dataclass(slots=True)
class _Seen:
    """One distinct execution. ``ms`` is the sum over the ``timed`` of its ``calls``; ``cut``: some were cancelled by a timeout.
    ``order`` begins with a checksum of text and values and breaks ties the same way in every run. ``stands_for``: calls of executions
    that were forgotten for it.
    """

    text: str
    parameters: Values
    user: str | None
    order: tuple[int, str, tuple[tuple[bool, str], ...]]
    calls: int = 0
    timed: int = 0
    ms: float = 0.0
    max_ms: float = 0.0
    cut: bool = False
    stands_for: int = 0

    @property
    def weight(self) -> int:
        """The calls it counts for, its own and those forgotten for it."""
        return max(self.calls, 1) + self.stands_for

    @property
    def mean_ms(self) -> float | None:
        return self.ms / self.timed if self.timed else None

    @property
    def slowness(self) -> float:
        """The longest time; a cancelled call of unknown time is slower than any other."""
        return math.inf if self.cut and not self.timed else self.max_ms

    @property
    def pace(self) -> float:
        """The logarithm of the mean time, for telling what is near."""
        return math.log(max(self.mean_ms, 0.001)) if self.mean_ms is not None else 0.0


class Executions:
    """The distinct executions of one template; those with values and those without are kept apart."""

    def __init__(self) -> None:
        self._real: dict[tuple[str, Values], _Seen] = {}
        self._generic: dict[tuple[str, Values], _Seen] = {}

    def add(self, text: str, parameters: Values, calls: int, ms: float | None, *, cut: bool = False, user: str | None = None) -> None:
        """Count ``calls`` of an execution that took ``ms`` together."""
        pool = self._generic if parameters is None else self._real
        key = (text, parameters)
        seen = pool.get(key)
        if seen is None:
            if pool and len(text) + sum(len(value or "") for value in parameters or ()) > _MAX_CHARS:
                return
            seen = pool[key] = _Seen(text, parameters, user, _order(text, parameters))
        seen.calls += calls
        seen.cut = seen.cut or cut
        if ms is not None:
            seen.timed += calls
            seen.ms += ms
            seen.max_ms = max(seen.max_ms, ms / max(calls, 1))
        if len(pool) > _REMEMBERED:
            _thin(pool)

    def samples(self, count: int) -> tuple[Sample, ...]:
        """Return up to ``count`` samples (at least one), the one with the largest share first; real ones where there are any."""
        pool = sorted((self._real or self._generic).values(), key=lambda seen: (seen.pace, seen.order))
        chosen = _choose(pool, max(count, 1))
        weights = {one: pool[one].weight for one in chosen}
        heirs = _heirs(pool, chosen)
        for index, seen in enumerate(pool):
            if index not in weights:
                nearest = min(heirs, key=lambda one: (abs(pool[one].pace - seen.pace), abs(one - index), one))
                weights[nearest] += seen.weight
        total = sum(weights.values())
        order = sorted(chosen, key=lambda one: (-weights[one], pool[one].order))
        return tuple(Sample(pool[one].text, pool[one].parameters, weights[one] / total, pool[one].mean_ms, pool[one].user) for one in order)


def _order(text: str, parameters: Values) -> tuple[int, str, tuple[tuple[bool, str], ...]]:
    values = tuple((value is None, value or "") for value in parameters or ())
    return crc32(repr((text, values)).encode("utf-8", "surrogatepass")), text, values


def _thin(pool: dict[tuple[str, Values], _Seen]) -> None:
    """Halve a pool; of those that stay, the ones drawn by checksum stand for those that go, each for what took about its time."""
    seen = pool.values()
    marked = {id(max(seen, key=lambda one: (one.slowness, one.order)))}
    marked |= {id(one) for one in sorted(seen, key=lambda one: (-one.calls, one.order))[:_FREQUENT]}
    drawn = [one for one in sorted(seen, key=lambda one: one.order) if id(one) not in marked][: _KEPT - len(marked)]
    keep = marked | {id(one) for one in drawn}
    for key, gone in [(key, one) for key, one in pool.items() if id(one) not in keep]:
        del pool[key]
        min(drawn, key=lambda one: (abs(one.pace - gone.pace), one.weight, one.order)).stands_for += gone.weight


def _heirs(pool: list[_Seen], chosen: list[int]) -> list[int]:
    """Return the chosen ones that may stand for others: not those far more frequent than most, where any but the slowest is left."""
    average = sum(seen.calls for seen in pool) / len(pool)
    slowest = max(chosen, key=lambda one: (pool[one].slowness, one))
    usual = [one for one in chosen if pool[one].calls <= 2 * average or one == slowest]
    return usual if any(one != slowest for one in usual) else chosen


def _choose(pool: list[_Seen], count: int) -> list[int]:
    """Return places in a pool that is sorted by time: the slowest, the most frequent, and the rest evenly spread."""
    if len(pool) <= count:
        return list(range(len(pool)))
    chosen = {max(range(len(pool)), key=lambda one: (pool[one].slowness, one))}
    if count > 1:
        chosen.add(min(range(len(pool)), key=lambda one: (-pool[one].calls, one)))
    left = [one for one in range(len(pool)) if one not in chosen]
    wanted = count - len(chosen)
    chosen |= {left[round((place + 0.5) * len(left) / wanted - 0.5)] for place in range(wanted)}
    return sorted(chosen)
