"""Several statements at a time, where the source of costs takes several questions at once; results in order, whatever finishes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from indexadvisor.selection.problem import Deadline

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item], jobs: int, deadline: Deadline) -> Iterator[Result]:
    """Yield the result of each item in order, ``jobs`` at a time; with one job, in this thread, each when it is asked for.

    Whatever the work or the caller raises (Ctrl-C included) ends the deadline, so that the work under way asks no more, and goes on.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        except BaseException:
            deadline.end()
            for future in futures:
                future.cancel()
            raise
