"""Blocks, I/O times and write-ahead log of one object of a plan (a node, a worker, the planning), where they were printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from indexadvisor.explain.plan import Buffers, IoTimes, Wal
from indexadvisor.explain.properties import BUFFERS, IO_TIMES, WAL

_NO_BUFFERS, _NO_TIMES, _NO_WAL = Buffers(), IoTimes(), Wal()
_BLOCKS = tuple(BUFFERS)


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
    if "Shared Hit Blocks" not in fields and BUFFERS.keys().isdisjoint(fields):
        return None
    counts = [fields.get(name, 0) for name in _BLOCKS]
    if not any(counts):
        return _NO_BUFFERS
    return Buffers(*[take.whole(name) or 0 for name in _BLOCKS])


def io_times(fields: Mapping[str, Any], take: Numbers) -> IoTimes | None:
    """Return the I/O times, None where none were printed."""
    found = IO_TIMES.keys() & fields.keys()
    if not found:
        return None
    if not any(fields[name] for name in found):
        return _NO_TIMES
    return IoTimes(**{IO_TIMES[name]: take(name) or 0.0 for name in found})


def wal(fields: Mapping[str, Any], take: Numbers) -> Wal | None:
    """Return the write-ahead log written, None where it was not printed."""
    found = WAL.keys() & fields.keys()
    if not found:
        return None
    return Wal(**{WAL[name]: take.whole(name) or 0 for name in found}) if any(fields[name] for name in found) else _NO_WAL
