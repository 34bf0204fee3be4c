"""Files of plans as an event source, so that a directory is analysed as a log is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.catalog.model import Catalog
from indexadvisor.diagnosis.plan_log import Analyser
from indexadvisor.errors import IndexAdvisorError
from indexadvisor.explain import Plan, read
from indexadvisor.explain.engine import PlanReport, analyse
from indexadvisor.explain.thresholds import Thresholds


class PlanFiles:
    """Every plan in files and directories. A plan that does not tell its statement (auto_explain's does) is one of its file's name."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._report = CaptureReport()

    @property
    def report(self) -> CaptureReport:
        """The account of what was read so far."""
        return self._report

    def events(self) -> Iterator[QueryEvent]:
        """Yield one event per plan, file by file in order of name; a file without a plan is named in the report."""
        for path in self._files():
            self._report.sources.append(str(path))
            try:
                text = path.read_bytes()
                self._report.bytes_read += len(text)
                plans = read(text, str(path)).plans
            except OSError as error:
                self._report.cannot_read(str(path), f"cannot be read: {error.strerror}")
                continue
            except IndexAdvisorError as error:
                self._report.cannot_read(str(path), str(error))
                continue
            whole = text.decode("utf-8", "replace").splitlines(keepends=True)
            starts = [*(plan.line for plan in plans), len(whole) + 1]
            for plan, start, end in zip(plans, starts, starts[1:], strict=False):
                self._report.entries += 1
                body = "".join(whole[start - 1 : end - 1]) if len(plans) > 1 else "".join(whole)
                statement = plan.query_text or f"-- {path.stem}"
                yield self._report.saw(QueryEvent(statement, total_ms=plan.execution_ms, source=f"{path}:{start}", plan=body))

    def _files(self) -> Iterator[Path]:
        for given in self._paths:
            path = Path(given)
            if path.is_dir():
                yield from sorted(inner for inner in path.rglob("*") if inner.is_file() and not inner.name.startswith("."))
            else:
                yield path


def logged_plan(text: str, source: str, duration_ms: float | None) -> Plan:
    """Return the plan of a log entry; auto_explain prints the statement's time before it, not in it."""
    plan = read(text, source).plans[0]
    return replace(plan, execution_ms=duration_ms) if plan.execution_ms is None and plan.timed else plan


def analyser(catalog: Catalog | None, thresholds: Thresholds, *, only: Sequence[str] = (), skip: Sequence[str] = ()) -> Analyser:
    """Return what analyses one logged plan."""

    def analysed(text: str, source: str, duration_ms: float | None = None) -> PlanReport:
        return analyse(logged_plan(text, source, duration_ms), catalog, thresholds, only=only, skip=skip)

    return analysed
