"""PostgreSQL's built-in types as the catalog spells them, and the default operator classes the tests need.

Source: pg_type.dat and pg_opclass.dat of PostgreSQL 15. ``SPELLED`` maps pg_type.typname to format_type().
"""

from __future__ import annotations

from indexadvisor.catalog.model import OperatorClass

SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "varbit": "bit varying",
}

SERIALS = {"serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2", "serial2": "int2"}

CATEGORIES = {
    "B": "bool",
    "N": "int2 int4 int8 float4 float8 numeric money oid",
    "S": "text varchar bpchar name citext",
    "D": "date time timetz timestamp timestamptz",
    "T": "interval",
    "I": "inet cidr",
    "G": "point line lseg box path polygon circle",
    "R": "int4range int8range numrange tsrange tstzrange daterange",
    "U": "uuid bytea json jsonb xml tsvector tsquery macaddr vector ltree hstore",
    "V": "bit varbit",
}

_BY_TYPE = {name: category for category, names in CATEGORIES.items() for name in names.split()}

WIDTHS = {"bool": 1, "int2": 2, "int4": 4, "float4": 4, "date": 4, "int8": 8, "float8": 8, "timestamp": 8, "timestamptz": 8, "uuid": 16}

_CLASSES = {
    "btree": {
        "int2_ops": "int2",
        "int4_ops": "int4",
        "int8_ops": "int8",
        "float4_ops": "float4",
        "float8_ops": "float8",
        "numeric_ops": "numeric",
        "bool_ops": "bool",
        "text_ops": "text",
        "bpchar_ops": "bpchar",
        "name_ops": "name",
        "date_ops": "date",
        "time_ops": "time",
        "timestamp_ops": "timestamp",
        "timestamptz_ops": "timestamptz",
        "interval_ops": "interval",
        "uuid_ops": "uuid",
        "bytea_ops": "bytea",
        "inet_ops": "inet",
        "enum_ops": "anyenum",
        "array_ops": "anyarray",
        "range_ops": "anyrange",
        "jsonb_ops": "jsonb",
        "tsvector_ops": "tsvector",
        "oid_ops": "oid",
    },
    "hash": {
        "int2_ops": "int2",
        "int4_ops": "int4",
        "int8_ops": "int8",
        "numeric_ops": "numeric",
        "bool_ops": "bool",
        "text_ops": "text",
        "bpchar_ops": "bpchar",
        "date_ops": "date",
        "timestamp_ops": "timestamp",
        "timestamptz_ops": "timestamptz",
        "uuid_ops": "uuid",
        "jsonb_ops": "jsonb",
        "enum_ops": "anyenum",
        "array_ops": "anyarray",
        "range_ops": "anyrange",
    },
    "gin": {"array_ops": "anyarray", "jsonb_ops": "jsonb", "tsvector_ops": "tsvector"},
    "gist": {
        "point_ops": "point",
        "box_ops": "box",
        "poly_ops": "polygon",
        "circle_ops": "circle",
        "range_ops": "anyrange",
        "tsvector_ops": "tsvector",
        "tsquery_ops": "tsquery",
    },
    "spgist": {
        "quad_point_ops": "point",
        "box_ops": "box",
        "poly_ops": "polygon",
        "range_ops": "anyrange",
        "text_ops": "text",
        "inet_ops": "inet",
    },
    "brin": {
        "int2_minmax_ops": "int2",
        "int4_minmax_ops": "int4",
        "int8_minmax_ops": "int8",
        "float8_minmax_ops": "float8",
        "numeric_minmax_ops": "numeric",
        "text_minmax_ops": "text",
        "date_minmax_ops": "date",
        "timestamp_minmax_ops": "timestamp",
        "timestamptz_minmax_ops": "timestamptz",
        "uuid_minmax_ops": "uuid",
        "range_inclusion_ops": "anyrange",
        "box_inclusion_ops": "box",
    },
}

_OTHER_CLASSES = {
    "btree": {"text_pattern_ops": "text", "varchar_pattern_ops": "text", "bpchar_pattern_ops": "bpchar", "varchar_ops": "text"},
    "gin": {"jsonb_path_ops": "jsonb"},
    "gist": {"inet_ops": "inet"},
    "spgist": {"kd_point_ops": "point"},
}

EXTENSION_CLASSES = {
    "pg_trgm": (("gin", "gin_trgm_ops", "text", False), ("gist", "gist_trgm_ops", "text", False)),
    "btree_gin": (("gin", "int4_ops", "int4", True), ("gin", "int8_ops", "int8", True), ("gin", "text_ops", "text", True)),
    "btree_gist": (
        ("gist", "gist_int4_ops", "int4", True),
        ("gist", "gist_int8_ops", "int8", True),
        ("gist", "gist_text_ops", "text", True),
    ),
    "bloom": (("bloom", "int4_ops", "int4", True), ("bloom", "text_ops", "text", True)),
}


def category_of(base_type: str) -> str:
    """Return pg_type.typcategory of a built-in type, ``U`` for an unknown one.

    >>> category_of("_text"), category_of("int8")
    ('A', 'N')
    """
    return "A" if base_type.startswith("_") else _BY_TYPE.get(base_type, "U")


def operator_classes(extensions: tuple[str, ...] = ()) -> tuple[OperatorClass, ...]:
    """Return the operator classes of a server with these extensions, in a stable order."""
    found = [OperatorClass(m, n, t, True) for m, classes in _CLASSES.items() for n, t in classes.items()]
    found += [OperatorClass(m, n, t, False) for m, classes in _OTHER_CLASSES.items() for n, t in classes.items()]
    found += [OperatorClass(*row) for extension in extensions for row in EXTENSION_CLASSES.get(extension, ())]
    return tuple(sorted(found, key=lambda each: (each.method, each.name, each.type_name)))
