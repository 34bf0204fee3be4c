"""A number known only to lie between two bounds, as printed numbers are once they are multiplied."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """From ``low`` to ``high``, both included; the unit is that of the field holding it.

    >>> Interval(1.0, 2.0) + Interval(0.5, 0.5)
    Interval(low=1.5, high=2.5)
    """

    low: float
    high: float

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def scaled(self, factor: float) -> Interval:
        """Return the interval times a factor that is not negative."""
        return Interval(self.low * factor, self.high * factor)

    def within(self, low: float, high: float) -> Interval:
        """Return the part between two bounds; an interval wholly outside collapses onto the nearer bound."""
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))

    @property
    def middle(self) -> float:
        """The value to show where one number is wanted."""
        return (self.low + self.high) / 2

    @property
    def exact(self) -> bool:
        """Whether both bounds are the same."""
        return self.low == self.high
