"""The statements of the sample application, read from the text a person edits: a heading of comments, then one statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from indexadvisor.errors import WorkloadError

_HEADING = re.compile(r"-- (name|calls|protocol|role|parameters):\s*(.+)")
_CONTINUED = re.compile(r"--   (\S.*)")
_PLACEHOLDER = re.compile(r"\$(\d+)")


class Protocol(StrEnum):
    """How a statement travels, which is also how it looks in the log."""

    EXTENDED = "extended"
    PREPARED = "prepared"
    SIMPLE = "simple"


class Role(StrEnum):
    """Who runs it: the owner of the tables, or the application's role, which row security applies to."""

    OWNER = "owner"
    APP = "app"


@dataclass(frozen=True)
class Statement:
    """One kind of statement: ``calls`` at calls scale 1; ``parameters`` is a query for its values, None where it has none.

    For Role.APP the first value of each row is the user whom the request is for and the others are ``$1``, ``$2``, ...
    For Protocol.SIMPLE the values are SQL literals (or lists of them), to stand in the text.
    """

    name: str
    text: str
    calls: int
    parameters: str | None = None
    protocol: Protocol = Protocol.EXTENDED
    role: Role = Role.OWNER

    @property
    def writes(self) -> bool:
        """Whether the statement changes rows; none of the application's SELECTs or CTEs does."""
        return self.text.split(maxsplit=1)[0].upper() in {"INSERT", "UPDATE", "DELETE", "MERGE"}

    def with_values(self, values: tuple[str | None, ...]) -> str:
        """Return the text with each ``$n`` replaced by a literal.

        >>> Statement("users", "SELECT 1 FROM users WHERE id IN ($1) AND plan = $2", 1).with_values(("4, 5", "'free'"))
        "SELECT 1 FROM users WHERE id IN (4, 5) AND plan = 'free'"
        """
        return _PLACEHOLDER.sub(lambda found: values[int(found[1]) - 1] or "NULL", self.text)


def read_statements(path: Path) -> tuple[Statement, ...]:
    """Return the statements of a file in its order; WorkloadError names the line of what is not one."""
    found = [_statement(path, number, heading, body) for number, heading, body in _blocks(path)]
    names = [statement.name for statement in found]
    for name in names:
        if names.count(name) > 1:
            raise WorkloadError(f"{path.name}: two statements are called {name!r}")
    return tuple(found)


def _blocks(path: Path) -> Iterator[tuple[int, dict[str, str], str]]:
    """Yield (line of the name, heading, text) for each statement; comments outside a heading are the reader's."""
    heading: dict[str, str] = {}
    body: list[str] = []
    start, key = 0, ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if (found := _HEADING.fullmatch(line)) and not body:
            key = found[1]
            start = number if key == "name" else start
            heading[key] = found[2]
        elif heading and not body and (more := _CONTINUED.fullmatch(line)):
            heading[key] += " " + more[1]
        elif heading and line.strip():
            body.append(line)
            if line.rstrip().endswith(";"):
                yield start, heading, "\n".join(body).rstrip().rstrip(";")
                heading, body = {}, []
    if heading:
        raise WorkloadError(f"{path.name}:{start}: {heading.get('name', 'a statement')} does not end in a semicolon")


def _statement(path: Path, number: int, heading: dict[str, str], text: str) -> Statement:
    try:
        return Statement(
            name=heading["name"], text=text, calls=int(heading["calls"]), parameters=heading.get("parameters"),
            protocol=Protocol(heading.get("protocol", "extended")), role=Role(heading.get("role", "owner")),
        )  # fmt: skip
    except KeyError as error:
        raise WorkloadError(f"{path.name}:{number}: the statement's heading has no {error.args[0]}") from None
    except ValueError as error:
        raise WorkloadError(f"{path.name}:{number}: {error}") from None
