"""Several sources read one after the other as if they were one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from indexadvisor.capture.interface import MAX_NAMED, CaptureReport, EventSource, QueryEvent


def chain(sources: Sequence[EventSource]) -> EventSource:
    """Return one source that yields the events of all, in order, with one report of all."""
    return sources[0] if len(sources) == 1 else _Chain(sources)


class _Chain:
    def __init__(self, sources: Sequence[EventSource]) -> None:
        self._sources = tuple(sources)

    @property
    def report(self) -> CaptureReport:
        """The sum of the sources' reports as they stand now."""
        total = CaptureReport()
        for report in (source.report for source in self._sources):
            total.sources += report.sources
            total.entries += report.entries
            total.events += report.events
            total.bytes_read += report.bytes_read
            total.ignored += report.ignored
            total.unreadable_count += report.unreadable_count
            total.unreadable += report.unreadable[: MAX_NAMED - len(total.unreadable)]
            firsts = [at for at in (total.first_at, report.first_at) if at is not None]
            lasts = [at for at in (total.last_at, report.last_at) if at is not None]
            total.first_at, total.last_at = min(firsts, default=None), max(lasts, default=None)
        return total

    def events(self) -> Iterator[QueryEvent]:
        """Yield the events of each source in turn."""
        for source in self._sources:
            yield from source.events()
