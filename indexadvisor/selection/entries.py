"""How many keys one row puts into a GIN index, and how many of them other rows lack, from the column's sampled values.

Where no value is known, an upper bound from the column's width. A key counts as fresh when the sample holds it once: the share of such keys
is the chance that the next row brings one not seen before (Good, "The population frequencies of species", Biometrika 40, 1953).

Sources: contrib/pg_trgm (a word is padded with two blanks before and one behind); jsonb_gin.c and arrayfuncs.c of src/backend/utils/adt;
pg_stats.elem_count_histogram (its last number is the mean count of different elements).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from indexadvisor.catalog.model import ColumnStatistics, IndexKey, Table
from indexadvisor.lexer import names

_BYTES_PER_KEY = 8.0
"""Where no value is known: a key of its own for each 8 bytes, as the size model takes it."""
_READ = 200
_WORD = re.compile(r"[^\W_]+")
_LEXEME = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Keys:
    """The keys of one index key: their mean number in one row (at least 1), and the share of them that few other rows have."""

    per_row: float
    fresh: float


def keys_of(key: IndexKey, table: Table) -> Keys:
    """Return the keys of one row in one key of a GIN index."""
    mentioned = names(key.expression) if key.expression is not None else {key.column}
    column = next((column for column in table.columns if column.name in mentioned), None)
    known = column.statistics if column is not None else None
    if column is None or known is None:
        return Keys(1.0, 1.0)
    if known.element_count_average is not None and key.expression is None:
        average = max(1.0, known.element_count_average)
        return Keys(average, min(1.0, max(0.0, 1.0 - sum(known.element_frequencies) / average)))
    read, values = _reader(key, column.base_type), _sampled(known)
    if read is None or not values:
        return Keys(max(1.0, known.average_width_bytes / _BYTES_PER_KEY), 1.0)
    found = [(read(value), share) for value, share in values]
    per_row = sum(share * len(each) for each, share in found) / max(sum(share for _, share in found), 1e-9)
    seen = Counter(each for keys, _ in found for each in keys)
    once = sum(1 for count in seen.values() if count == 1)
    return Keys(max(1.0, per_row), once / max(1, seen.total()))


def _sampled(known: ColumnStatistics) -> list[tuple[str, float]]:
    """Return sampled values with the share of the rows each stands for."""
    common = list(zip(known.common_values, known.common_frequencies, strict=False))[:_READ]
    bounds: Sequence[str] = known.histogram_bounds[:_READ]
    rest = max(0.0, 1.0 - known.null_fraction - sum(known.common_frequencies))
    return common + [(value, rest / len(bounds)) for value in bounds]


def _reader(key: IndexKey, base_type: str) -> Callable[[str], set[str]] | None:
    """Return the function that lists the keys of a value's text form, None where none is known."""
    name = (key.operator_class or "").rpartition(".")[2]
    if name == "gin_trgm_ops":
        return _trigrams
    if base_type == "jsonb" and key.expression is None:
        return lambda text: set(_walk(_parsed(text), "", paths=name == "jsonb_path_ops"))
    if base_type == "tsvector":
        return lambda text: set(_LEXEME.findall(text))
    if key.expression is not None and "to_tsvector" in names(key.expression):
        return lambda text: set(_WORD.findall(text.lower()))
    return None


def _trigrams(text: str) -> set[str]:
    padded = [f"  {word} " for word in _WORD.findall(text.lower())]
    return {word[at : at + 3] for word in padded for at in range(len(word) - 2)}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def _walk(value: object, path: str, *, paths: bool) -> list[str]:
    """Return the values of a document, with their paths or with the keys beside them."""
    if isinstance(value, dict):
        keys = [] if paths else [f"K{key}" for key in value]
        return keys + [each for key, inner in value.items() for each in _walk(inner, f"{path}/{key}" if paths else "", paths=paths)]
    if isinstance(value, list):
        return [each for inner in value for each in _walk(inner, path, paths=paths)]
    return [f"{path}={value!r}"]
