"""Times that fit together: intervals narrowed until no node takes longer than what it was part of.

A node's printed average times its loops is known to within half a unit of the last digit for each loop: 0.000 ms in 414,324 loops is
anything up to 207 ms. But a node took at least what its parts took, and no part took longer than the whole less the other parts. Applied
in both directions until nothing changes, these two narrow most intervals; what several nodes may have paid for (a CTE read by two scans)
is bounded by what each of them had room for.

Where the printed times contradict one another beyond their rounding, the parts are scaled down to fit the whole, and the node is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexadvisor.explain.interval import Interval
from indexadvisor.explain.placement import Charge

_PASSES = 12
_ROUNDS = 8
"""How often charges are put to more payers."""
_TOLERANCE = 1e-6
"""Milliseconds: smaller contradictions are those of binary fractions."""


@dataclass
class _Part:
    """What one payer paid of one charge; ``sole``: there is no other payer, so it is all of it."""

    charge: int
    sole: bool
    low: float
    high: float


@dataclass
class _Network:
    low: dict[int, float]
    high: dict[int, float]
    parts: dict[int, list[_Part]] = field(default_factory=dict)
    paid: dict[int, list[_Part]] = field(default_factory=dict)
    strained: set[int] = field(default_factory=set)

    def bounds(self) -> list[float]:
        """Return every bound, to see whether anything has changed."""
        parts = [bound for each in self.parts.values() for part in each if not part.sole for bound in (part.low, part.high)]
        return [*self.low.values(), *self.high.values(), *parts]


@dataclass(frozen=True)
class Conserved:
    """Times after narrowing, by number: ``spent`` of each node with all its parts, ``paid`` the sum of what each paid for.

    ``strained``: nodes whose parts took longer than they did, and charges that nobody had room for.
    """

    spent: Mapping[int, Interval]
    paid: Mapping[int, Interval]
    strained: frozenset[int]

    def own(self, number: int) -> Interval:
        """Return a node's time without its parts, never below zero."""
        paid = self.paid.get(number, Interval(0.0, 0.0))
        spent = self.spent[number]
        return Interval(max(0.0, spent.low - paid.high), max(0.0, spent.high - paid.low))


def conserve(measured: Mapping[int, Interval], charges: Sequence[Charge]) -> Conserved:
    """Narrow the times of nodes by what they paid for.

    ``measured``: time of each executed node by its number, and of each other payer; ``charges`` parents first. A charge its payers cannot
    hold is put to those named in ``more``, one step at a time.

    >>> times = {0: Interval(9.0, 10.0), 1: Interval(0.0, 40.0)}
    >>> conserve(times, [Charge(1, (0,))]).spent[1]
    Interval(low=0.0, high=10.0)
    """
    current = list(charges)
    network = _narrowed(measured, current)
    for _ in range(_ROUNDS):
        widened = [_asked_further(charge, network) for charge in current]
        if widened == current:
            break
        current = widened
        network = _narrowed(measured, current)
    paid = {payer: Interval(sum(part.low for part in parts), sum(part.high for part in parts)) for payer, parts in network.paid.items()}
    spent = {number: Interval(min(network.low[number], high), high) for number, high in network.high.items()}
    return Conserved(spent, paid, frozenset(network.strained))


def _asked_further(charge: Charge, network: _Network) -> Charge:
    """Return the charge with its next payers, where it or one of those it has is strained."""
    if not charge.more or network.strained.isdisjoint((charge.node, *charge.payers)):
        return charge
    return Charge(charge.node, tuple(dict.fromkeys((*charge.payers, *charge.more[0]))), charge.more[1:])


def _narrowed(measured: Mapping[int, Interval], charges: Sequence[Charge]) -> _Network:
    network = _network(measured, charges)
    order = sorted(network.high)
    bounds = network.bounds()
    for _ in range(_PASSES):
        for parts in network.parts.values():
            _split(network, parts)
        for number in reversed(order):
            _raise(network, number)
        for number in order:
            _lower(network, number)
        before, bounds = bounds, network.bounds()
        if before == bounds:
            break
    return network


def _network(measured: Mapping[int, Interval], charges: Sequence[Charge]) -> _Network:
    network = _Network({number: each.low for number, each in measured.items()}, {number: each.high for number, each in measured.items()})
    for charge in charges:
        payers = [payer for payer in charge.payers if payer in network.high]
        whole = measured[charge.node]
        if not payers:
            network.strained.add(charge.node)
        for payer in payers:
            part = _Part(charge.node, len(payers) == 1, 0.0, min(whole.high, network.high[payer]))
            network.parts.setdefault(charge.node, []).append(part)
            network.paid.setdefault(payer, []).append(part)
    return network


def _split(network: _Network, parts: list[_Part]) -> None:
    """Fit a charge's parts to the charge: each at most all of it, at least what the other payers had no room for."""
    number = parts[0].charge
    if parts[0].sole:
        parts[0].low, parts[0].high = network.low[number], network.high[number]
        return
    room = sum(part.high for part in parts)
    if room < network.low[number] - _TOLERANCE:
        network.strained.add(number)
    network.high[number] = min(network.high[number], room)
    network.low[number] = min(network.low[number], network.high[number])
    for part in parts:
        others = room - part.high
        part.high = min(part.high, network.high[number])
        part.low = min(part.high, max(part.low, network.low[number] - others))


def _raise(network: _Network, number: int) -> None:
    """A node took at least what it paid for."""
    need = sum(part.low for part in network.paid.get(number, ()))
    if need > network.high[number] + _TOLERANCE:
        network.strained.add(number)
    network.low[number] = min(network.high[number], max(network.low[number], need))
    parts = network.parts.get(number, ())
    if len(parts) == 1:
        parts[0].low = network.low[number]


def _lower(network: _Network, number: int) -> None:
    """No part took longer than the whole less the other parts; parts that took longer all together are scaled to the whole."""
    paid = network.paid.get(number, [])
    need, whole = sum(part.low for part in paid), network.high[number]
    scale = whole / need if need > whole else 1.0
    for part in paid:
        part.low *= scale
        part.high = part.low if need > whole else max(part.low, min(part.high, whole - (need - part.low)))
        if part.sole:
            network.high[part.charge] = part.high
            network.low[part.charge] = min(network.low[part.charge], part.high)
