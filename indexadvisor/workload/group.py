"""Events to templates: each text is parsed once, each event is counted once, and what is no workload is counted by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

import pgparse

from indexadvisor.capture.interface import MAX_NAMED, CaptureReport, EventSource, QueryEvent
from indexadvisor.capture.pg_stat_statements import VIEW
from indexadvisor.errors import WorkloadError
from indexadvisor.findings import Skipped
from indexadvisor.lexer import placeholders, tokens
from indexadvisor.workload.fingerprint import normalized, shape_of
from indexadvisor.workload.model import CaptureQuality, QueryGroup, Workload
from indexadvisor.workload.sampling import Values
from indexadvisor.workload.statement import Unparsable, pieces, read_statement
from indexadvisor.workload.tally import Template, share_out

_MAX_TEXTS = 50_000
_MAX_TEXT_CHARS = 32_000_000
_ID_DIGITS = 8
# texts whose constants may be part of a template, so that the normalized text does not tell which one it is
_KEYED = ("->", "#>", "date_trunc", "date_part", "extract", "zone", "to_ts", "tsquery")


@dataclass(slots=True)
class _Route:
    """Where the events of a text go: to a template, or to a count (``ignored``, or ``unread`` for what should have been read)."""

    text: str
    template: Template | None = None
    ignored: str = ""
    unread: _Unread | None = None
    places: int = 0
    timed: bool = True


@dataclass(slots=True)
class _Unread:
    source: str
    reason: str
    calls: int = 0


_NEVER_DONE = "no execution came to its end"
"""A view counts none for what failed or was cancelled each time, a log none for rows fetched from a cursor opened before it began."""


def group(source: EventSource, *, samples: int = 5) -> Workload:
    """Return the workload of a source, with up to ``samples`` real executions per template.

    It may hold no template at all; ``usable`` raises then, and the workload still says what was read.
    """
    grouping = _Grouping()
    for event in source.events():
        grouping.add(event)
    return grouping.workload(source.report, samples)


def usable(workload: Workload) -> Workload:
    """Return the workload, or raise WorkloadError with what the capture says of the reason when it holds no template."""
    if workload.groups:
        return workload
    reasons = [f"{item.subject}: {item.reason}" for item in workload.skipped[:3]]
    reasons += [f"{count} x {reason}" for reason, count in workload.quality.ignored[:3]]
    elsewhere = any(reason == "other database" for reason, _ in workload.quality.ignored)
    hint = (
        "the log is of another database: connect to that one, or name it with --database" if elsewhere else
        "name logs written with log_min_duration_statement = 0, use --statements for pg_stat_statements, or --queries for .sql files"
    )  # fmt: skip
    raise WorkloadError("no query was captured" + (f" ({'; '.join(reasons)})" if reasons else ""), hint=hint)


class _Grouping:
    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}
        self._routes: dict[str, tuple[_Route, ...]] = {}
        self._shapes: dict[str, Template] = {}
        self._chars = 0
        self._ignored: Counter[str] = Counter()
        self._unread: dict[bytes, _Unread] = {}
        self._unnamed = _Unread("", "")

    def add(self, event: QueryEvent) -> None:
        routes = self._routes.get(event.text)
        if routes is None:
            routes = tuple(self._route(text, event.source) for text in pieces(event.text))
            self._remember(event.text, routes)
        # the time of several statements sent as one is nobody's; that of one between BEGIN and COMMIT is its own
        alone = sum(route.template is not None for route in routes) == 1
        for route in routes:
            if route.template is not None:
                ms = event.total_ms if alone and route.timed else None
                route.template.add(event, route.text, _values(event, route), ms, from_view=event.source == VIEW)
            elif route.unread is not None:
                route.unread.calls += event.calls
            else:
                self._ignored[route.ignored] += event.calls

    def workload(self, report: CaptureReport, samples: int) -> Workload:
        """Return the finished workload."""
        templates = share_out([self._templates[key] for key in sorted(self._templates)])
        done = [template for template in templates if template.total().calls]
        if len(done) < len(templates):
            self._ignored[_NEVER_DONE] += len(templates) - len(done)
        ids = _ids([template.shape.fingerprint for template in done])
        groups = [_group(template, ids[template.shape.fingerprint], samples) for template in done]
        groups.sort(key=lambda one: (-(one.total_ms or 0.0), -one.calls, one.query_id))
        ignored = (report.ignored + self._ignored).items()
        unread = [*self._unread.values(), self._unnamed]
        quality = CaptureQuality(
            tuple(report.sources), report.entries, report.events, report.bytes_read,
            tuple(sorted(ignored, key=lambda item: (-item[1], item[0]))), report.unreadable_count + sum(one.calls for one in unread),
            report.first_at, report.last_at,
        )  # fmt: skip
        return Workload(tuple(groups), quality, tuple(_skipped(report, self._unread.values(), self._unnamed.calls)))

    def _route(self, text: str, source: str) -> _Route:
        try:
            lower = text.lower()
            key = None if any(word in lower for word in _KEYED) else pgparse.normalize(_uncommented(text))
        except (pgparse.PGQueryError, UnicodeEncodeError):
            key = None
        if key is not None and (template := self._shapes.get(key)) is not None:
            return _Route(text, template, places=_places(text))
        try:
            statement = read_statement(text)
            if statement.kind is None:
                return _Route(text, ignored=statement.ignored)
            shape = shape_of(statement.text, statement.tree)
        except Unparsable as error:
            return _Route(text, unread=self._unreadable(text, source, str(error)))
        template = self._templates.setdefault(shape.fingerprint, Template(shape, statement.kind, source))
        if key is not None and statement.text is text and len(self._shapes) < _MAX_TEXTS:
            self._shapes[key] = template
        return _Route(statement.text, template, places=_places(statement.text), timed=statement.timed)

    def _remember(self, text: str, routes: tuple[_Route, ...]) -> None:
        """Keep the routes of a text; the memory starts afresh when it is full, which costs time and changes nothing."""
        self._chars += len(text)
        if len(self._routes) >= _MAX_TEXTS or self._chars > _MAX_TEXT_CHARS:
            self._routes.clear()
            self._chars = len(text)
        self._routes[text] = routes

    def _unreadable(self, text: str, source: str, reason: str) -> _Unread:
        key = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if key not in self._unread and len(self._unread) >= MAX_NAMED:
            return self._unnamed
        return self._unread.setdefault(key, _Unread(source, reason))


def _uncommented(text: str) -> str:
    """Return a text without its comments: applications put the request's number there, which makes every text a new one.

    >>> _uncommented("select '--' /* request 7 */ from t -- 8")
    "select '--'   from t"
    """
    if "--" not in text and "/*" not in text:
        return text
    return "".join(" " if token.kind == "comment" else token.text for token in tokens(text)).rstrip()


def _places(text: str) -> int:
    """Return how many values a text's placeholders need."""
    return max(placeholders(text), default=0)


def _values(event: QueryEvent, route: _Route) -> Values:
    """Return the values of the text's placeholders, () when it has none, None when they are not all known."""
    if route.places == 0:
        return ()
    if event.parameters is None or len(event.parameters) < route.places:
        return None
    return event.parameters[: route.places]


def _group(template: Template, query_id: str, samples: int) -> QueryGroup:
    total = template.total()
    chosen = template.executions.samples(samples)
    text = chosen[0].text
    known = total.ms if total.timed or total.ms else None
    return QueryGroup(
        query_id, text, normalized(text), template.kind, total.calls, chosen, known,
        total.ms / total.timed if total.timed else None, template.times.quantile(0.95), total.max_ms if total.timed else None,
        total.rows, total.cut, tuple(sorted(template.users)), template.source,
    )  # fmt: skip


def _ids(fingerprints: list[str]) -> dict[str, str]:
    """Return a short name per fingerprint, longer where two would be the same.

    >>> _ids(["aaaaaaaa11", "aaaaaaaa22", "bbbbbbbb11"])
    {'aaaaaaaa11': 'aaaaaaaa1', 'aaaaaaaa22': 'aaaaaaaa2', 'bbbbbbbb11': 'bbbbbbbb'}
    """
    ids: dict[str, str] = {}
    ordered = sorted(set(fingerprints))
    for place, one in enumerate(ordered):
        # in order, what shares the longest beginning stands next to it
        near = [*ordered[max(0, place - 1) : place], *ordered[place + 1 : place + 2]]
        digits = _ID_DIGITS
        while digits < len(one) and any(other.startswith(one[:digits]) for other in near):
            digits += 1
        ids[one] = one[:digits]
    return ids


def _skipped(report: CaptureReport, unread: Iterable[_Unread], unnamed: int) -> Iterable[Skipped]:
    yield from report.unreadable
    more = report.unreadable_count - len(report.unreadable)
    if more > 0:
        yield Skipped("capture", f"{more} further entries", "could not be read; only the first are named")
    for one in unread:
        yield Skipped("workload", one.source, one.reason + (f" ({one.calls} calls)" if one.calls > 1 else ""))
    if unnamed:
        yield Skipped("workload", f"{unnamed} further calls", "of statements that cannot be parsed; only the first are named")
