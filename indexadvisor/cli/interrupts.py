"""Ctrl-C while the advice is sought: it ends the search, the best answer so far is still delivered, and the exit code tells."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Self

INTERRUPTED = 128 + signal.SIGINT
"""Exit code after Ctrl-C."""


class Interrupts:
    """Counts Ctrl-C within a ``with`` block; each still raises KeyboardInterrupt. ``seen`` is whether there was one."""

    def __init__(self) -> None:
        self.seen = False
        self._before: object = None

    def __enter__(self) -> Self:
        # signals reach the main thread alone, and a shell that starts us in the background has Ctrl-C ignored: leave it so
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupted(self, signum: int, frame: FrameType | None) -> None:
        self.seen = True
        raise KeyboardInterrupt
