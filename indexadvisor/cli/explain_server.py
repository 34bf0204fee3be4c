"""What ``explain`` asks a server: the plan of a statement, measured where asked for, and the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexadvisor.errors import StatementFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexadvisor.explain.plan import Plan

_QUERY_CANCELED = "57014"
_READ_ONLY = "25006"
_LOCKED = "55P03"
_NO_LIMIT = 0


@dataclass(frozen=True)
class Asked:
    """What --sql and its companions said. ``timeout_s``: limit of --analyze in seconds, None for none."""

    dsn: str
    text: str
    values: Sequence[str] = ()
    analyze: bool = False
    allow_writes: bool = False
    timeout_s: float | None = None

    def check(self) -> None:
        """Raise UsageError where --analyze would change data unasked, or lacks values; nothing is sent for it."""
        from indexadvisor.lexer import placeholders

        if not self.analyze:
            return
        if max(placeholders(self.text), default=0) > len(self.values):
            raise UsageError("--analyze runs the statement, and a value is missing for its parameters",
                             hint="give one --value for each of $1, $2, ... in their order")  # fmt: skip
        if self.allow_writes:
            return
        from indexadvisor.workload.statement import Unparsable, read_statement

        try:
            kind = read_statement(self.text).kind
        except Unparsable as error:
            raise UsageError(f"--sql is not one statement: {error}") from None
        if kind is None or kind.writes:
            hint = "leave out --analyze, or add --allow-writes: it is rolled back"
            raise UsageError("--analyze would run a statement that changes data", hint=hint)

    def plans(self) -> tuple[Plan, ...]:
        """Ask for the plan on a connection of its own, read-only unless writes are allowed; raises StatementFailed with what to do."""
        from indexadvisor.db.connection import Session, Timeouts
        from indexadvisor.explain import read
        from indexadvisor.explain.execute import explained
        from indexadvisor.explain.run import explain
        from indexadvisor.lexer import placeholders
        from indexadvisor.workload.model import Sample

        limits = Timeouts()
        if self.analyze:
            limits = Timeouts(statement_ms=_NO_LIMIT if self.timeout_s is None else max(1, round(self.timeout_s * 1000)))
        try:
            with Session(self.dsn, read_only=not self.allow_writes, timeouts=limits) as session:
                if max(placeholders(self.text), default=0) > len(self.values):
                    return (explain(session, Sample(self.text, None)),)
                return read(explained(session, self.text, self.values, analyze=self.analyze), "<server>").plans
        except StatementFailed as error:
            raise self._told(error) from None

    def _told(self, error: StatementFailed) -> StatementFailed:
        if error.sqlstate == _QUERY_CANCELED and self.analyze and self.timeout_s is not None:
            words, hint = f"the statement ran into --timeout after {self.timeout_s:g} s, and was cancelled", "give --timeout more time"
            return StatementFailed(words, sqlstate=error.sqlstate, hint=f"{hint}, or leave out --analyze for the plan alone")
        if error.sqlstate == _READ_ONLY:
            words = f"the statement would change data, which the session refuses: {error}"
            return StatementFailed(words, sqlstate=error.sqlstate, hint="add --allow-writes: what it changes is rolled back")
        if error.sqlstate == _LOCKED:
            return StatementFailed(str(error), sqlstate=error.sqlstate, hint="another session holds a lock on one of its tables: try again")
        return error
