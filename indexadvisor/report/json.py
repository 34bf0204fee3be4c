"""``report.json``: the Document's own fields, numbers as numbers, unknown as null, times as ISO 8601. See docs/report-schema.md."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from datetime import datetime

from indexadvisor.report.model import Document

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


def render(document: Document) -> str:
    """Return the report as JSON text, ASCII only, so that no hidden character reaches a terminal."""
    return json.dumps(plain(document), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def plain(value: object) -> Json:
    """Return a value as JSON's own types; a number that JSON cannot hold is null.

    >>> plain((1, float("inf"), frozenset({"b", "a"})))
    [1, None, ['a', 'b']]
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    raise TypeError(f"a report holds no {type(value).__name__}")
