"""Times as the server logs them, ``2026-11-22 05:33:19.068 UTC``, as moments in time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

# hours east of Greenwich; from PostgreSQL's own timezonesets/Default, where an abbreviation means one thing there
_HOURS = {
    "UTC": 0, "GMT": 0, "Z": 0, "UCT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "SAST": 2, "JST": 9, "KST": 9, "HKT": 8, "SGT": 8, "PKT": 5, "AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8,
    "NZST": 12, "NZDT": 13, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9,
    "AKDT": -8, "HST": -10, "NST": -3.5, "NDT": -2.5, "ADT": -3, "BRT": -3, "ART": -3, "CLT": -4, "COT": -5, "PET": -5, "VET": -4,
}  # fmt: skip
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)?\Z")
_ZONES: dict[str, timezone | None] = {name: timezone(timedelta(hours=hours)) for name, hours in _HOURS.items()}
_ZONES["UTC"] = UTC
_MAX_ZONES = 1000


def parse_time(text: str | None) -> datetime | None:
    """Return the moment a logged time names; None for anything else, or for a time zone abbreviation that is not known.

    >>> parse_time("2026-11-22 05:33:19.068 +0130").isoformat()
    '2026-11-22T05:33:19.068000+01:30'
    >>> parse_time("1767225600.250").isoformat()
    '2026-01-01T00:00:00.250000+00:00'
    """
    if not text:
        return None
    stop = 23 if text[19:20] == "." else 19
    try:
        if len(text) < 19:
            return datetime.fromtimestamp(float(text), UTC)
        zone = _zone(text[stop:].strip())
        return None if zone is None else datetime.fromisoformat(text[:stop]).replace(tzinfo=zone)
    except (ValueError, OverflowError, OSError):
        return None


def _zone(name: str) -> timezone | None:
    if name in _ZONES:
        return _ZONES[name]
    match = _OFFSET.match(name)
    zone = None
    if match is not None and int(match[2]) < 24:
        shift = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        zone = timezone(shift if match[1] == "+" else -shift)
    if len(_ZONES) < _MAX_ZONES:  # names come from the log: a hostile one must not fill the memory
        _ZONES[name] = zone
    return zone
