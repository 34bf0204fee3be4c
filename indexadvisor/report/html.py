"""``report.html``: one self-contained file. It asks the network for nothing; a content security policy forbids it to.

The policy names the hashes of the one style sheet and the one script, so that nothing captured could run even if it escaped
the template's escaping. Source: W3C "Content Security Policy Level 3", section "Hash usage".
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from indexadvisor.report import chart, drawing, risks, sentences, units
from indexadvisor.report.leftout import by_stage
from indexadvisor.report.model import Document
from indexadvisor.report.plans import indented
from indexadvisor.report.provenance import short
from indexadvisor.report.sqltext import visible

_TEMPLATES = Path(__file__).parent / "templates"


def render(document: Document) -> str:
    """Return the report as one HTML page."""
    style, script = _asset("report.css"), _asset("report.js")
    page = _environment().get_template("report.html.j2")
    return page.render(
        doc=document,
        style=style,
        script=script,
        policy=_policy(style, script),
        chart=chart.savings_chart(document),
        chart_size=chart,
        drawing=drawing.draw(document.usage),
        card=drawing,
        left_out=by_stage(document.skipped),
        knee_bytes=sentences.auto_budget_bytes(document),
        ranks={item.name: item.rank for item in document.recommendations},
        doubtful={query.query_id for query in document.verification.doubtful} if document.verification is not None else set(),
    )


def anchor(query_id: str) -> str:
    """Return a query's id as an HTML id: other characters than letters, digits, _ and - become a dot and their number.

    >>> anchor("7f3a"), anchor("fk:a b")
    ('q-7f3a', 'q-fk.3a.a.20.b')
    """
    return "q-" + re.sub(r"[^A-Za-z0-9_-]", lambda match: f".{ord(match.group()):x}.", query_id)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # every printed value passes here: control and direction characters are spelled out before escaping
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    environment.filters.update(
        size=units.size, quantity=units.quantity, exact=units.exact, percent=units.percent, ms=units.milliseconds, times=units.times,
        indented=indented, anchor=anchor, risk=risks.label, gap=sentences.gap, costed_by=sentences.costed_by, scanned=sentences.scanned,
        lost=sentences.lost, verified=sentences.verified, droppable=sentences.droppable, short=short,
    )  # fmt: skip
    environment.globals["counted"] = units.counted
    return environment


def _asset(name: str) -> Markup:
    # our own file, not text from outside
    return Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704


def _policy(style: str, script: str) -> str:
    def allowed(text: str) -> str:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return f"'sha256-{digest}'"

    return (
        f"default-src 'none'; style-src {allowed(style)}; script-src {allowed(script)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
