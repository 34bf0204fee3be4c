"""EXPLAIN of captured statements, never with ANALYZE: nothing captured is ever run.

A statement with values is sent by the extended protocol with its parameters as text of unknown type, so that PostgreSQL plans it
as it planned the real call. A statement whose values were not captured gets a generic plan: PREPARE by the same protocol, then
EXPLAIN EXECUTE under ``plan_cache_mode = force_generic_plan`` (documentation: PREPARE, section "Notes"). From version 16 on,
GENERIC_PLAN is added: it keeps EXPLAIN from pruning partitions by the NULLs that stand in for the values. (GENERIC_PLAN alone
would need the simple protocol, where nothing but our own parsing would keep a second statement out.)
A new PREPARE each time, because HypoPG does not invalidate cached plans: an old one would name indexes that are gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any, Protocol

from indexadvisor.db.compose import SQL, Identifier
from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.explain import placeholders
from indexadvisor.explain.parse import from_json
from indexadvisor.explain.plan import Plan
from indexadvisor.findings import Skipped
from indexadvisor.lexer import placeholders as numbers

_EXPLAIN = "EXPLAIN (FORMAT JSON)"
_PREPARED = Identifier("indexadvisor_explain")
_DEALLOCATE = SQL("DEALLOCATE {}").format(_PREPARED)
_GENERIC_OPTION_SINCE = 160000
_QUERY_CANCELED = "57014"
_NO_RIGHT = "42501"
_TYPE_UNKNOWN = "42P18"
_NO_SUCH_FUNCTION = frozenset({"42883", "42725", "42804"})
_MAX_REPAIRS = 10


class Statement(Protocol):
    """What EXPLAIN needs of a captured statement; workload's Sample is one."""

    @property
    def text(self) -> str:
        """The captured SQL."""

    @property
    def parameters(self) -> tuple[str | None, ...] | None:
        """Values of ``$1``, ``$2``, ... as text; None where they were not captured."""

    @property
    def user(self) -> str | None:
        """The role that ran it, where known."""


def explain(session: Session, statement: Statement) -> Plan:
    """Return the plan of one captured statement; raises StatementFailed when the server refuses it."""
    return Explainer(session).explain(statement)


class Explainer:
    """EXPLAINs captured statements on one session.

    ``row_secured`` names the tables with row security: a statement that reads one is planned as the role that ran it, because
    policies differ by role and are part of the plan. The same role is tried where we lack a right on a table. ``block`` wraps
    every single attempt, such as a savepoint when the session is inside a transaction that must live on. ``sent`` counts the
    EXPLAINs; ``skipped`` says what could not be done as asked.
    """

    def __init__(
        self,
        session: Session,
        *,
        row_secured: frozenset[str] = frozenset(),
        block: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._row_secured = row_secured
        self._block = block
        self._needs_role: dict[str, bool] = {}
        self._refused_roles: set[str] = set()
        self.sent = 0
        self.skipped: list[Skipped] = []
        self.move(session)

    def move(self, session: Session) -> None:
        """Go on with another session, after the connection of the first was lost."""
        self._session = session
        self._generic_mode = False
        self._prepared = False

    def explain(self, statement: Statement) -> Plan:
        """Return the plan; raises StatementFailed, with the server's words about the captured text, when it is refused."""
        role = statement.user
        if role is None or role == self._session.user or role in self._refused_roles or self._needs_role.get(statement.text) is False:
            return self._explain(statement, nullcontext)
        plan, refusal = None, None
        if statement.text not in self._needs_role:
            try:
                plan = self._explain(statement, nullcontext)
            except StatementFailed as error:
                if error.sqlstate != _NO_RIGHT:
                    raise
                refusal = error
            self._needs_role[statement.text] = plan is None or any(node.relation in self._row_secured for node in plan.walk())
            if plan is not None and not self._needs_role[statement.text]:
                return plan
        return self._explain_as(role, statement, plan, refusal)

    def _explain_as(self, role: str, statement: Statement, own: Plan | None, refusal: StatementFailed | None) -> Plan:
        """Plan as the role, or where that is refused as ourselves (``own``, ``refusal``: what came of that, if tried already)."""
        try:
            return self._explain(statement, lambda: self._session.as_role(role))
        except StatementFailed as error:
            if hopeless(error):
                raise
            if refusal is not None:
                raise refusal from None
            plan = own if own is not None else self._explain(statement, nullcontext)
            self._refused_roles.add(role)
            reason = f"its row security could not be applied, plans are those of {self._session.user}: {error}"
            self.skipped.append(Skipped("explain", f"role {role}", reason))
            return plan

    def _explain(self, statement: Statement, role: Callable[[], AbstractContextManager[None]]) -> Plan:
        text, values = placeholders.typed_literals(statement.text), statement.parameters
        used = numbers(text)
        generic = values is None or len(values) < max(used, default=0)
        if not generic:
            text, values = placeholders.dense(text, values or ())
        else:
            values = None if used else ()
        return self._repairing(text, values, role)

    def _repairing(self, text: str, values: tuple[str | None, ...] | None, role: Callable[[], AbstractContextManager[None]]) -> Plan:
        """Explain, and where only the type of a placeholder is missing, supply it and try again; the first refusal is the one told."""
        first: StatementFailed | None = None
        for _ in range(_MAX_REPAIRS):
            try:
                return self._attempt(text, values, role)
            except StatementFailed as error:
                first = first or error
                repaired = _repaired(text, values, error)
                if repaired is None:
                    raise first from None
                text, values = repaired
        raise first or StatementFailed("EXPLAIN was refused")

    def _attempt(self, text: str, values: tuple[str | None, ...] | None, role: Callable[[], AbstractContextManager[None]]) -> Plan:
        if values is None and not self._generic_mode:
            # outside of any block of ours, so that it holds for all later statements; a plain EXPLAIN is not touched by it
            self._session.rows("SELECT pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', false)")
            self._generic_mode = True
        try:
            with self._block(), role():
                plan = self._plan(text, values)
            if any(node.details.get("Subplans Removed") for node in plan.walk()):
                # pruned at the start of execution: these partitions count in the cost, but the plan does not show their indexes
                with self._block(), self._session.transaction(), role():
                    self._session.rows("SELECT pg_catalog.set_config('enable_partition_pruning', 'off', true)")
                    plan = replace(plan, hidden_indexes=self._plan(text, values).indexes())
        finally:
            self._deallocate()
        return plan

    def _plan(self, text: str, values: tuple[str | None, ...] | None) -> Plan:
        self.sent += 1
        if values is not None:
            return _read(self._session.captured(_EXPLAIN, text, values))
        arguments = SQL(", ").join([SQL("NULL")] * max(numbers(text)))
        options = SQL("GENERIC_PLAN, FORMAT JSON" if self._session.version_num >= _GENERIC_OPTION_SINCE else "FORMAT JSON")
        execute = SQL("EXPLAIN ({}) EXECUTE {}({})").format(options, _PREPARED, arguments)
        self._session.captured("PREPARE indexadvisor_explain AS", text)
        self._prepared = True
        rows, _ = self._session.batch((execute, ()), (_DEALLOCATE, ()))
        self._prepared = False
        return _read(rows)

    def _deallocate(self) -> None:
        """Forget a prepared statement whose EXPLAIN was refused; on a lost connection it is gone already."""
        if self._prepared:
            self._prepared = False
            with suppress(StatementFailed):
                self._session.rows(_DEALLOCATE)


def hopeless(error: StatementFailed) -> bool:
    """Return whether trying the same statement again in another way cannot help: cancelled, or the connection is gone."""
    return error.sqlstate is None or error.sqlstate == _QUERY_CANCELED


def _read(rows: list[tuple[Any, ...]]) -> Plan:
    if not rows:
        raise StatementFailed("EXPLAIN returned nothing: not a statement with a plan")
    return from_json(rows[0][0])


def _repaired(text: str, values: tuple[str | None, ...] | None, error: StatementFailed) -> tuple[str, tuple[str | None, ...] | None] | None:
    """Return the text and values with a missing type supplied, or None when that is not what the server complains about."""
    named = re.search(r"\$(\d+)", str(error))
    if error.sqlstate == _TYPE_UNKNOWN and named is not None:
        number = int(named.group(1))
        if values is not None and number <= len(values):
            answered = placeholders.null_tests_answered(text, number, is_null=values[number - 1] is None)
            if answered != text:
                return placeholders.dense(answered, values)
        typed = placeholders.cast(text, number) if f"${number}::text" not in text else text
        return (typed, values) if typed != text else None
    if error.sqlstate in _NO_SUCH_FUNCTION and "$" in text:
        listed = placeholders.lists_for_arrays(text)
        return (listed, values) if listed != text else None
    return None
