"""Geometry of the savings-against-size chart: what a template needs to draw it, in SVG units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from indexadvisor.report import units
from indexadvisor.report.model import Document

WIDTH, HEIGHT = 560.0, 290.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 30.0, 30.0, 38.0


@dataclass(frozen=True)
class Tick:
    """One mark of an axis: where, and what it says."""

    at: float
    label: str


@dataclass(frozen=True)
class Dot:
    """One point with its tooltip; ``label`` is drawn beside it."""

    x: float
    y: float
    title: str
    label: str = ""


@dataclass(frozen=True)
class Chart:
    """Two lines over the same axes: the frontier, and the order of creation; ``bound_y`` is the lowest cost possible.

    ``knee``: the point of the frontier from which on more size saves less; ``knee_anchor`` where its label begins or ends.
    """

    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    frontier: tuple[Dot, ...]
    frontier_path: str
    knee: Dot | None
    knee_anchor: str
    steps: tuple[Dot, ...]
    steps_path: str
    bound_y: float | None
    bound_title: str


def savings_chart(document: Document) -> Chart | None:
    """Return the chart, or None where no cost or no size is known."""
    figures = document.workload
    steps = document.recommendations
    largest = max([point.size_bytes for point in document.frontier] + [item.total_bytes for item in steps], default=0)
    if figures.cost_before <= 0 or largest <= 0:
        return None
    step_bytes = _nice(largest / 5)
    right_bytes = step_bytes * -(-largest // step_bytes)

    def at(size_bytes: float, cost: float) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * size_bytes / right_bytes
        return round(x, 1), round(_y(cost / figures.cost_before), 1)

    frontier = tuple(
        Dot(
            *at(p.size_bytes, p.cost),
            f"{units.size(p.size_bytes)} in {units.counted(p.indexes, 'index', 'indexes')}: cost {_of(p.cost, p.cost_fraction)}",
        )
        for p in document.frontier
    )
    knee = next((replace(dot, label="knee") for dot, point in zip(frontier, document.frontier, strict=True) if point.knee), None)
    start = Dot(*at(0, figures.cost_before), f"no index: cost {_of(figures.cost_before, 1.0)}")
    created = tuple(
        Dot(
            *at(item.total_bytes, item.workload_cost_after),
            f"{item.rank}. {item.name}: {units.size(item.total_bytes)} in all, "
            f"cost {_of(item.workload_cost_after, item.workload_cost_after / figures.cost_before)}",
            str(item.rank),
        )
        for item in steps
    )
    return Chart(
        x_ticks=tuple(Tick(at(size, 0)[0], units.size(size)) for size in _multiples(step_bytes, right_bytes)),
        y_ticks=tuple(Tick(_y(share), units.percent(share)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
        frontier=frontier,
        frontier_path=_path(frontier),
        knee=knee,
        knee_anchor="end" if knee is not None and knee.x > WIDTH / 2 else "start",
        steps=(start, *created),
        steps_path=_path((start, *created)),
        bound_y=round(_y(figures.cost_bound / figures.cost_before), 1),
        bound_title=f"lowest cost that any set of these candidates could reach: {units.quantity(figures.cost_bound)}",
    )


def _y(share: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(max(share, 0.0), 1.0))


def _of(cost: float, share: float | None) -> str:
    return f"{units.quantity(cost)} ({units.percent(share)})"


def _nice(size_bytes: float) -> float:
    """Return a round size at least as large: 1, 2, 5, 10, 20, ... of a unit.

    >>> _nice(30 * 1024) / 1024, _nice(700 * 1024) / 1024
    (50.0, 1024.0)
    """
    unit = 1.0
    while size_bytes > 512 * unit:
        unit *= 1024
    return next(unit * step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1024) if size_bytes <= unit * step)


def _multiples(step: float, last: float) -> Iterable[float]:
    return [step * number for number in range(int(last / step + 0.5) + 1)]


def _path(dots: tuple[Dot, ...]) -> str:
    """Return a staircase: between two points nothing is gained until the next index is complete."""
    if not dots:
        return ""
    moves = [f"M{dots[0].x} {dots[0].y}"]
    moves += [f"H{after.x}V{after.y}" for _, after in pairwise(dots)]
    return "".join(moves)
