"""The keys that GIN stores for one value, from the text form that pg_stats shows: trigrams, array elements, JSON keys and values, words.

Source: contrib/pg_trgm (a word is padded with two blanks before and one behind); jsonb_gin.c, arrayfuncs.c and tsvector.c
of src/backend/utils/adt.
A key is only told apart from others here; its bytes are what the second member of each pair says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from indexadvisor.lab.size_types import fixed_width, text_form_width, varlena_width

Keys = dict[str, tuple[float, str]]
"""Keys of one value, each with the bytes of its datum and the place in a document it was found at ('' where values have no places).

A place keeps unlike keys apart: a document's identifier is different in each row, its status is not.
"""

_HASHED = 4.0
"""Trigrams and hashes are stored as int4."""
_LONGEST_JSON_KEY = 125
_WORD = re.compile(r"[^\W_]+")
_LEXEME = re.compile(r"'((?:[^']|'')*)'")
_ARRAY_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)')
_STOP_TEXT = (
    "i me my we our you your he him his she her it its they them their what which who this that these those am is are was were be been"
    " being have has had do does did a an the and but if or because as until while of at by for with about against between into through"
    " during before after above below to from up down in out on off over under again further then once here there when where why how all"
    " any both each few more most other some such no nor not only own same so than too very s t can will just don should now"
)
_STOP_WORDS = frozenset(_STOP_TEXT.split())


def reader(base_type: str, operator_class: str | None) -> Callable[[str], Keys] | None:
    """Return the function that lists the keys of a value's text form, None where we know none for the type and operator class.

    >>> sorted(reader("text", "gin_trgm_ops")("Ab"))
    ['  a', ' ab', 'ab ']
    >>> sorted(reader("jsonb", "jsonb_path_ops")('{"a": {"b": 1}, "c": [2, 3]}'))
    ['/a/b=1', '/c[]=2', '/c[]=3']
    >>> reader("_int4", None)('{1,22,1}')
    {'1': (4.0, ''), '22': (4.0, '')}
    """
    name = (operator_class or "").rpartition(".")[2]
    if name == "gin_trgm_ops":
        return _trigrams
    if base_type == "jsonb":
        return _json_paths if name == "jsonb_path_ops" else _json_keys
    if base_type == "tsvector":
        return _lexemes
    if base_type.startswith("_"):
        element = base_type[1:]
        return lambda text: _elements(text, element)
    return None


def element_width(text: str, element_type: str) -> float:
    """Return the bytes of one array element of a type."""
    fixed = fixed_width(element_type, "")
    return float(fixed[0]) if fixed else text_form_width(text, element_type) or varlena_width(len(text.encode("utf-8", "replace")))


def trigrams(text: str) -> set[str]:
    """Return the different trigrams of a text as show_trgm() lists them."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        padded = f"  {word} "
        found.update(padded[at : at + 3] for at in range(len(padded) - 2))
    return found


def _trigrams(text: str) -> Keys:
    return dict.fromkeys(trigrams(text), (_HASHED, ""))


def _elements(text: str, element: str) -> Keys:
    found: Keys = {}
    for quoted, plain in _ARRAY_ITEM.findall(text):
        if plain != "NULL":
            value = plain or re.sub(r"\\(.)", r"\1", quoted)
            found[value] = (element_width(value, element), "")
    return found


def _lexemes(text: str) -> Keys:
    """Return the lexemes of a tsvector; for a text that is yet to be made one, its words without the commonest English ones."""
    words = _LEXEME.findall(text) if text.startswith("'") else [word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]
    return {word: (varlena_width(len(word.encode("utf-8", "replace"))), "") for word in words}


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}


def _json_paths(text: str) -> Keys:
    return {f"{path}={value}": (_HASHED, path) for path, flag, value in _items(_parsed(text), "") if flag != "K"}


def _json_keys(text: str) -> Keys:
    found: Keys = {}
    for path, flag, value in _items(_parsed(text), ""):
        size = len(value.encode("utf-8", "replace"))
        # longer ones are replaced by an eight-digit hash
        found[flag + value] = (varlena_width(1 + (size if size <= _LONGEST_JSON_KEY else 8)), path)
    return found


def _items(value: object, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield each key and scalar of a document with its path and kind: K a key, S a string, N another scalar."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path, "K", key
            yield from _items(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _items(inner, f"{path}[]")
    else:
        yield path, "S" if isinstance(value, str) else "N", value if isinstance(value, str) else json.dumps(value)
