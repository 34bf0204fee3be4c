"""The clipboard's mess off the lines of a plan: frames of psql, quotes, continuation signs, mail quoting, HTML entities, odd blanks.

Every step changes nothing in a text that does not need it, and keeps for each line the number and column it had.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from itertools import count, repeat

from indexadvisor.explain.log_lines import log_lines
from indexadvisor.explain.source import Line

_BARS = "|│┃║┆┊"
_RULE = re.compile(r"[\s|+\-=:*.─-╿]{3,}$")
_HEADER = re.compile(r"[\s\"'|│║]*QUERY PLAN[\s\"'|│║+↵]*$", re.IGNORECASE)
_EXPANDED = re.compile(r"\s*QUERY PLAN\s*[|│║] ?")
_COUNT = re.compile(r"\s*\(\d+ [^\W\d]+\)\s*$")
_ARROW = re.compile(r"^(\s*)(?:→|⇒|➔|—>|–>|-→)")
_NUMBERED = re.compile(r"\s*\d{1,5}[\t|;] ?")
_STARTS_NUMBERED = re.compile(r"^[ ]*\d{1,5}[\t|;]", re.MULTILINE)
_STARTS_FRAMED = re.compile(r"^[ \t]*[|│┃║┆┊]|QUERY PLAN[ \t]*[|│║]", re.MULTILINE)
_QUOTED_START = re.compile(r"\n ?[\"']")
_BLANKS = {0xA0: " ", 0x2007: " ", 0x202F: " ", 0xFEFF: "", 0x200B: "", 0: ""}
_HAS_BLANKS = re.compile("[\xa0\u2007\u202f\ufeff\u200b\x00]")
_XML = re.compile(r"<(?:explain|Plan|Node-Type)[ >]")
_Step = Callable[[list[Line], str], list[Line]]


def is_noise(text: str) -> bool:
    """Return whether a line is none of the plan's: psql's header, rule or row count, a fence of Markdown.

    >>> [is_noise(text) for text in (" QUERY PLAN ", "-----+----", "(12 rows)", "```sql", "Limit")]
    [True, True, True, True, False]
    """
    stripped = text.strip()
    if not stripped:
        return False
    first = stripped[0]
    if first == "(":
        return _COUNT.match(text) is not None
    if first in "`~":
        return stripped.startswith(("```", "~~~"))
    if first in "Qq\"'|│║":
        return _HEADER.match(text) is not None or _RULE.match(text) is not None
    return not first.isalnum() and first not in "{}[]<" and _RULE.match(text) is not None


def unwrap(text: str, first: int = 1, fixed: bool = False) -> list[Line]:
    """Return the lines of a text without what was put around them, numbered from ``first``, or all with that number where ``fixed``."""
    if "\x00" in text or not (text.isascii() or _HAS_BLANKS.search(text) is None):
        text = text.translate(_BLANKS)
    pieces = text.split("\n")
    lines = list(map(Line._make, zip(pieces, repeat(first) if fixed else count(first), repeat(1), repeat(1))))
    for step in _STEPS:
        lines = step(lines, text)
    return lines


def _cut(line: Line, start: int, end: int | None = None) -> Line:
    return Line(line.text[start:end], line.number, line.column + start)


def _mail(lines: list[Line], text: str) -> list[Line]:
    """Take away the ``>`` of a quoted mail."""
    if not text.lstrip().startswith(">"):
        return lines
    for _ in range(10):
        filled = [line for line in lines if line.text.strip()]
        if not filled or not all(line.text.lstrip()[0] == ">" for line in filled):
            break
        lines = [_quoted_off(line) for line in lines]
    return lines


def _quoted_off(line: Line) -> Line:
    at = line.text.find(">") + 1
    return _cut(line, at + 1 if line.text[at : at + 1] == " " else at)


def _entities(lines: list[Line], text: str) -> list[Line]:
    """Turn ``-&gt;`` back, and arrows that a word processor made of ``->``."""
    if "&" in text and ("-&gt;" in text or "&quot;" in text) and _XML.search(text) is None:
        lines = [line._replace(text=html.unescape(line.text)) if "&" in line.text else line for line in lines]
    if not text.isascii() and any(sign in text for sign in "→⇒➔—–"):
        lines = [line._replace(text=_ARROW.sub(r"\1->", line.text)) for line in lines]
    return lines


def _frame(lines: list[Line], text: str) -> list[Line]:
    """Take away the bars of psql's border 2, of unicode frames, of Markdown and of other clients."""
    if not any(bar in text for bar in ("|" if text.isascii() else _BARS)) or _STARTS_FRAMED.search(text) is None:
        return lines
    trailing = re.search(r"QUERY PLAN\s*[|│║]\s*$", text, re.MULTILINE) is not None
    return [_unframed(line, trailing) for line in lines]


def _unframed(line: Line, trailing: bool) -> Line:
    text = line.text.rstrip()
    lead = len(text) - len(text.lstrip())
    expanded = _EXPANDED.match(text)
    if expanded is not None:
        return _cut(line, expanded.end(), len(text))
    framed = text[lead : lead + 1] != "" and text[lead] in _BARS and not text.startswith("||", lead)
    end = len(text)
    if (framed or trailing) and end > lead + 1 and text[-1] in _BARS:
        end -= 1
    if framed:
        lead += 1
        return _cut(line, lead + 1 if text[lead : lead + 1] == " " else lead, end)
    return _cut(line, 0, end)


def _continued(lines: list[Line], text: str) -> list[Line]:
    """Take away psql's sign that a cell goes on in the next line: ``+``, or the return arrow of unicode."""
    if "+" not in text and "↵" not in text:
        return lines
    signs = sum(line.text.rstrip().endswith(("+", "↵")) for line in lines)
    if signs == 0 or signs * 3 < sum(bool(line.text.strip()) for line in lines):
        return lines
    return [_cut(line, 0, len(line.text.rstrip()) - 1) if line.text.rstrip().endswith(("+", "↵")) else line for line in lines]


def _quotes(lines: list[Line], text: str) -> list[Line]:
    """Take away quotes around every line, or around the whole, with the quotes inside doubled or escaped."""
    # single characters are found in no time
    if '"' not in text and "'" not in text:
        return lines
    is_escaped = "\\" in text and '\\"' in text
    if not is_escaped and text.lstrip()[:1] not in ('"', "'") and _QUOTED_START.search(text) is None:
        return lines
    if '""Plan""' in text or '""Node Type""' in text or '""Query Text""' in text:
        lines = [line._replace(text=line.text.replace('""', '"')) if '""' in line.text else line for line in lines]
        return _outer(lines)
    if '\\"Plan\\"' in text or '\\"Node Type\\"' in text:
        return _outer([piece for line in lines for piece in _unescaped(line)])
    if '"Node Type":' in text:
        return lines
    filled = [line for line in lines if line.text.strip() and not is_noise(line.text)]
    for quote in "\"'":
        each = [line for line in filled if line.text.lstrip()[0] == quote and line.text.rstrip(" ,;\t")[-1:] == quote]
        if each and len(each) * 10 >= len(filled) * 9:
            return [_unquoted(line, quote) for line in lines]
    return _outer(lines)


def _unescaped(line: Line) -> list[Line]:
    text = line.text.replace('\\"', '"')
    return [Line(piece, line.number, line.column) for piece in text.replace("\\n", "\n").split("\n")]


def _unquoted(line: Line, quote: str) -> Line:
    text = line.text.rstrip(" ,;\t")
    lead = len(text) - len(text.lstrip())
    if text[lead : lead + 1] != quote or text[-1] != quote or len(text) < lead + 2:
        return line
    return Line(text[lead + 1 : -1].replace(quote * 2, quote), line.number, line.column + lead + 1)


def _outer(lines: list[Line]) -> list[Line]:
    """Take away one quote before the first character of all and one behind the last."""
    filled = [index for index, line in enumerate(lines) if line.text.strip() and not is_noise(line.text)]
    if not filled:
        return lines
    first, last = filled[0], filled[-1]
    quote = lines[first].text.lstrip()[0]
    tail = lines[last].text.rstrip(" ,;\t")
    if quote not in "\"'" or not tail.endswith(quote) or (first == last and len(tail.lstrip()) < 2):
        return lines
    if lines[first].text.count(quote) % 2 == 0 and first != last:
        return lines
    lines = list(lines)
    lines[last] = _cut(lines[last], 0, len(tail) - 1)
    start = len(lines[first].text) - len(lines[first].text.lstrip()) + 1
    lines[first] = _cut(lines[first], start)
    return lines


def _numbered(lines: list[Line], text: str) -> list[Line]:
    """Take away row numbers that a client put before each line."""
    if not any(mark in text for mark in "\t|;") or _STARTS_NUMBERED.search(text) is None:
        return lines
    filled = [line for line in lines if line.text.strip() and not is_noise(line.text)]
    if len(filled) < 2 or not all(_NUMBERED.match(line.text) for line in filled):
        return lines
    return [_cut(line, match.end()) if (match := _NUMBERED.match(line.text)) else line for line in lines]


_STEPS: tuple[_Step, ...] = (log_lines, _entities, _mail, _frame, _continued, _numbered, _quotes)
