"""What EXPLAIN prints for the statement as a whole: planning, triggers, JIT, serialization."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from indexadvisor.explain.plan import Jit, Planning, Serialization, Trigger
from indexadvisor.explain.usage import Numbers, buffers, io_times

_KB = 1024
_JIT_STEPS = ("Inlining", "Optimization", "Expressions", "Deforming")
_Taker = Callable[[Mapping[str, Any]], Numbers]


def planning(document: Mapping[str, Any], taker: _Taker) -> Planning | None:
    """Return what planning took, None where nothing of it was printed."""
    group, time_ms = document.get("Planning"), taker(document)("Planning Time")
    if not isinstance(group, Mapping):
        return None if time_ms is None else Planning(time_ms)
    take = taker(group)
    used, allocated = _kilobytes(take.whole("Memory Used")), _kilobytes(take.whole("Memory Allocated"))
    return Planning(time_ms, buffers(group, take), io_times(group, take), used, allocated)


def triggers(entries: object, taker: _Taker) -> tuple[Trigger, ...]:
    """Return the triggers' calls; TEXT without VERBOSE leaves the name of a constraint's trigger out, it is empty then."""
    found = []
    for each in entries if isinstance(entries, list) else ():
        if isinstance(each, Mapping):
            take = taker(each)
            calls = take.whole("Calls")
            if calls is not None:
                name, relation = take.string("Trigger Name") or "", take.string("Relation")
                found.append(Trigger(name, calls, take("Time"), relation, take.string("Constraint Name")))
    return tuple(found)


def jit(group: object, taker: _Taker) -> Jit | None:
    """Return the compilation's figures, in the form of 12 and later or of 11 (times beside the options)."""
    if not isinstance(group, Mapping):
        return None
    options, timing = group.get("Options"), group.get("Timing")
    options = options if isinstance(options, Mapping) else {name: group[name] for name in _JIT_STEPS if isinstance(group.get(name), bool)}
    if not isinstance(timing, Mapping):
        timing = {name.removesuffix(" Time"): value for name, value in group.items() if name.endswith(" Time")}
    deform = None
    generation = timing.get("Generation")
    if isinstance(generation, Mapping):  # from 17 on
        deform = taker(generation)("Deform")
        timing = {**timing, "Generation": generation.get("Total")}
    take = taker(timing)
    functions = taker(group).whole("Functions") or 0
    return Jit(
        functions, {str(name): bool(value) for name, value in options.items()}, take("Generation"), take("Inlining"),
        take("Optimization"), take("Emission"), take("Total"), deform,
    )  # fmt: skip


def serialization(group: object, taker: _Taker) -> Serialization | None:
    """Return what SERIALIZE printed."""
    if not isinstance(group, Mapping):
        return None
    take = taker(group)
    volume = take.whole("Output Volume")
    if volume is None:
        return None
    return Serialization(volume * _KB, take("Time"), take.string("Format"), buffers(group, take), io_times(group, take))


def _kilobytes(value: int | None) -> int | None:
    return None if value is None else value * _KB
