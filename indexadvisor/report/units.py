"""Numbers written for people: rounded, with their unit; an unknown number is the word ``unknown``, never 0."""

from __future__ import annotations

UNKNOWN = "unknown"


def size(size_bytes: float | None) -> str:
    """Write a size in binary units, as PostgreSQL's pg_size_pretty does.

    >>> size(1536), size(5_242_880), size(None)
    ('1.5 kB', '5 MB', 'unknown')
    """
    return _scaled(size_bytes, (" bytes", " kB", " MB", " GB", " TB"), 1024, below=1024)


def quantity(number: float | None) -> str:
    """Write a count or a cost with a thousands suffix.

    >>> quantity(950), quantity(12_345), quantity(2_500_000), quantity(0.25), quantity(None)
    ('950', '12.3 k', '2.5 M', '0.25', 'unknown')
    """
    return _scaled(number, ("", " k", " M", " G", " T"), 1000, below=999.5)


def _scaled(number: float | None, units: tuple[str, ...], step: int, *, below: float) -> str:
    """Write a number in the first unit in which it is ``below`` a limit, or in the last."""
    if number is None:
        return UNKNOWN
    value, place = float(number), 0
    while abs(value) >= below and place < len(units) - 1:
        value, place = value / step, place + 1
    return significant(value) + units[place]


def significant(value: float) -> str:
    """Write three significant digits without trailing zeros; whole numbers keep all their digits.

    >>> significant(1.5), significant(1234.0), significant(0.0123), significant(99.96), significant(0)
    ('1.5', '1,234', '0.0123', '100', '0')
    """
    if value == 0:
        return "0"
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return f"{value:.2e}" if "e" in text else text


def exact(number: float | None) -> str:
    """Write a number with all its digits, for a tooltip.

    >>> exact(1234567), exact(1234.5), exact(None)
    ('1,234,567', '1,234.50', 'unknown')
    """
    if number is None:
        return UNKNOWN
    return f"{number:,}" if isinstance(number, int) else f"{number:,.2f}"


def percent(fraction: float | None) -> str:
    """Write a fraction as a percentage.

    >>> percent(0.7412), percent(0.004), percent(0.05), percent(0.00001), percent(0.9996), percent(None)
    ('74 %', '0.4 %', '5 %', '< 0.1 %', '99.9 %', 'unknown')
    """
    if fraction is None:
        return UNKNOWN
    value = fraction * 100
    if value < 0:
        return f"−{percent(-fraction)}"
    if value == 0 or value >= 100:
        return f"{value:.0f} %"
    if value < 0.1:
        return "< 0.1 %"
    # near either end one digit tells more than a rounded 100 %
    text = f"{min(value, 99.9):.1f}" if value < 10 or value > 99 else f"{value:.0f}"
    return f"{text.removesuffix('.0')} %"


def milliseconds(duration_ms: float | None) -> str:
    """Write a time in the unit that reads best.

    >>> milliseconds(0.42), milliseconds(1530), milliseconds(8_100_000), milliseconds(None)
    ('0.42 ms', '1.53 s', '2.25 h', 'unknown')
    """
    if duration_ms is None:
        return UNKNOWN
    if duration_ms < 1000:
        return f"{significant(duration_ms)} ms"
    for unit, length_ms in (("h", 3_600_000), ("min", 60_000)):
        if duration_ms >= 2 * length_ms:
            return f"{significant(duration_ms / length_ms)} {unit}"
    return f"{significant(duration_ms / 1000)} s"


def times(factor: float | None) -> str:
    """Write how many times cheaper something became.

    >>> times(12.34), times(1.0), times(4200.0), times(None)
    ('12.3×', '1×', '4,200×', 'unknown')
    """
    return UNKNOWN if factor is None else f"{significant(factor)}×"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun.

    >>> counted(1, "query", "queries"), counted(1200, "index", "indexes")
    ('1 query', '1,200 indexes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
