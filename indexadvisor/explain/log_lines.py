"""What server logs put around the lines of an auto_explain entry: tabs, chunk numbers of syslog and Heroku, quotes of csvlog.

``capture`` reads logs as workloads; here a log, or a part of one, is only a text that holds plans, in any order and with any prefix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexadvisor.explain.source import Line

DURATION = re.compile(r"duration: (\d+(?:\.\d+)?) ms\s+plan:")
"""The head of an entry of auto_explain."""
HEADS = re.compile(r"\b(?:LOG|ERROR|WARNING|NOTICE|INFO|FATAL|PANIC|DEBUG[1-5]?|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION):  ?\S")
"""The head of any entry, behind any prefix."""
_CHUNK = re.compile(r"(\S+\[[\w./-]+\])?:? ?(?:\[\w+\] ?)?\[(\d{1,9})-(\d{1,9})\] ?")
_IN_CSV = re.compile(r'(?:^|,)"duration: \d+(?:\.\d+)? ms\s+plan:')
_MAX_PREFIX = 300


def log_lines(lines: list[Line], text: str) -> list[Line]:
    """Return the lines as the server wrote them: without the tab of a continuation, chunks in their order and without their prefix."""
    if "duration: " not in text:
        return lines
    if "-1] " in text or "#011" in text:
        lines = _chunks(lines)
    if "\t" not in text and "#011" not in text:
        return lines
    done: list[Line] = []
    strips = is_first = False
    for line in lines:
        has_tab = line.text.startswith("\t")
        if is_first:
            strips = has_tab
        is_first = "duration: " in line.text and not has_tab and DURATION.search(line.text) is not None
        strips = strips and has_tab
        done.append(Line(line.text[1:], line.number, line.column + 1) if strips else line)
    return done


def csv_messages(text: str) -> Iterator[tuple[str, int]]:
    """Yield the plan entries of a csvlog, unquoted, each with the line it begins on."""
    number, counted, position = 1, 0, 0
    while (match := _IN_CSV.search(text, position)) is not None:
        start = text.index('"', match.start()) + 1
        end = _closing(text, start)
        number += text.count("\n", counted, start)
        counted = start
        yield text[start:end].replace('""', '"'), number
        position = max(end, match.end())


def _closing(text: str, start: int) -> int:
    """Return where a quoted field ends; a quote inside is doubled."""
    position = start
    while (position := text.find('"', position)) >= 0:
        if text[position + 1 : position + 2] != '"':
            return position
        position += 2
    return len(text)


def _chunks(lines: list[Line]) -> list[Line]:
    """Put the chunks of each message together: ``postgres[12]: [4-2] ...`` is the second line of that process's fourth message.

    Processes write between each other, and Heroku delivers out of order.
    """
    groups: dict[tuple[str, str], list[tuple[int, Line]]] = {}
    order: list[list[tuple[int, Line]]] = []
    for line in lines:
        match = _CHUNK.search(line.text, 0, _MAX_PREFIX)
        if match is None:
            order.append([(0, line)])
            continue
        rest = line.text[match.end() :].replace("#011", "\t")
        key = (match[1] or "", match[2])
        group = groups.get(key)
        if group is None or (match[3] == "1" and group[0][0] == 1):
            group = groups[key] = []
            order.append(group)
        group.append((int(match[3]), Line(rest, line.number, line.column + match.end())))
    return [line for group in order for _, line in sorted(group, key=_chunk_number)]


def _chunk_number(chunk: tuple[int, Line]) -> int:
    return chunk[0]
