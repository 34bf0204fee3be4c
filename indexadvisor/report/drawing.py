"""Layout of the usage graph's drawing: tables as cards in two columns, joins as curves in the gap between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from indexadvisor.report.sqltext import one_line
from indexadvisor.report.units import counted, quantity
from indexadvisor.report.usagemap import GROUPS, ColumnHeat, JoinEdge, TableHeat, UsageMap

LABEL, CELL, BADGE, ROW, HEAD, GAP = 176.0, 34.0, 40.0, 20.0, 46.0, 150.0
BETWEEN = 18.0
CARD = LABEL + CELL * len(GROUPS) + BADGE
WIDTH = 2 * CARD + GAP
LABEL_CHARACTERS = 24
TITLE_CHARACTERS = 34


@dataclass(frozen=True)
class Cell:
    """One group of uses of one column; ``weight`` from 0 to 1 by calls."""

    x: float
    group: str
    weight: float
    title: str


@dataclass(frozen=True)
class Row:
    """One column of a table; ``ranks`` names the recommendations that hold it."""

    y: float
    label: str
    title: str
    ranks: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Card:
    """One table."""

    x: float
    y: float
    height: float
    title: str
    full_title: str
    figures: str
    rows: tuple[Row, ...]
    footer: str


@dataclass(frozen=True)
class Edge:
    """One join: an SVG path, its width by calls."""

    path: str
    width: float
    title: str


@dataclass(frozen=True)
class Drawing:
    """All of it; ``groups`` are the columns of every card."""

    height: float
    cards: tuple[Card, ...]
    edges: tuple[Edge, ...]
    groups: tuple[tuple[float, str], ...]


def draw(usage: UsageMap) -> Drawing | None:
    """Return the drawing, or None where no use is known."""
    if not usage.tables:
        return None
    most = max((use.calls for table in usage.tables for column in table.columns for use in column.uses), default=0)
    heights: list[float] = [0.0, 0.0]
    cards: list[Card] = []
    sides: dict[str, int] = {}
    for table in usage.tables:
        side = _side(table, usage.joins, sides, heights)
        sides[table.table] = side
        card = _card(table, side * (CARD + GAP), heights[side], most)
        heights[side] += card.height + BETWEEN
        cards.append(card)
    return Drawing(
        height=max(heights) - BETWEEN,
        cards=tuple(cards),
        edges=tuple(_edges(usage, cards)),
        groups=tuple((LABEL + CELL * number, group) for number, group in enumerate(GROUPS)),
    )


def _side(table: TableHeat, joins: tuple[JoinEdge, ...], sides: dict[str, int], heights: list[float]) -> int:
    """Return 0 for left or 1 for right: across from the tables it is joined with, unless one column grows too long."""
    pull = [0, 0]
    for join in joins:
        other = {join.left_table: join.right_table, join.right_table: join.left_table}.get(table.table)
        if other in sides:
            pull[1 - sides[other]] += join.calls
    shorter = 0 if heights[0] <= heights[1] else 1
    if pull[0] == pull[1] or abs(heights[0] - heights[1]) > 2 * (HEAD + 6 * ROW):
        return shorter
    return 0 if pull[0] > pull[1] else 1


def _card(table: TableHeat, x: float, y: float, most: int) -> Card:
    rows = tuple(_row(table, column, HEAD + ROW * number, most) for number, column in enumerate(table.columns))
    footer = f"and {counted(table.omitted, 'cooler column')}" if table.omitted else ""
    known = "" if table.rows is None else f"{quantity(table.rows)} rows · "
    return Card(
        x=x,
        y=y,
        height=HEAD + ROW * (len(rows) + bool(footer)) + 6,
        title=one_line(table.table, TITLE_CHARACTERS),
        full_title=one_line(table.table),
        figures=f"{known}{quantity(table.calls)} calls · {counted(table.queries, 'query', 'queries')}",
        rows=rows,
        footer=footer,
    )


def _row(table: TableHeat, column: ColumnHeat, y: float, most: int) -> Row:
    name = f"{one_line(table.table)}.{one_line(column.label)}"
    groups = list(GROUPS)
    cells = tuple(
        Cell(
            x=LABEL + CELL * groups.index(use.group),
            group=use.group,
            weight=round(0.16 + 0.84 * sqrt(use.calls / most), 3) if most else 0.16,
            title=f"{name}: {', '.join(use.kinds)}; {_used(use.calls, use.queries)}",
        )
        for use in column.uses
    )
    return Row(y, one_line(column.label, LABEL_CHARACTERS), name, " ".join(map(str, column.ranks)), cells)


def _used(calls: int, queries: int) -> str:
    return f"{counted(calls, 'call')} in {counted(queries, 'query', 'queries')}"


def _edges(usage: UsageMap, cards: list[Card]) -> list[Edge]:
    most = max((join.calls for join in usage.joins), default=0)
    anchors = {
        (table.table, column.label): (card.x, card.y + row.y + ROW / 2)
        for table, card in zip(usage.tables, cards, strict=True)
        for column, row in zip(table.columns, card.rows, strict=True)
    }
    out = []
    for join in usage.joins:
        one, other = anchors.get((join.left_table, join.left_column)), anchors.get((join.right_table, join.right_column))
        if one is None or other is None:
            continue
        (x1, y1), (x2, y2) = _inner(one), _inner(other)
        middle = CARD + GAP / 2 if x1 != x2 else x1 + (GAP * 0.6 if x1 < CARD + 1 else -GAP * 0.6)
        joined = f"{one_line(join.left_table)}.{one_line(join.left_column)} = {one_line(join.right_table)}.{one_line(join.right_column)}"
        width = round(1.2 + 2.8 * sqrt(join.calls / most), 2) if most else 1.2
        out.append(Edge(f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}", width, f"{joined}: {_used(join.calls, join.queries)}"))
    return out


def _inner(anchor: tuple[float, float]) -> tuple[float, float]:
    x, y = anchor
    return (CARD, y) if x == 0 else (x, y)
