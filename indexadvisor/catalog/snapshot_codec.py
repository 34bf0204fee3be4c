"""The values of ``catalog.model`` as JSON and back, without loss: driven by their type annotations, so a new field needs no code here.

A frozen dataclass is an object of its fields, without those that have their default; a tuple a list; a time ISO 8601 text. Reading
checks every type: what a file says otherwise is an error, never a surprise later.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
_Reader = Callable[[Any], Any]


def to_json(value: Any) -> str:
    """Return a value as JSON; raises TypeError for one that has no form in it.

    >>> from indexadvisor.catalog.model import TableName
    >>> to_json((TableName("public", "orders"), None))
    '[{"schema":"public","name":"orders"},null]'
    """
    # the encoder walks texts, numbers and tuples itself, and asks for the rest only: half the time of a walk of our own
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Return what the encoder knows, one level deep, of a value that it does not know."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = ((name, default, getattr(value, name)) for name, default in _fields(type(value)))
        return {name: each for name, default, each in found if default is dataclasses.MISSING or each != default}
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def from_json(kind: type[Value], data: Any) -> Value:
    """Return the value of a dataclass that ``to_json`` wrote; raises ValueError for anything else."""
    annotation: Any = kind
    try:
        value: Value = _reader(annotation)(data)
    except (TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ValueError(f"{kind.__name__}: {error}") from None
    return value


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    # None and () are told apart by equality; -0.0, 0 and False equal each other, so only these plain defaults are left out
    plain = (None, (), "")
    return tuple(
        (field.name, field.default if any(field.default is each for each in plain) else dataclasses.MISSING)
        for field in dataclasses.fields(kind)
    )  # fmt: skip


@cache
def _reader(kind: Any) -> _Reader:
    """Return the function that reads one annotated type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _object_reader(kind)
    if origin in (types.UnionType, Union):
        return _optional_reader(tuple(each for each in arguments if each is not types.NoneType))
    if origin is tuple:
        return _list_reader(arguments[0]) if arguments[-1] is Ellipsis else _row_reader(arguments)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_reader(arguments[1])
    if kind is datetime:
        return lambda data: datetime.fromisoformat(_checked(str, data))
    if kind is float:
        return lambda data: float(data) if isinstance(data, int) and not isinstance(data, bool) else _checked(float, data)
    if kind is bool:
        return lambda data: _checked(bool, data)
    if kind in (str, int):
        return lambda data: _checked(kind, data)
    raise TypeError(f"{kind} cannot be read")


def _checked(kind: type[Value], data: Any) -> Value:
    if type(data) is not kind:
        raise TypeError(f"{kind.__name__} expected, {type(data).__name__} found")
    return data


def _object_reader(kind: type) -> _Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}

    def read(data: Any) -> Any:
        return kind(**{name: readers[name](each) for name, each in _checked(dict, data).items()})

    return read


def _optional_reader(kinds: tuple[Any, ...]) -> _Reader:
    if len(kinds) != 1:
        raise TypeError(f"{kinds} cannot be read")
    inner = _reader(kinds[0])
    return lambda data: None if data is None else inner(data)


def _list_reader(kind: Any) -> _Reader:
    inner = _reader(kind)

    def read(data: Any) -> tuple[Any, ...]:
        items = _checked(list, data)
        # thousands of sampled values per table: the common case without a call for each
        return tuple(items) if kind is str and all(type(item) is str for item in items) else tuple(map(inner, items))

    return read


def _row_reader(kinds: tuple[Any, ...]) -> _Reader:
    inner = [_reader(kind) for kind in kinds]
    return lambda data: tuple(read(item) for read, item in zip(inner, _checked(list, data), strict=True))


def _mapping_reader(kind: Any) -> _Reader:
    inner = _reader(kind)
    return lambda data: {_checked(str, key): inner(each) for key, each in _checked(dict, data).items()}
