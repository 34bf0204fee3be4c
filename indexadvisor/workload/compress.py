"""A large workload made small for costing: templates that are alike for indexing share one representative, which carries their calls.

Four rules, each with a smaller claim to exactness; ``Alike`` says what is alike, so that this module needs to know nothing of columns:

1. templates of the same structure share a representative: the same candidates serve them in the same way;
2. templates that no candidate was made for cost the same whatever is chosen: those of one outline share a representative;
3. light templates, which together hold at most ``tail`` of the load, are represented by the heaviest template of their outline;
4. light templates that have nobody to represent them are set aside, those that change rows excepted: writes make indexes dearer. What they
   could have saved is at most what they hold of the load.

The heaviest template of a class represents it. Besides, templates beyond the first ``head`` of the load are costed on one sample each.
Templates beyond the ``most`` heaviest count as light whatever they hold: memory and time are bounded, and the share is stated.

The load of a template is its measured time; without one, calls times ``pages`` (of the tables it reads), in the same proportion to time
as in the templates that have one. It decides who represents whom and nothing else: representatives weigh what their members' calls say.

No template is dropped in silence: ``CompressedWorkload.represented`` says who stands for it, by which rule. The error is stated by
``shares`` (how much of the load is represented, by rule) and ``check``, which costs a seeded sample of represented templates beside
their representatives.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from indexadvisor.findings import Skipped
from indexadvisor.workload.model import QueryGroup, Workload

LEAST_TEMPLATES = 2_000
"""A workload of fewer templates is costed as it is, unless compression is asked for."""
TAIL, HEAD = 0.005, 0.95
MOST_TEMPLATES = 4_000
"""Templates costed at most, beside those that change rows."""
CHECKED = 40
"""Represented templates that ``check`` costs; two questions each, and two for each of their representatives."""


REPRESENTED = "costed as query"
"""How the reason begins of a query whose calls another one carries."""


class Rule(StrEnum):
    """Why one template may stand for another."""

    SAME = "same structure"
    IDLE = "no candidate serves it"
    LIGHT = "light"
    APART = "light, and like no other"


_WORDS = {
    Rule.SAME: f"{REPRESENTED} {{by}}, which uses the same columns in the same way",
    Rule.IDLE: f"{REPRESENTED} {{by}}, which searches by the same columns; no index was proposed for either",
    Rule.LIGHT: f"{REPRESENTED} {{by}}, which searches by the same columns: it is one of {{count:,}} light queries",
    Rule.APART: "not costed: it is one of {count:,} light queries, unlike any other, that hold {share:.2%} of the load together",
}


@dataclass(frozen=True)
class Alike:
    """What makes templates alike, by query id. ``structure``: everything an index can tell apart; ``outline``: what rows are found and
    sorted by, and what is written; both None where nothing is known of the template, which then stands for itself. ``pages`` of the tables
    it reads; ``served``: whether a candidate was made for it.
    """

    structure: Callable[[str], Hashable | None]
    outline: Callable[[str], Hashable | None]
    pages: Callable[[str], float]
    served: Callable[[str], bool]


@dataclass(frozen=True)
class Represented:
    """One template that is not costed itself: ``by`` is the query id of its representative, None where it is set aside; ``load`` is
    its part of the whole (0 to 1).
    """

    query_id: str
    by: str | None
    rule: Rule
    load: float


@dataclass(frozen=True)
class CompressedWorkload:
    """``workload``: the representatives, in the original order, with the calls of all they stand for. ``samples_left_out``: samples of
    light templates that are not costed; another sample of the same template stands for them.
    """

    workload: Workload
    represented: tuple[Represented, ...] = ()
    samples_left_out: int = 0

    @property
    def query_ids(self) -> frozenset[str]:
        """The representatives."""
        return frozenset(group.query_id for group in self.workload.groups)

    @property
    def shares(self) -> Mapping[Rule, float]:
        """The part of the load that is represented by others or set aside, by rule."""
        return {rule: sum(each.load for each in self.represented if each.rule is rule) for rule in Rule}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every represented template with who stands for it and why."""
        shares, counts = self.shares, self.counts
        return tuple(
            Skipped("compress", f"query {each.query_id}", said.format(by=each.by, share=shares[each.rule], count=counts[each.rule]))
            for each in self.represented
            for said in (_WORDS[each.rule],)
        )

    @property
    def counts(self) -> Mapping[Rule, int]:
        """How many templates are represented by others or set aside, by rule."""
        return {rule: sum(each.rule is rule for each in self.represented) for rule in Rule}

    def sentence(self) -> str:
        """Return what was done, for people."""
        shares, counts = self.shares, self.counts
        alike = sum(counts[rule] for rule in (Rule.SAME, Rule.IDLE, Rule.LIGHT))
        held = sum(shares[rule] for rule in (Rule.SAME, Rule.IDLE, Rule.LIGHT))
        return (
            f"{len(self.workload.groups):,} queries were costed; {alike:,} that are alike for indexing ({held:.1%} of the load) are "
            f"represented by them, and {counts[Rule.APART]:,} light ones ({shares[Rule.APART]:.2%} of the load) were set aside"
        )


def compress(
    workload: Workload, alike: Alike, *, tail: float = TAIL, head: float = HEAD, most: int | None = MOST_TEMPLATES
) -> CompressedWorkload:
    """Return a workload whose templates stand for those that are alike; ``tail`` and ``head`` are shares of the load, 0 to 1."""
    groups = workload.groups
    loads = _loads(groups, alike)
    whole = sum(loads.values()) or 1.0
    heaviest = sorted(groups, key=lambda group: (-loads[group.query_id], group.query_id))
    light = _lightest(heaviest, loads, tail * whole)
    if most is not None:
        light |= {group.query_id for group in heaviest[most:]}
    by = _representatives(heaviest, alike, light)
    represented = tuple(
        Represented(group.query_id, *by[group.query_id], loads[group.query_id] / whole) for group in groups if group.query_id in by
    )
    few = _lightest(heaviest, loads, (1 - head) * whole)
    made = [_representative(members, few) for members in _classes(groups, by)]
    kept = sum(len(group.samples) for group in made)
    before = sum(len(group.samples) for group in groups if group.query_id not in by)
    return CompressedWorkload(replace(workload, groups=tuple(made)), represented, before - kept)


_By = Mapping[str, tuple[str | None, Rule]]
"""Who represents a template and why, by the query ids of those that are represented or set aside."""


def _representatives(heaviest: Iterable[QueryGroup], alike: Alike, light: frozenset[str]) -> _By:
    by: dict[str, tuple[str | None, Rule]] = {}
    structures: dict[Hashable, str] = {}
    outlines: dict[tuple[Hashable, bool], str] = {}
    for group in heaviest:
        query_id = group.query_id
        structure, outline = (_of_kind(group, say(query_id)) for say in (alike.structure, alike.outline))
        served = alike.served(query_id)
        rough = (outline, served)
        if structure is not None and structure in structures:
            by[query_id] = structures[structure], Rule.SAME
        elif outline is not None and rough in outlines and (not served or query_id in light):
            by[query_id] = outlines[rough], Rule.LIGHT if served else Rule.IDLE
        elif query_id in light and not group.writes:
            by[query_id] = None, Rule.APART
        else:
            structures.setdefault(structure, query_id)
            outlines.setdefault(rough, query_id)
    return by


def _of_kind(group: QueryGroup, found: Hashable | None) -> Hashable | None:
    return None if found is None else (group.kind, found)


def _loads(groups: Sequence[QueryGroup], alike: Alike) -> dict[str, float]:
    """Return the load of each template: its time, or what calls and pages make of it where the time is not known."""
    work = {group.query_id: group.calls * max(1.0, alike.pages(group.query_id)) for group in groups}
    timed = [group for group in groups if group.total_ms is not None]
    known = sum(work[group.query_id] for group in timed)
    rate = sum(group.total_ms or 0.0 for group in timed) / known if known else 1.0
    return {group.query_id: group.total_ms if group.total_ms is not None else work[group.query_id] * rate for group in groups}


def _lightest(heaviest: Sequence[QueryGroup], loads: Mapping[str, float], most: float) -> frozenset[str]:
    """Return the lightest templates whose loads together are at most ``most``."""
    found: list[str] = []
    total = 0.0
    for group in reversed(heaviest):
        total += loads[group.query_id]
        if total > most:
            break
        found.append(group.query_id)
    return frozenset(found)


def _classes(groups: Iterable[QueryGroup], by: _By) -> list[list[QueryGroup]]:
    """Return each representative with its members, itself first, in the order of the workload."""
    found: dict[str, list[QueryGroup]] = {group.query_id: [group] for group in groups if group.query_id not in by}
    for group in groups:
        representative, _ = by.get(group.query_id, (None, None))
        if representative is not None:
            found[representative].append(group)
    return list(found.values())


def _representative(members: Sequence[QueryGroup], few: frozenset[str]) -> QueryGroup:
    """Return a template with the calls, times and rows of all it stands for, on one sample where it is light."""
    first = members[0]
    samples = first.samples
    if first.query_id in few and len(samples) > 1:
        main = max(samples, key=lambda sample: sample.share)
        samples = (replace(main, share=1.0),)
    if len(members) == 1:
        return first if samples is first.samples else replace(first, samples=samples)
    rows = [member.rows for member in members]
    times = [member.total_ms for member in members]
    return replace(
        first, samples=samples,
        calls=sum(member.calls for member in members),
        rows=None if None in rows else sum(row or 0 for row in rows),
        total_ms=None if None in times else sum(time or 0.0 for time in times),
    )  # fmt: skip


Costs = Callable[[QueryGroup], tuple[float, float] | None]
"""What one template costs per call before and after the choice; None where the planner refuses it."""


@dataclass(frozen=True)
class Check:
    """How far representatives are from those they stand for, over ``checked`` of them drawn by their load. ``cost``: the mean difference of
    the cost per call as a share of the template's own; ``saving``: of the share that the choice saves (0.1 = 10 points); ``worst_saving``:
    the greatest of these. ``workload``: what the differences in saving make of the whole workload's, at their part of the load.
    """

    checked: int
    cost: float
    saving: float
    worst_saving: float
    workload: float

    def sentence(self) -> str:
        """Return it for people."""
        return (
            f"{self.checked} represented queries were costed as a check: they save {self.saving:.1%} more or less than their "
            f"representatives on average (at worst {self.worst_saving:.0%}), {self.workload:.2%} of the whole workload"
        )


def check(whole: Workload, compressed: CompressedWorkload, costs: Costs, *, most: int = CHECKED, seed: int = 1) -> Check | None:
    """Cost a seeded sample of represented templates, drawn in proportion to their load; None where none could be costed."""
    groups = {group.query_id: group for group in whole.groups}
    chance = random.Random(seed)  # noqa: S311  a repeatable draw, no secret
    # without replacement, in proportion to the load (Efraimidis and Spirakis, 2006)
    possible = [each for each in compressed.represented if each.by is not None]
    drawn = sorted(possible, key=lambda each: -(chance.random() ** (1 / max(each.load, 1e-12))))[:most]
    known: dict[str, tuple[float, float] | None] = {}
    found: list[tuple[float, float]] = []
    for each in drawn:
        for name in (each.query_id, each.by or ""):
            if name not in known:
                known[name] = costs(groups[name])
        own, theirs = known[each.query_id], known[each.by or ""]
        if own is not None and theirs is not None and min(own[0], theirs[0]) > 0:
            found.append((abs(theirs[0] / own[0] - 1), abs(own[1] / own[0] - theirs[1] / theirs[0])))
    if not found:
        return None
    mean = sum(saving for _, saving in found) / len(found)
    load = sum(each.load for each in possible)
    return Check(len(found), sum(cost for cost, _ in found) / len(found), mean, max(saving for _, saving in found), mean * load)
