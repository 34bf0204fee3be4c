"""The arguments of ``explain`` into analysed plans."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from indexadvisor.errors import UsageError

if TYPE_CHECKING:
    from indexadvisor.catalog.model import Catalog
    from indexadvisor.db.connection import Session
    from indexadvisor.explain.plan import Plan
    from indexadvisor.report.plan.model import PlanResult

_STANDARD_INPUT = "-"


@dataclass(frozen=True)
class PlanArguments:
    """What the options of ``explain`` said."""

    files: Sequence[str] = ()
    dsn: str = ""
    sql: str | None = None
    analyze: bool = False
    allow_writes: bool = False
    snapshot: str | None = None
    thresholds: Path | None = None
    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    test: bool | None = None
    pg_bindir: Path | None = None

    def results(self) -> tuple[PlanResult, ...]:
        """Read, analyse and return every plan; raises UsageError for what contradicts itself, before any work is done."""
        self._check()
        from indexadvisor.explain.engine import analyse
        from indexadvisor.explain.rules import codes
        from indexadvisor.explain.thresholds import Thresholds, load
        from indexadvisor.report.plan.model import PlanResult

        thresholds = Thresholds() if self.thresholds is None else load(self.thresholds)
        codes((*self.only, *self.skip))
        with ExitStack() as stack:
            session = self._session(stack)
            plans = list(self._plans(session))
            catalog = self._catalog(session)
            results = tuple(
                PlanResult(source, analyse(plan, catalog, thresholds, only=self.only, skip=self.skip), statement)
                for source, plan, statement in plans
            )
            return self._tried(results, session, catalog, stack) if catalog is not None and self.test is not False else results

    def _tried(
        self, results: tuple[PlanResult, ...], session: Session | None, catalog: Catalog, stack: ExitStack
    ) -> tuple[PlanResult, ...]:
        """Test the index advice of every plan whose statement is known; where none has any, no source of cost is opened."""
        from indexadvisor.diagnosis.advice import advises_index, try_advice
        from indexadvisor.errors import StatementFailed
        from indexadvisor.whatif.open import open_costs, open_snapshot

        if not any(advises_index(result.report) for result in results):
            return results
        if session is not None and self.snapshot is None:
            costs = stack.enter_context(open_costs("auto", self.dsn, session, catalog, bindir=self.pg_bindir))
        else:
            from indexadvisor.catalog.snapshot_file import load

            costs = stack.enter_context(open_snapshot("auto", load(self.snapshot or ""), bindir=self.pg_bindir))
        tried = []
        for result in results:
            if not advises_index(result.report):
                tried.append(result)
            elif result.statement is None:
                tried.append(replace(result, untried="the plan does not tell its statement: give it with --sql"))
            else:
                try:
                    tried.append(replace(result, tried=try_advice(result.report, result.statement, catalog, costs)))
                except StatementFailed as error:
                    tried.append(replace(result, untried=f"its statement could not be planned: {error}"))
        return tuple(tried)

    def _check(self) -> None:
        if self.sql is not None and len(self.files) > 1:
            raise UsageError("--sql is one statement, and several files were named", hint="name one plan, or leave out --sql")
        if self.analyze and self.files:
            raise UsageError("--analyze asks the server for the plan: leave out the file, or --analyze")
        if self.analyze and self.sql is None:
            raise UsageError("--analyze runs the statement of --sql, and none is given", hint="add --sql 'SELECT ...'")
        if self.allow_writes and not self.analyze:
            raise UsageError("--allow-writes is for --analyze: without it nothing is run")
        if self.sql is None and not self.files and sys.stdin.isatty():
            raise UsageError("no plan was named", hint="give a file, '-' for standard input, or --sql with --dsn")

    def _session(self, stack: ExitStack) -> Session | None:
        if not self.dsn and (self.sql is None or self.files):
            return None
        from indexadvisor.db.connection import Session

        return stack.enter_context(Session(self.dsn, read_only=not self.allow_writes))

    def _catalog(self, session: Session | None) -> Catalog | None:
        if self.snapshot is not None:
            from indexadvisor.catalog.snapshot_file import load as load_snapshot

            return load_snapshot(self.snapshot).catalog
        if session is None:
            return None
        from indexadvisor.catalog.load import load

        return load(session)

    def _plans(self, session: Session | None) -> Iterator[tuple[str, Plan, str | None]]:
        from indexadvisor.explain import read

        text = None if self.sql is None else self._statement(self.sql)
        if session is not None and text is not None and not self.files:
            from indexadvisor.explain.execute import explained

            for plan in read(explained(session, text, analyze=self.analyze), "<server>").plans:
                yield "<server>", plan, text
            return
        for name in self.files or (_STANDARD_INPUT,):
            shown, found = content(name)
            for plan in read(found, shown).plans:
                yield shown, plan, plan.query_text or text

    def _statement(self, sql: str) -> str:
        """Return the statement, read from a file where it is given as @FILE; refused where --analyze would change data unasked."""
        text = content(sql[1:])[1].decode("utf-8", "replace") if sql.startswith("@") else sql
        if self.analyze and not self.allow_writes:
            from indexadvisor.workload.statement import Unparsable, read_statement

            try:
                kind = read_statement(text).kind
            except Unparsable as error:
                raise UsageError(f"--sql is not one statement: {error}") from None
            if kind is None or kind.writes:
                hint = "leave out --analyze, or add --allow-writes: it is rolled back"
                raise UsageError("--analyze would run a statement that changes data", hint=hint)
        return text


def content(name: str) -> tuple[str, bytes]:
    """Return a file's name as shown and its bytes; ``-`` is standard input."""
    if name == _STANDARD_INPUT:
        return "<input>", sys.stdin.buffer.read()
    try:
        return name, Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from None
