"""Several statements at a time, where the source of costs takes several questions at once; results in order, whatever finishes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from indexadvisor.selection.problem import Deadline

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE_S = 0.2


def in_parallel(
    work: Callable[[Item], Result], items: Iterable[Item], jobs: int, deadline: Deadline, interrupt: Callable[[], None]
) -> Iterator[Result]:
    """Yield the result of each item in order, ``jobs`` at a time; with one job, in this thread, each when it is asked for.

    Whatever the work or the caller raises (Ctrl-C included) ends the deadline, so that the work under way asks no more, and goes on;
    ``interrupt`` cancels what that work waits for, and is called until all of it has ended.
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
            # again and again: a statement that is sent just after a call, or tried once more, is not met by it
            while wait(futures, _PATIENCE_S).not_done:
                interrupt()
            raise
