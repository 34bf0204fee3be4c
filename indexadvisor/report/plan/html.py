"""Analysed plans as one self-contained HTML file: it asks the network for nothing; a content security policy forbids it to.

Readable without JavaScript: every node, finding and comparison is text or a ``<details>``. The script adds folding of subtrees, search,
sorting, keys and copying. Style and script of the advisor's report are shared; the policy names the hash of all style and all script.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from indexadvisor.report.html import _asset, _environment, _policy
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.view import PlanView, views


def render(results: Sequence[PlanResult]) -> str:
    """Return the plans as one HTML page."""
    shown = views(tuple(results))
    style = _asset("report.css") + _asset("plan.css") + _levels(shown)
    script = _asset("report.js") + _asset("plan.js")
    page = _environment().get_template("plan.html.j2")
    return page.render(
        plans=shown,
        findings=sum(len(view.findings) for view in shown),
        redacted=any(result.redacted for result in results),
        style=style,
        script=script,
        policy=_policy(style, script),
    )


def _levels(shown: Sequence[PlanView]) -> Markup:
    """Return the indentation of each level that occurs: the policy allows no style on an element."""
    deepest = max((node.level for view in shown for node in view.nodes), default=0)
    return Markup("").join(Markup(".l{} {{ --level: {}; }}\n").format(level, level) for level in range(1, deepest + 1))
