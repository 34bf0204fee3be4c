"""The ``plan:`` entries of auto_explain: which statement, with which values, and its plan (contrib/auto_explain).

The plan itself stays text, in whatever format the server wrote it (src/backend/commands/explain_format.c); ``explain`` reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

from indexadvisor.capture.parameters import parse_parameters

_ROOT = re.compile(r"^[^\n]*\(cost=\d+\.\d+\.\.\d+\.\d+ rows=\d+ width=\d+\)", re.MULTILINE)
_QUERY = "Query Text: "
_VALUES = "\nQuery Parameters: "
_XML = re.compile(r"<(Query-Text|Query-Parameters)>([^<]*)</\1>")
_YAML = re.compile(r'^(Query Text|Query Parameters): ("(?:[^"\\]|\\.)*")', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LoggedPlan:
    """A plan that auto_explain logged; ``parameters`` from PostgreSQL 16 on, else None."""

    text: str
    plan: str
    parameters: tuple[str | None, ...] | None = None


def parse_plan(body: str) -> LoggedPlan | None:
    """Return what stands after ``plan:`` in any of auto_explain's four formats, or None for anything else.

    >>> parse_plan("Query Text: select 1\\nfrom t\\nSeq Scan on t  (cost=0.00..1.10 rows=10 width=4)").text
    'select 1\\nfrom t'
    """
    body = body.strip("\n")
    if body.startswith("{"):
        return _from_json(body)
    if body.startswith("<explain") and "<Plan>" in body:
        return _tagged(body, {name: unescape(value) for name, value in _XML.findall(body.split("<Plan>", 1)[0])})
    if body.startswith('Query Text: "') and "\nPlan:" in body:
        return _tagged(body, {name.replace(" ", "-"): _unquoted(value) for name, value in _YAML.findall(body)})
    root = _ROOT.search(body)
    if not body.startswith(_QUERY) or root is None:
        return None
    text = body[len(_QUERY) : root.start()].removesuffix("\n")
    values = text.rfind(_VALUES)
    parameters = None
    if values >= 0:
        parameters = parse_parameters(text[values + len(_VALUES) :])
        text = text[:values]
    return LoggedPlan(text, body[root.start() :], parameters)


def _from_json(body: str) -> LoggedPlan | None:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    text, values = fields.get("Query Text"), fields.get("Query Parameters")
    if not isinstance(text, str) or "Plan" not in fields:
        return None
    return LoggedPlan(text, body, parse_parameters(values) if isinstance(values, str) else None)


def _tagged(body: str, fields: Mapping[str, str | None]) -> LoggedPlan | None:
    text, values = fields.get("Query-Text"), fields.get("Query-Parameters")
    return LoggedPlan(text, body, None if values is None else parse_parameters(values)) if text is not None else None


def _unquoted(value: str) -> str | None:
    """Return a YAML scalar as PostgreSQL writes it: with JSON's escapes (escape_yaml)."""
    try:
        text = json.loads(value, strict=False)
    except ValueError:
        return None
    return text if isinstance(text, str) else None
