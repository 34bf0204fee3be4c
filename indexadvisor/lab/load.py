"""Loads the dumped schema and statistics of a database into an empty one of the lab's, statement by statement where need be.

All runs as a role without rights of its own: a snapshot is a file, and nothing in it may do more than fill its database. Only
extensions are created by the superuser, and only those that the lab's PostgreSQL brings. What cannot be loaded costs only the objects
that need it, and each is named; a table is kept where one of its columns has a type the lab lacks (the type becomes a
domain over text), or a default or constraint calls a function the lab lacks (the clause is left out).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.db.script import Client
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped
from indexadvisor.lab import rewrite, script

_TOGETHER = 200
"""Statements sent at once; only where one of them is refused are they sent singly."""
_MAX_REPAIRS = 50
_MISSING_TYPE = re.compile(r'type "(?P<name>.+?)(?:\[\])?" does not exist')
_MISSING_COLLATION = re.compile(r'collation "(?P<name>.+?)" for encoding')
_MISSING_FUNCTION = re.compile(r"function (?P<name>[^(]+)\(.*\) does not exist", re.DOTALL)
_MISSING_SCHEMA = re.compile(r'schema "(?P<name>.+?)" does not exist')
_NO_SUCH_RELATION = "42P01"
_TAKE_STAND_INS = ("CREATE TABLE", "CREATE UNLOGGED", "CREATE FOREIGN", "CREATE TYPE", "CREATE DOMAIN", "ALTER TABLE")
_EXTENSION = re.compile(r'CREATE EXTENSION (?:IF NOT EXISTS )?(?P<name>"[^"]+"|\w+)')


class Loader:
    """Fills one database. ``owner`` is the role without rights that will own everything, ``superuser`` creates extensions.

    ``skipped`` says what was left out, and ``assumed`` what stands in for something else, by type name.
    """

    def __init__(self, owner: Client, superuser: Client) -> None:
        self._owner = owner
        self._superuser = superuser
        self.skipped: list[Skipped] = []
        self.stand_ins: dict[str, str] = {}

    def schema(self, dump: str) -> None:
        """Run a schema dump; nothing it lacks ends the load."""
        self._run(script.split(dump), self._one)

    def statistics(self, dump: str) -> None:
        """Run a dump of statistics; those of objects that were not loaded are passed over, since the objects are named already."""
        self._run(script.split(dump), self._one_of_statistics)
        self._owner.simple("RESET ALL")

    def _run(self, statements: Iterable[str], one: Callable[[str], None]) -> None:
        group: list[str] = []
        for text in statements:
            wanted = script.wanted(text)
            if wanted is False:
                self._leave_out(text, "not a statement of a schema or statistics dump")
            elif text.startswith("CREATE EXTENSION"):
                self._together(group, one)
                group = []
                self._extension(text)
            elif wanted:
                group.append(text)
            if len(group) >= _TOGETHER:
                self._together(group, one)
                group = []
        self._together(group, one)

    def _together(self, group: list[str], one: Callable[[str], None]) -> None:
        if not group:
            return
        try:
            self._owner.run_script("BEGIN;\n" + ";\n".join(map(self._standing_in, group)) + ";\nCOMMIT")
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            self._owner.simple("ROLLBACK")
            for text in group:
                one(text)

    def _extension(self, text: str) -> None:
        schema = re.search(r' WITH SCHEMA ("(?:[^"]|"")+"|\w+)', text)
        try:
            if schema:
                # one the extension would have made itself
                self._superuser.simple(f"CREATE SCHEMA IF NOT EXISTS {schema[1]}")
            self._superuser.simple(text)
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            found = _EXTENSION.match(text)
            name = found["name"].strip('"') if found else text
            self.skipped.append(Skipped("lab", f"extension {name}", f"the lab's PostgreSQL does not have it: {error}"))

    def _one_of_statistics(self, text: str) -> None:
        try:
            self._owner.simple(text)
        except StatementFailed as error:
            if error.sqlstate is None:
                raise
            if error.sqlstate != _NO_SUCH_RELATION:
                self._leave_out(text, str(error))

    def _one(self, text: str) -> None:
        """Run one statement, mending what can be mended; the first refusal is the one told."""
        first: StatementFailed | None = None
        # here and not before: a statement of the same group may have made the stand-in
        text = self._standing_in(text)
        for _ in range(_MAX_REPAIRS):
            try:
                self._owner.simple(text)
            except StatementFailed as error:
                if error.sqlstate is None:
                    raise
                first = first or error
                mended = self._mended(text, str(error))
                if mended is None:
                    break
                text = mended
            else:
                return
        self._leave_out(text, str(first))

    def _standing_in(self, text: str) -> str:
        return rewrite.without_modifiers(text, self.stand_ins) if self.stand_ins else text

    def _mended(self, text: str, error: str) -> str | None:
        """Return the statement in a form that may now be accepted, or None when there is nothing more to try."""
        if (found := _MISSING_SCHEMA.search(error)) is not None:
            return text if self._schema(found["name"]) else None
        if (found := _MISSING_TYPE.search(error)) is not None and text.startswith(_TAKE_STAND_INS):
            return self._stand_in(text, found["name"])
        if (found := _MISSING_COLLATION.search(error)) is not None:
            return self._without(text, rewrite.without_collation, f"collation {found['name']}", found["name"])
        if (found := _MISSING_FUNCTION.search(error)) is not None and text.startswith(("CREATE TABLE", "CREATE UNLOGGED")):
            return self._without(text, rewrite.without_clauses, f"function {found['name']}", found["name"])
        return None

    def _without(self, text: str, edit: Callable[[str, str], str], what: str, name: str) -> str | None:
        mended = edit(text, rewrite.bare(name))
        if mended == text:
            return None
        self.skipped.append(Skipped("lab", script.about(text), f"loaded without the clauses that need the {what}, which the lab lacks"))
        return mended

    def _schema(self, name: str) -> bool:
        try:
            self._owner.simple(f"CREATE SCHEMA {quote_identifier(name)}")
        except StatementFailed:
            return False
        return True

    def _stand_in(self, text: str, name: str) -> str | None:
        """Create a domain over text under the name of a missing type, and return the statement without the type's modifiers."""
        schema, _, short = name.rpartition(".")
        if not schema or short in self.stand_ins:
            return None
        try:
            self._owner.simple(f"CREATE DOMAIN {quote_identifier(schema)}.{quote_identifier(short)} AS text")
        except StatementFailed as error:
            if not (_MISSING_SCHEMA.search(str(error)) and self._schema(schema)):
                return None
            return self._stand_in(text, name)
        self.stand_ins[short] = name
        reason = "the lab lacks it; its columns are there as text, so that indexes on other columns can be costed, none on these"
        self.skipped.append(Skipped("lab", f"type {name}", reason))
        return rewrite.without_modifiers(text, [short])

    def _leave_out(self, text: str, reason: str) -> None:
        self.skipped.append(Skipped("lab", script.about(text), f"not loaded: {reason}"))
