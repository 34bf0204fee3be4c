"""An analysed plan for a terminal: findings first, then the tree with a bar for each node's own time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from indexadvisor.report import units
from indexadvisor.report.plan import sentences
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.terminal_findings import findings
from indexadvisor.report.plan.tree import TreeRow, about, rows
from indexadvisor.report.sqltext import one_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.text import Text

_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_WIDE, _MIDDLE = 100, 76
"""From these widths on: bar, time, rows and estimate; bar, time and rows. Below: the time alone."""
_LEAST_TITLE = 12


def summary(result: PlanResult, width: int = 100, *, verbose: bool = False) -> Group:
    """Return what ``Console.print`` shows. ``verbose`` adds evidence, measures and what the rules could not say."""
    from rich.console import Group
    from rich.text import Text

    report = result.report
    parts: list[RenderableType] = [*_head(result, width)]
    parts += [Text(one_line(line), style="yellow") for line in sentences.cut_off(report)]
    if report.findings:
        parts += [Text(), *findings(result, width, verbose=verbose)]
    if result.untried is not None:
        parts += [Text(), Text(f"advice not tested: {one_line(result.untried)}", style="yellow")]
    parts.append(Text())
    if width >= _MIDDLE:
        heads = f"{'own time' if report.times is not None else 'cost':>{_BAR + 12}}{'rows':>10}"
        parts.append(Text(heads + (f"{'estimate':>13}" if width >= _WIDE else "") + "    #  node", style="dim"))
    parts += [line for row in rows(report) for line in _node(row, width, verbose=verbose)]
    check = sentences.conservation(report)
    if check is not None:
        parts += [Text(), Text(check, style="dim" if report.times is not None and report.times.conservation.holds else "bold red")]
    if verbose:
        parts += [Text(f"{silent.subject}: silent, {silent.reason}", style="dim") for silent in report.silent]
    return Group(*parts)


def plain(results: Sequence[PlanResult], width: int = 160, *, verbose: bool = True) -> str:
    """Return what a terminal of ``width`` columns would show, without colour and without blanks at the ends of lines."""
    from rich.console import Console

    console = Console(width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as captured:
        for place, result in enumerate(results):
            if place:
                console.print()
            console.print(summary(result, width, verbose=verbose))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _head(result: PlanResult, width: int) -> Iterator[Text]:
    from rich.text import Text

    place, words = f"{one_line(result.source)}:{result.report.plan.line}", sentences.headline(result.report)
    if len(place) + len(words) + 2 > width:
        yield Text(place, style="dim")
        yield Text(words, style="bold")
    else:
        yield Text(f"{place}  ", style="dim").append(words, style="bold")


def _node(row: TreeRow, width: int, *, verbose: bool) -> Iterator[Text]:
    from rich.text import Text

    line = _figures(row, width)
    margin = line.cell_len
    line.append(_narrowed(row.guide, width), style="dim")
    after = Text(f" ×{row.loops:,}" if row.loops is not None and row.loops > 1 else "", style="dim")
    if row.executed is False:
        after.append(" never executed", style="dim")
    if row.codes:
        after.append("  " + " ".join(row.codes), style="yellow")
    style = "dim" if row.executed is False else "bold" if (row.share or 0) >= 0.1 else ""
    title = Text(one_line(row.title), style=style)
    if not verbose:
        # what tells most stands behind the title: the title gives way first
        title.truncate(max(_LEAST_TITLE, width - line.cell_len - after.cell_len), overflow="ellipsis")
    yield _cut(line.append_text(title).append_text(after), width, verbose)
    for name, value in row.conditions + (row.measures if verbose else ()):
        detail = Text(" " * margin + _narrowed(row.below, width), style="dim")
        yield _cut(detail.append(f"  {name}: {one_line(value)}"), width, verbose)


def _narrowed(guide: str, width: int) -> str:
    """Return the lines of the tree with two columns a level in place of three where room is scarce."""
    return guide if width >= _WIDE else "".join(f"{guide[place]} " for place in range(0, len(guide), 3))


def _cut(line: Text, width: int, verbose: bool) -> Text:
    line.no_wrap = not verbose
    if not verbose:
        line.truncate(width, overflow="ellipsis")
    return line


def _figures(row: TreeRow, width: int) -> Text:
    """Return bar, time, rows, misestimate and number in columns, as many as the width has room for."""
    from rich.text import Text

    if width < _MIDDLE:
        return Text(f"{_own(row):>10} ").append(f"{row.number:>2} ", style="dim")
    share = row.share or 0.0
    line = Text(bar(share), style="red" if share >= 0.5 else "yellow" if share >= 0.1 else "green")
    line.append(f"{_own(row):>12}")
    line.append(f"{'' if row.rows is None else units.quantity(row.rows.middle):>10}")
    if width >= _WIDE:
        if row.factor is not None and row.factor >= 2:
            off = f"{'under' if row.under else 'over'} {units.times(row.factor)}"
            line.append(f"{off:>13}", style="red" if row.factor >= 100 else "")
        else:
            line.append(f"{'' if row.rows_expected is None else units.quantity(row.rows_expected):>13}", style="dim")
    return line.append(f"{row.number:>5}  ", style="dim")


def _own(row: TreeRow) -> str:
    if row.own_ms is not None:
        return about(row.own_ms)
    return "" if row.executed is not None or row.cost is None else f"{row.cost:,.0f}"


def bar(share: float) -> str:
    """Return a bar of eight characters for a share of the statement's time.

    >>> bar(0.5), bar(0.01), bar(1.0)
    ('████    ', '▏       ', '████████')
    """
    eighths = round(min(max(share, 0.0), 1.0) * _BAR * 8)
    eighths = max(eighths, 1) if share > 0 else 0
    return ("█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")).ljust(_BAR)
