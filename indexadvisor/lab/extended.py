"""Gives the lab's extended statistics (CREATE STATISTICS) their data: a dump of version 18 holds definitions only, and nothing restores it.

Numbers of distinct groups and functional dependencies are put together byte by byte (src/backend/statistics/mvdistinct.c,
dependencies.c). Lists of most common values and statistics of expressions hold values of any type, which the server alone can write:
a temporary table with one row for each combination is analyzed, its list copied, and the shares in it put right (mcv.c).

All that evaluates anything of the snapshot (types' checks, expressions) runs as the owner, a role without rights; the superuser
copies bytes of the catalog. Names of columns, not their numbers, tie the data to the lab's tables.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import TableName
from indexadvisor.catalog.snapshot_extended import Combination, ExpressionStatistics, ExtendedStatistics, Groups
from indexadvisor.db.script import Client
from indexadvisor.errors import StatementFailed
from indexadvisor.findings import Skipped

_DISTINCT_MAGIC, _DEPENDENCIES_MAGIC, _BASIC_TYPE = 0xA352BFA4, 0xB4549A2C, 1
"""src/include/statistics/statistics.h."""
_MOST_ITEMS = 10_000
"""The highest statistics target, and so the longest list of combinations; with all rows in the sample, none is left out of it."""
_SAMPLE = "pg_temp.indexadvisor_sample"
_KINDS = ("pg_ndistinct", "pg_dependencies", "pg_mcv_list")
_CASTS = ";".join(f"CREATE CAST (bytea AS pg_catalog.{kind}) WITHOUT FUNCTION" for kind in _KINDS)
_NO_CASTS = ";".join(f"DROP CAST IF EXISTS (bytea AS pg_catalog.{kind})" for kind in _KINDS)
_OBJECTS = """
SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.nspname, s.stxname, s.oid::pg_catalog.int8, s.stxrelid::pg_catalog.regclass::text,
           ARRAY(SELECT pg_catalog.json_build_array(a.attname, a.attnum) FROM pg_catalog.pg_attribute AS a
                 WHERE a.attrelid = s.stxrelid AND a.attnum = ANY (s.stxkeys::pg_catalog.int2[]) ORDER BY a.attnum),
           COALESCE(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid), '{}')))
FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
"""
_SAMPLED = """
SELECT '{}'::pg_catalog.regclass::pg_catalog.oid, n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = pg_catalog.pg_my_temp_schema()
"""
_LISTED = """
SELECT pg_catalog.to_json(most_common_vals) FROM pg_catalog.pg_stats_ext
WHERE statistics_schemaname = {schema} AND tablename = 'indexadvisor_sample'
"""
_BYTES = """
SELECT pg_catalog.encode(d.stxdmcv::pg_catalog.bytea, 'hex') FROM pg_catalog.pg_statistic_ext_data AS d
JOIN pg_catalog.pg_statistic_ext AS s ON s.oid = d.stxoid WHERE s.stxrelid = {}
"""
_PUT = """
DELETE FROM pg_catalog.pg_statistic_ext_data WHERE stxoid = {oid} AND stxdinherit = {inherited};
INSERT INTO pg_catalog.pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv, stxdexpr)
SELECT {oid}, {inherited}, pg_catalog.decode({distinct}, 'hex')::pg_catalog.pg_ndistinct,
       pg_catalog.decode({dependencies}, 'hex')::pg_catalog.pg_dependencies,
       pg_catalog.decode({combinations}, 'hex')::pg_catalog.pg_mcv_list,
       (SELECT pg_catalog.array_agg(k ORDER BY w.place)
        FROM pg_catalog.unnest({expressions}::pg_catalog.int2[]) WITH ORDINALITY AS w (number, place)
        LEFT JOIN pg_catalog.pg_statistic AS k ON k.starelid = {sample} AND k.staattnum = w.number)
"""


@dataclass(frozen=True)
class _Object:
    """A statistics object of the lab: ``columns`` are (name, number) in the table's order, ``table`` is spelled as SQL."""

    oid: int
    table: str
    columns: tuple[tuple[str, int], ...]
    expressions: tuple[str, ...]


def restore(owner: Client, superuser: Client, known: Sequence[ExtendedStatistics]) -> tuple[Skipped, ...]:
    """Give the data to the objects that were loaded; return those that could not be given theirs, each with the reason."""
    if not known:
        return ()
    objects = {
        (schema, name): _Object(oid, table, tuple(map(tuple, columns)), tuple(expressions))
        for schema, name, oid, table, columns, expressions in json.loads(owner.rows(_OBJECTS)[0][0] or "[]")
    }
    skipped = []
    with _casts(superuser):
        for each in known:
            found = objects.get((each.schema, each.name))
            # one whose definition was not loaded is named by the loader
            if found is not None and (reason := _restore(owner, superuser, found, each)) is not None:
                reason = f"its data cannot be carried over ({reason}): columns that depend on each other are taken as independent"
                skipped.append(Skipped("lab", f"extended statistics {TableName(each.schema, each.name)}", reason))
    return tuple(skipped)


@contextmanager
def _casts(superuser: Client) -> Iterator[None]:
    """Let bytes pass for statistics, for the length of a block."""
    superuser.run_script(f"{_NO_CASTS};{_CASTS}")
    try:
        yield
    finally:
        superuser.run_script(_NO_CASTS)


def _restore(owner: Client, superuser: Client, found: _Object, known: ExtendedStatistics) -> str | None:
    """Give one object its data; return why that cannot be done, or None."""
    number = dict(found.columns)
    if number.keys() != set(known.columns) or len(number) != len(known.columns):
        return "its columns are others in the lab"
    numbers = {place: number[name] for place, name in enumerate(known.columns, start=1)}
    try:
        with _sample(owner, found, known) as (sample, temporary):
            combinations = _combinations(owner, superuser, found, known, sample, temporary) if known.combinations else None
            taken = _expressions(owner, found, known, temporary)
            superuser.run_script(
                _PUT.format(
                    oid=found.oid, inherited=known.inherited, sample=sample, combinations=_hex(combinations), expressions=taken,
                    distinct=_hex(distinct_bytes(known.distinct, numbers)),
                    dependencies=_hex(dependencies_bytes(known.dependencies, numbers)),
                )
            )  # fmt: skip
    except StatementFailed as error:
        if error.sqlstate is None:
            raise
        return str(error)
    except (KeyError, ValueError, struct.error) as error:
        return f"it is not what PostgreSQL writes: {error}"
    return None


@contextmanager
def _sample(owner: Client, found: _Object, known: ExtendedStatistics) -> Iterator[tuple[int, str]]:
    """Give a temporary table with the object's keys as columns ``k1`` and so on, where values need one: its oid and schema, or 0."""
    if not (known.combinations or any(known.expressions)):
        yield 0, ""
        return
    texts = [*(quote_identifier(name) for name, _ in found.columns), *(f"({text})" for text in found.expressions)]
    columns = "".join(f", {text} AS k{at}" for at, text in enumerate(texts, start=1))
    drop = f"DROP TABLE IF EXISTS {_SAMPLE}"
    # S608: names are quoted, expressions are printed by the server from what it has parsed
    create = f"CREATE TEMPORARY TABLE {_SAMPLE} AS SELECT NULL::pg_catalog.int4 AS place{columns} FROM {found.table} WITH NO DATA"  # noqa: S608
    owner.run_script(f"{drop};{create}")
    try:
        oid, schema = owner.rows(_SAMPLED.format(_SAMPLE))[0]
        yield int(oid or 0), schema or ""
    finally:
        owner.simple(drop)


def _combinations(
    owner: Client, superuser: Client, found: _Object, known: ExtendedStatistics, sample: int, temporary: str
) -> bytes:  # fmt: skip
    """Return the list of most common values as the server stores it."""
    names = [name for name, _ in found.columns]
    order = [known.columns.index(name) for name in names] + [len(names) + at for at in range(len(found.expressions))]
    items = known.combinations[:_MOST_ITEMS]
    rows = (f"({at},{','.join(_literal(each.values[place]) for place in order)})" for at, each in enumerate(items))
    keys = [f"k{at}" for at in range(1, len(order) + 1)]
    owner.run_script(
        f"INSERT INTO {_SAMPLE} VALUES {','.join(rows)};"  # noqa: S608  of constants, quoted
        f"CREATE STATISTICS {_SAMPLE}_list (mcv) ON {','.join(keys)} FROM {_SAMPLE};"
        f"ALTER STATISTICS {_SAMPLE}_list SET STATISTICS {_MOST_ITEMS}"
    )
    owner.simple(f"ANALYZE {_SAMPLE}")
    # what the output functions print, as the view does; a cast to text is not the same for every type. S608: names of our own
    shown = ",".join(f"CASE WHEN {key} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {key}) END" for key in keys)
    given = owner.rows(f"SELECT pg_catalog.json_agg(pg_catalog.json_build_array({shown}) ORDER BY place) FROM {_SAMPLE}")[0][0]  # noqa: S608
    listed = owner.rows(_LISTED.format(schema=_literal(temporary)))
    stored = superuser.rows(_BYTES.format(sample))
    if not listed or not stored or listed[0][0] is None or stored[0][0] is None:
        raise ValueError("no list came of it")
    by_values = {tuple(values): item for values, item in zip(json.loads(given or "[]"), items, strict=True)}
    return with_shares(bytes.fromhex(stored[0][0]), len(order), [by_values[tuple(values)] for values in json.loads(listed[0][0])])


def _expressions(owner: Client, found: _Object, known: ExtendedStatistics, temporary: str) -> str:
    """Give the sample's columns the statistics of the expressions; return the columns' numbers as an array constant, NULL for none."""
    if not any(known.expressions):
        return "NULL"
    numbers = []
    for at, each in enumerate(known.expressions, start=len(found.columns) + 1):
        numbers.append("NULL" if each is None else str(at + 1))
        if each is not None:
            given = ",".join(f"{_literal(name)},{value}" for name, value in _arguments(temporary, f"k{at}", each).items())
            owner.rows(f"SELECT pg_catalog.pg_restore_attribute_stats({given})")
    return f"'{{{','.join(numbers)}}}'"


def _arguments(schema: str, column: str, known: ExpressionStatistics) -> Mapping[str, str]:
    """Return the arguments of pg_restore_attribute_stats (PostgreSQL documentation, 9.28) as SQL."""

    def shares(values: tuple[float, ...]) -> str:
        return _literal("{" + ",".join(map(repr, values)) + "}") + "::pg_catalog.float4[]"

    return {
        "schemaname": _literal(schema), "relname": "'indexadvisor_sample'", "attname": _literal(column), "inherited": "false",
        "null_frac": f"{known.null_fraction!r}::pg_catalog.float4", "avg_width": str(known.average_width_bytes),
        "n_distinct": f"({known.n_distinct!r})::pg_catalog.float4",
        **({"correlation": f"({known.correlation!r})::pg_catalog.float4"} if known.correlation is not None else {}),
        **({"most_common_vals": f"{_literal(known.common_values)}::text", "most_common_freqs": shares(known.common_frequencies)}
           if known.common_values is not None else {}),
        **({"histogram_bounds": f"{_literal(known.histogram_bounds)}::text"} if known.histogram_bounds is not None else {}),
        **({"most_common_elems": f"{_literal(known.common_elements)}::text", "most_common_elem_freqs": shares(known.element_frequencies)}
           if known.common_elements is not None else {}),
        **({"elem_count_histogram": shares(known.element_counts)} if known.element_counts else {}),
    }  # fmt: skip


def distinct_bytes(groups: Groups, numbers: Mapping[int, int]) -> bytes | None:
    """Return numbers of distinct groups as pg_ndistinct stores them, without the header of a varlena; None for none.

    ``numbers`` gives the column number for each place; expressions have theirs, -1 and so on. Raises KeyError for an unknown place.
    """
    if not groups:
        return None
    parts = [struct.pack("=III", _DISTINCT_MAGIC, _BASIC_TYPE, len(groups))]
    for keys, figure in groups:
        parts.append(struct.pack(f"=di{len(keys)}h", figure, len(keys), *_numbered(keys, numbers)))
    return b"".join(parts)


def dependencies_bytes(groups: Groups, numbers: Mapping[int, int]) -> bytes | None:
    """Return functional dependencies as pg_dependencies stores them, like ``distinct_bytes``."""
    if not groups:
        return None
    parts = [struct.pack("=III", _DEPENDENCIES_MAGIC, _BASIC_TYPE, len(groups))]
    for keys, figure in groups:
        parts.append(struct.pack(f"=d{len(keys) + 1}h", figure, len(keys), *_numbered(keys, numbers)))
    return b"".join(parts)


def _numbered(keys: Sequence[int], numbers: Mapping[int, int]) -> list[int]:
    return [key if key < 0 else numbers[key] for key in keys]


def with_shares(stored: bytes, keys: int, items: Sequence[Combination]) -> bytes:
    """Return a stored list of most common values with the shares of these items, which are in its order.

    The items are its end: for each a NULL flag per key, both shares, and the place of each value among the distinct ones.
    Raises ValueError for a list of another length.
    """
    (count,) = struct.unpack_from("=I", stored, 8)
    size = keys * 3 + 16
    if count != len(items):
        raise ValueError(f"{len(items)} combinations became {count}")
    patched = bytearray(stored)
    for at, item in enumerate(items):
        struct.pack_into("=dd", patched, len(stored) - (count - at) * size + keys, item.frequency, item.base_frequency)
    return bytes(patched)


def _literal(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def _hex(data: bytes | None) -> str:
    return "NULL" if data is None else f"'{data.hex()}'"
