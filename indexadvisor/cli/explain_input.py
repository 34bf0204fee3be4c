"""The arguments of ``explain`` into analysed plans."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from indexadvisor.errors import IndexAdvisorError, UsageError

if TYPE_CHECKING:
    from indexadvisor.catalog.model import Catalog
    from indexadvisor.cli.explain_server import Asked
    from indexadvisor.db.connection import Session
    from indexadvisor.explain.plan import Plan
    from indexadvisor.report.plan.model import PlanResult
    from indexadvisor.whatif.interface import CostSource

_STANDARD_INPUT = "-"
_FROM_SERVER = "<server>"


@dataclass(frozen=True)
class PlanArguments:
    """What the options of ``explain`` said. ``refused`` collects the files that could not be read beside those that could, ``notes``
    the pieces of input that belong to no plan.
    """

    files: Sequence[str] = ()
    dsn: str = ""
    sql: str | None = None
    values: Sequence[str] = ()
    analyze: bool = False
    allow_writes: bool = False
    timeout: float | None = None
    snapshot: str | None = None
    thresholds: Path | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    test: bool | None = None
    pg_bindir: Path | None = None
    redact: bool = False
    refused: list[IndexAdvisorError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def results(self) -> tuple[PlanResult, ...]:
        """Read, analyse and return every plan; raises UsageError for what contradicts itself, before any work is done.

        A file without a plan beside others is put into ``refused``; where none holds one, the first refusal is raised.
        """
        self._check()
        from indexadvisor.explain.engine import analyse
        from indexadvisor.explain.rules import codes
        from indexadvisor.explain.thresholds import Thresholds, load
        from indexadvisor.report.plan.model import PlanResult

        thresholds = Thresholds() if self.thresholds is None else load(self.thresholds)
        codes((*self.only, *self.skip))
        with ExitStack() as stack:
            plans = list(self._plans())
            if not plans and self.refused:
                raise self.refused.pop(0)
            session = self._session(stack)
            catalog = self._catalog(session)
            results = tuple(
                PlanResult(source, analyse(plan, catalog, thresholds, only=self.only, skip=self.skip), statement)
                for source, plan, statement in plans
            )
            if catalog is not None and self.test is not False:
                results = self._tried(results, session, catalog, stack)
        if not self.redact:
            return results
        from indexadvisor.cli.explain_redact import redacted

        return tuple(redacted(result, thresholds, only=self.only, skip=self.skip) for result in results)

    def _tried(
        self, results: tuple[PlanResult, ...], session: Session | None, catalog: Catalog, stack: ExitStack
    ) -> tuple[PlanResult, ...]:
        """Test the advice of every plan whose statement is known; where none has any, no source of cost is opened."""
        from indexadvisor.diagnosis.advice import advises
        from indexadvisor.whatif.open import open_costs, open_snapshot

        if not any(advises(result.report) for result in results):
            return results
        if session is not None and self.snapshot is None:
            costs = stack.enter_context(open_costs("auto", self.dsn, session, catalog, bindir=self.pg_bindir))
        else:
            from indexadvisor.catalog.snapshot_file import load

            costs = stack.enter_context(open_snapshot("auto", load(self.snapshot or ""), bindir=self.pg_bindir))
        return tuple(self._tested(result, catalog, costs, session) if advises(result.report) else result for result in results)

    def _tested(self, result: PlanResult, catalog: Catalog, costs: CostSource, session: Session | None) -> PlanResult:
        from indexadvisor.diagnosis.advice import try_advice
        from indexadvisor.errors import StatementFailed

        if result.statement is None:
            return replace(result, untried="the plan does not tell its statement: give it with --sql")
        values = tuple(self.values) or None
        try:
            tried = try_advice(result.report, result.statement, catalog, costs, parameters=values, session=session)
        except StatementFailed as error:
            return replace(result, untried=f"its statement could not be planned: {error}")
        return replace(result, tried=tried)

    def _check(self) -> None:
        if self.sql is not None and len(self.files) > 1:
            raise UsageError("--sql is one statement, and several files were named", hint="name one plan, or leave out --sql")
        if self.analyze and self.files:
            raise UsageError("--analyze asks the server for the plan: leave out the file, or --analyze")
        if self.analyze and self.sql is None:
            raise UsageError("--analyze runs the statement of --sql, and none is given", hint="add --sql 'SELECT ...'")
        if not self.analyze and (self.allow_writes or self.timeout is not None):
            named = "--allow-writes" if self.allow_writes else "--timeout"
            raise UsageError(f"{named} is for --analyze: without it nothing is run")
        if self.values and self.sql is None:
            raise UsageError("--value is for the parameters of --sql, and no --sql is given")
        if self.sql is None and not self.files and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError("no plan was named", hint="give a file, '-' for standard input, or --sql with --dsn")
        if self.test and self.snapshot is None and not self.dsn and (self.sql is None or self.files):
            raise UsageError("--test needs someone to ask", hint="name a server with --dsn, or a snapshot with --snapshot")

    def _session(self, stack: ExitStack) -> Session | None:
        if self.snapshot is not None or (not self.dsn and (self.sql is None or self.files)):
            return None
        from indexadvisor.db.connection import Session

        return stack.enter_context(Session(self.dsn))

    def _catalog(self, session: Session | None) -> Catalog | None:
        if self.snapshot is not None:
            from indexadvisor.catalog.snapshot_file import load as load_snapshot

            return load_snapshot(self.snapshot).catalog
        if session is None:
            return None
        from indexadvisor.catalog.load import load

        return load(session)

    def _plans(self) -> Iterator[tuple[str, Plan, str | None]]:
        text = None if self.sql is None else statement(self.sql)
        if text is not None and not self.files:
            yield from ((_FROM_SERVER, plan, text) for plan in self._asked(text).plans())
            return
        from indexadvisor.explain import read

        for name in self.files or (_STANDARD_INPUT,):
            try:
                shown, found = content(name)
                reading = read(found, shown)
            except IndexAdvisorError as error:
                self.refused.append(error)
                continue
            told = {piece for plan in reading.plans for piece in plan.unread}
            left = (piece for piece in reading.unread if piece not in told)
            self.notes.extend(f"{shown}:{one.line}:{one.column}: not understood: {one.text} (expected {one.expected})" for one in left)
            yield from ((shown, plan, plan.query_text or text) for plan in reading.plans)

    def _asked(self, text: str) -> Asked:
        from indexadvisor.cli.explain_server import Asked

        asked = Asked(self.dsn, text, self.values, self.analyze, self.allow_writes, self.timeout)
        asked.check()
        return asked


def statement(sql: str) -> str:
    """Return the statement of --sql, read from a file where it is given as @FILE; raises UsageError where there is none."""
    text = content(sql[1:])[1].decode("utf-8-sig", "replace") if sql.startswith("@") else sql
    if not text.strip():
        raise UsageError("--sql holds no statement")
    return text


def content(name: str) -> tuple[str, bytes]:
    """Return a file's name as shown and its bytes; ``-`` is standard input. Raises UsageError."""
    from indexadvisor.explain.reading import LIMIT_BYTES, TooLong

    if name == _STANDARD_INPUT:
        # one more than may be read: what reads the plans refuses it then
        return "<input>", b"" if sys.stdin is None else sys.stdin.buffer.read(LIMIT_BYTES + 1)
    try:
        if (size_bytes := Path(name).stat().st_size) > LIMIT_BYTES:
            raise TooLong(name, size_bytes)
        return name, Path(name).read_bytes()
    except IsADirectoryError:
        raise UsageError(f"{name} is a directory", hint=f"indexadvisor explain log --plans {name} analyses all plans in it") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None
