"""``.sql`` files as a source of events: one event per statement, weighted by an optional ``-- calls: 120`` above it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from indexadvisor.capture.interface import CaptureReport, QueryEvent
from indexadvisor.capture.logfile import LogFile, decode, expand
from indexadvisor.capture.script import Piece, next_statement
from indexadvisor.lexer import significant, tokens

_CALLS = re.compile(r"--\s*calls\s*[:=]\s*(\S+)\s*\Z", re.IGNORECASE)
_NAME = re.compile(r"--\s*name\s*[:=]\s*(.+?)\s*\Z", re.IGNORECASE)
_COPY_DATA_ENDS = re.compile(r"^\\\.[ \t\r]*$", re.MULTILINE)
_BACKSLASH = re.compile(r"\s*\\[^\n]*")


class SqlFileSource:
    """Statements of ``.sql`` files (or folders of them, or ``-``) as an EventSource.

    Every statement counts once, or as often as ``-- calls: N`` above it says; ``-- name: ...`` is shown with its place. No
    times and no values are known. psql's backslash commands are not run: each is counted and named.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = tuple(paths)
        self._report = CaptureReport()

    @property
    def report(self) -> CaptureReport:
        """The account of what was read so far."""
        return self._report

    def events(self) -> Iterator[QueryEvent]:
        """Yield the statements in the order of the files."""
        for path in expand(self._paths, self._report):
            if Path(path).suffix == ".md" or (path not in self._paths and not _is_sql(path)):
                continue  # a README beside the queries of a folder
            with LogFile(path, self._report) as file:
                if file.unreadable is None:
                    yield from self._statements(file.name, decode(file.read().removeprefix(b"\xef\xbb\xbf")))
                else:
                    self._report.cannot_read(file.name, file.unreadable)

    def _statements(self, name: str, text: str) -> Iterator[QueryEvent]:
        position, line, counted = 0, 1, 0
        while position < len(text):
            position = self._commands(name, text, position)
            piece, after = next_statement(text, position)
            if piece is None:
                return
            if not piece.complete:
                piece, after = _recovered(text, piece, after)
            line += text.count("\n", counted, piece.start)
            counted = piece.start
            end, after = self._cut_command(name, text, piece, after)
            self._report.entries += 1
            where = f"{name}:{line}"
            statement = text[piece.start : end].rstrip()
            if not piece.complete and not _complete(statement):
                self._report.cannot_read(where, "a string, comment or bracket is not closed")
            elif statement:
                yield self._report.saw(_event(statement, text[piece.lead : piece.start], where, self._report))
            position = _after_copy_data(text, statement, after)

    def _commands(self, name: str, text: str, position: int) -> int:
        """Pass over psql commands at the start of a statement."""
        while True:
            start = next((token.start for token in significant(text, position)), len(text))
            if text[start : start + 1] != "\\":
                return position
            match = _BACKSLASH.match(text, start)
            assert match is not None
            self._name_command(name, text, start, match.group())
            position = match.end()

    def _cut_command(self, name: str, text: str, piece: Piece, after: int) -> tuple[int, int]:
        r"""End a statement where a psql command ends it: ``select 1 \g``, ``\gexec``, or a command on a line of its own."""
        if text.find("\\", piece.start, piece.end) < 0:
            return piece.end, after
        for token in takewhile(lambda token: token.start < piece.end, tokens(text, piece.start)):
            if token.text == "\\":
                match = _BACKSLASH.match(text, token.start)
                assert match is not None
                self._name_command(name, text, token.start, match.group())
                return token.start, match.end()
        return piece.end, after

    def _name_command(self, name: str, text: str, start: int, command: str) -> None:
        word = (command.split() or ["\\"])[0]
        self._report.cannot_read(f"{name}:{text.count(chr(10), 0, start) + 1}", f"psql command {word} is not run")


def _recovered(text: str, piece: Piece, after: int) -> tuple[Piece, int]:
    """Return an unfinished statement ended at its first semicolon: an open bracket takes only its own statement with it."""
    for token in tokens(text[: piece.end], piece.start):
        if token.text == ";":
            return replace(piece, end=token.start), token.end
    return piece, after


def _complete(statement: str) -> bool:
    """Return whether a statement that a psql command ends early is whole."""
    piece, _ = next_statement(statement, 0)
    return piece is None or piece.complete


def _event(statement: str, lead: str, where: str, report: CaptureReport) -> QueryEvent:
    """Return the event of a statement; ``lead`` holds the comments above it."""
    calls, title = 1, ""
    comments = [token.text for token in tokens(lead) if token.kind == "comment"]
    for comment in comments:
        if (match := _CALLS.match(comment)) is not None:
            number = match[1].replace(",", "").replace("_", "")
            if number.isascii() and number.isdigit() and int(number) > 0:
                calls = int(number)
            else:
                report.cannot_read(where, "-- calls: needs a whole number above 0; the statement counts once")
        elif (match := _NAME.match(comment)) is not None:
            title = f" ({match[1]})"
    return QueryEvent(statement, calls=calls, source=where + title)


def _after_copy_data(text: str, statement: str, after: int) -> int:
    r"""Return the place behind the lines of data that follow ``COPY ... FROM STDIN``, up to ``\.``."""
    words = [token.text.lower() for token in significant(statement)] if statement[:4].lower() == "copy" else []
    if "stdin" not in words:
        return after
    end = _COPY_DATA_ENDS.search(text, after)
    return len(text) if end is None else end.end()


def _is_sql(path: str) -> bool:
    return Path(path).name.lower().removesuffix(".gz").endswith((".sql", ".pgsql", ".psql"))
