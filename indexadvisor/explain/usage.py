"""Blocks, I/O times and write-ahead log of one object of a plan (a node, a worker, the planning), where they were printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from indexadvisor.explain.plan import Buffers, IoTimes, Wal
from indexadvisor.explain.properties import BUFFERS, IO_TIMES, WAL

_NO_BUFFERS, _NO_TIMES, _NO_WAL = Buffers(), IoTimes(), Wal()
_BLOCKS = tuple(BUFFERS)
_BLOCK_NAMES, _TIME_NAMES, _WAL_NAMES = dict(BUFFERS).keys(), dict(IO_TIMES).keys(), dict(WAL).keys()
_INT = {int}
_MAX_COUNT = 1 << 63


class Numbers(Protocol):
    """Reads the numbers of one object; None where one is absent or is none."""

    def __call__(self, name: str) -> float | None:
        """Return a number."""

    def whole(self, name: str) -> int | None:
        """Return a whole number."""

    def string(self, name: str) -> str | None:
        """Return a string."""


def buffers(fields: Mapping[str, Any], take: Numbers) -> Buffers | None:
    """Return the block accesses, None where none were printed."""
    if "Shared Hit Blocks" not in fields and _BLOCK_NAMES.isdisjoint(fields.keys()):
        return None
    counts = [fields.get(name, 0) for name in _BLOCKS]
    if not any(counts):
        return _NO_BUFFERS
    # the usual case: nothing to refuse
    if {*map(type, counts)} == _INT and min(counts) >= 0 and max(counts) < _MAX_COUNT:
        return Buffers(*counts)
    return Buffers(*[take.whole(name) or 0 for name in _BLOCKS])


def io_times(fields: Mapping[str, Any], take: Numbers) -> IoTimes | None:
    """Return the I/O times, None where none were printed."""
    if _TIME_NAMES.isdisjoint(fields.keys()):
        return None
    found = _TIME_NAMES & fields.keys()
    if not any(fields[name] for name in found):
        return _NO_TIMES
    return IoTimes(**{IO_TIMES[name]: take(name) or 0.0 for name in found})


def wal(fields: Mapping[str, Any], take: Numbers) -> Wal | None:
    """Return the write-ahead log written, None where it was not printed."""
    if _WAL_NAMES.isdisjoint(fields.keys()):
        return None
    found = _WAL_NAMES & fields.keys()
    return Wal(**{WAL[name]: take.whole(name) or 0 for name in found}) if any(fields[name] for name in found) else _NO_WAL
