"""Bound values as the server writes them: ``$1 = 'it''s', $2 = NULL`` (src/backend/nodes/params.c, BuildParamLogString)."""

from __future__ import annotations

import re

_PAIR = re.compile(r"\$(\d{1,5}) = (?:(NULL)|'((?:[^']|'')*)')(?:, (?=\$)|\Z)")


def parse_parameters(text: str) -> tuple[str | None, ...] | None:
    """Return the values in order (None for NULL), or None when the text is not a whole list of them.

    A value that ``log_parameter_max_length`` cut ends in ``...``; it is no real value, so neither is the list.

    >>> parse_parameters("$1 = 'O''Hara, $2 = ''x''', $2 = NULL")
    ("O'Hara, $2 = 'x'", None)
    >>> parse_parameters("$1 = 'view 4...'") is None
    True
    """
    values: list[str | None] = []
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None or int(match.group(1)) != len(values) + 1:
            return None
        value = match.group(3)
        if value is not None and value.endswith("..."):
            return None
        values.append(None if value is None else value.replace("''", "'"))
        position = match.end()
    return tuple(values)


def cut_short(text: str) -> bool:
    """Return whether a list could not be used because ``log_parameter_max_length`` cut a value, rather than by damage."""
    return re.search(r"\.\.\.'(?:, \$\d|\Z)", text) is not None
