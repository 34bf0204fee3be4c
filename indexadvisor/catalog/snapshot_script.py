"""Cuts pg_dump's script into schema and statistics, and drops what a private server has no use for.

Statements are found with the project's lexer: a name, a default or a function's body may hold any text, semicolons and fake comments
included. The calls that restore statistics, most of the script, have one fixed form and are matched whole by its grammar, ten times
as fast as token by token.

What goes: psql's own commands, user mappings (they hold passwords), event triggers (they would fire while the schema is loaded), and
column options that PostgreSQL does not document (a patched server keeps private ones in pg_attribute.attoptions, which no other takes).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from indexadvisor.lexer import Token, significant

STRING = r"(?:[eE]'[^'\\]*(?:(?:''|\\.)[^'\\]*)*'|'[^']*(?:''[^']*)*')"
"""A string constant, as in ``indexadvisor.lexer``. There is one way only to match a text: a string that ended at the first of two quotes
would be followed by a quote, which nothing here takes, so that a refusal costs one way back through the text and no more."""

ARGUMENT = rf"'(?P<name>[a-z_]+)', (?P<value>{STRING})::(?P<type>[a-z]+(?:\[\])?)|'(?P<key>schemaname|relname|attname)', (?P<text>{STRING})"
"""One pair of arguments as pg_dump writes it (src/bin/pg_dump/pg_dump.c, dumpRelationStats)."""

_PLAIN_ARGUMENT = re.sub(r"\?P<\w+>", "?:", ARGUMENT)
_CALL = re.compile(
    r"SELECT \* FROM pg_catalog\.pg_restore_(?:relation|attribute)_stats\((?:\n\t(?:" + _PLAIN_ARGUMENT + r"),?)+\n\);",  # noqa: S608  a pattern
    re.DOTALL,
)
_GAP = re.compile(r"(?:\s+|--[^\n\r]*|\\(?:un)?restrict [a-zA-Z0-9]+(?=[\r\n]|\Z))*")
_NAME = r'(?:[a-z_][a-z0-9_$]*|"[^"]*(?:""[^"]*)*")'
_PRIVATE_OPTION = re.compile(
    rf"ALTER TABLE ONLY {_NAME}\.{_NAME} ALTER COLUMN {_NAME} SET \((?!n_distinct(?:_inherited)?=)[a-z_]+=[\w.-]+\);"
)
"""One option of one column that PostgreSQL does not document: such a server has one for every column."""

_RESTORE_BEGIN = ("SELECT", "*", "FROM", "pg_catalog", ".")
_RESTORE = ("pg_restore_relation_stats", "pg_restore_attribute_stats")
_UNWANTED = (("CREATE", "USER", "MAPPING"), ("CREATE", "EVENT", "TRIGGER"), ("ALTER", "EVENT", "TRIGGER"), ("SET", "client_encoding"))
_TABLES = {("CREATE", "TABLE"), ("CREATE", "UNLOGGED"), ("CREATE", "VIEW"), ("CREATE", "MATERIALIZED"), ("CREATE", "FOREIGN")}
_TIES = (("INDEX", "ATTACH"), ("TABLE", "FOREIGN"))
_COLUMN_OPTIONS = frozenset({"n_distinct", "n_distinct_inherited"})
"""What a column may be given (PostgreSQL documentation, "ALTER TABLE", SET (attribute_option = value))."""


def split(script: str, edited: Callable[[str], str] | None = None, tables: str = "", links: str = "") -> tuple[str, str]:
    """Return the statements of a script as (schema, statistics), without comments.

    ``edited`` is applied to each statistics call. ``tables`` is put between types or functions and the first table
    or view, ``links`` between the indexes and what ties them or their tables to each other.

    >>> split("CREATE TABLE t (a text DEFAULT ';');\\n-- x\\nSELECT * FROM pg_catalog.pg_restore_relation_stats('relname', 't');")
    ("CREATE TABLE t (a text DEFAULT ';');\\n", "SELECT * FROM pg_catalog.pg_restore_relation_stats('relname', 't');\\n")
    """
    schema: list[str] = []
    statistics: list[str] = []
    position = _gap_end(script, 0)
    while position < len(script):
        call = _CALL.match(script, position)
        if call is not None:
            statistics.append(call[0] if edited is None else edited(call[0]))
            end = call.end()
        elif (private := _PRIVATE_OPTION.match(script, position)) is not None:
            end = private.end()
        else:
            statement = list(_statement(script, position))
            end = statement[-1].end
            text = script[position:end]
            if _restores(statement):
                statistics.append(text if edited is None else edited(text))
            elif (kept := _kept(text, statement)) is not None:
                words = [token.text for token in statement]
                if tables and tuple(words[:2]) in _TABLES:
                    schema.append(tables.rstrip("\n"))
                    tables = ""
                if links and any(words[:2] == ["ALTER", kind] and word in words for kind, word in _TIES):
                    schema.append(links.rstrip("\n"))
                    links = ""
                schema.append(kept)
        position = _gap_end(script, end)
    return "".join(f"{text}\n" for text in schema) + tables + links, "".join(f"{text}\n" for text in statistics)


def _gap_end(script: str, position: int) -> int:
    gap = _GAP.match(script, position)
    return gap.end() if gap is not None else position


def _statement(script: str, position: int) -> Iterator[Token]:
    """Yield the significant tokens up to the next semicolon; pieces of a body in BEGIN ATOMIC count as statements of their own."""
    for token in significant(script, position):
        yield token
        if token.text == ";":
            return


def _restores(statement: Sequence[Token]) -> bool:
    words = tuple(token.text for token in statement[:6])
    return words[:5] == _RESTORE_BEGIN and words[-1] in _RESTORE


def _kept(text: str, statement: Sequence[Token]) -> str | None:
    """Return the text of a schema statement to keep, or None."""
    words = [token.text for token in statement]
    if any(tuple(words[: len(unwanted)]) == unwanted for unwanted in _UNWANTED):
        return None
    if words[0] != "ALTER" or words[-2:] != [")", ";"]:
        return text
    opening = next((at for at in range(len(words) - 3, 0, -1) if words[at] == "("), 0)
    if words[opening - 4 : opening - 2] != ["ALTER", "COLUMN"] or words[opening - 1] != "SET":
        return text
    options = " ".join(words[opening + 1 : -2]).split(" , ")
    known = [option for option in options if option.split(" ", 1)[0] in _COLUMN_OPTIONS]
    if len(known) == len(options):
        return text
    return f"{text[: statement[opening].end - statement[0].start]}{', '.join(known)});" if known else None
