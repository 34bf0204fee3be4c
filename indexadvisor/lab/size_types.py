"""Width and alignment of stored values by type, and how wide a value is that pg_stats shows as text.

Source: pg_type.dat (typlen, typalign); src/backend/utils/adt/numeric.c (base-10000 digits, short header); postgres.h (one-byte varlena
headers, not aligned). Everything in bytes.
"""

from __future__ import annotations

import re

FIXED = {
    "bool": (1, 1), "char": (1, 1), "int2": (2, 2), "int4": (4, 4), "int8": (8, 8), "float4": (4, 4), "float8": (8, 8), "date": (4, 4),
    "timestamp": (8, 8), "timestamptz": (8, 8), "time": (8, 8), "timetz": (12, 8), "interval": (16, 8), "uuid": (16, 1), "money": (8, 8),
    "oid": (4, 4), "point": (16, 8), "box": (32, 8), "lseg": (32, 8), "line": (24, 8), "circle": (24, 8), "macaddr": (6, 4),
    "macaddr8": (8, 4), "xid": (4, 4), "cid": (4, 4), "tid": (6, 2), "pg_lsn": (8, 8), "regclass": (4, 4), "xid8": (8, 8),
}  # fmt: skip
"""Bytes and alignment of the types that are always as wide."""

TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name", "xml", "json"})
SHORT_LIMIT = 126
"""The longest content that a one-byte header can describe."""
UNKNOWN_VARLENA = 32
"""What PostgreSQL's planner takes where nothing is known of a varlena (lsyscache.c, get_typavgwidth())."""

_NO_EQUAL_IMAGE = frozenset({"float4", "float8", "interval", "numeric", "record", "tsvector", "tsquery", "jsonb", "citext"})
"""No B-tree support function 4 (pg_amproc), so equal values may look different; interval since the releases of November 2023."""
_BPCHAR_SHARES_FROM = 18
"""char(n) has such a function in 15 too, but bt_metap() and the builds of 15 say that equal values are kept apart, those of 18 that they
are not; a test asserts both. 16 and 17 are taken to be as 15."""
_NUMBER = re.compile(r"-?(\d+)(?:\.(\d+))?")


def maxalign(width: float) -> float:
    """Round up to the 8 bytes that tuples are aligned to."""
    return float(-(-width // 8) * 8)


def fixed_width(base_type: str, category: str) -> tuple[int, int] | None:
    """Return bytes and alignment of a type that is always as wide, None for a varlena; an enum is an oid.

    >>> fixed_width("date", "D"), fixed_width("text", "S"), fixed_width("mood", "E")
    ((4, 4), None, (4, 4))
    """
    return (4, 4) if category == "E" else FIXED.get(base_type)


def deduplicates(base_type: str, category: str, major: int) -> bool:
    """Return whether a B-tree keeps equal values of a type once (nbtutils.c, _bt_allequalimage()).

    ``major`` is the server's version.

    >>> deduplicates("int4", "N", 15), deduplicates("numeric", "N", 18), deduplicates("_text", "A", 18), deduplicates("bpchar", "S", 15)
    (True, False, False, False)
    """
    if base_type == "bpchar" and major < _BPCHAR_SHARES_FROM:
        return False
    return base_type not in _NO_EQUAL_IMAGE and category not in ("A", "R", "C") and "multirange" not in base_type


def varlena_width(content: float) -> float:
    """Return the bytes that so much content takes with its header: one byte of header when short, four when not."""
    return content + 1 if content <= SHORT_LIMIT else content + 4


def text_form_width(value: str, base_type: str) -> float | None:
    """Return the bytes a value takes in a tuple, from its text form; None where the text says nothing of it.

    >>> text_form_width("17.00", "numeric"), text_form_width("12345.67", "numeric"), text_form_width("Lisbon", "text")
    (5.0, 9.0, 7.0)
    """
    if base_type in TEXTS:
        return varlena_width(float(len(value.encode("utf-8", "replace"))))
    if base_type == "numeric":
        return _numeric_width(value)
    if base_type == "bytea" and value.startswith("\\x"):
        return varlena_width((len(value) - 2) / 2)
    return None


def _numeric_width(value: str) -> float | None:
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    whole, fraction = found[1].lstrip("0"), (found[2] or "")
    padded = whole.rjust(-(-len(whole) // 4) * 4, "0") + fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    digits = [padded[at : at + 4] for at in range(0, len(padded), 4)]
    while digits and digits[-1] == "0000":
        digits.pop()
    while digits and digits[0] == "0000":
        digits.pop(0)
    return varlena_width(2.0 + 2 * len(digits))
