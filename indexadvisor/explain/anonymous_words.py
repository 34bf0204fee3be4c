"""Words of PostgreSQL that tell nothing about a user's schema, so that they may stay where names are replaced."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


UNRESERVED = _words(
    """
    action after always at before begin by cascade comment concurrently conflict cross current cursor cycle day declare delete depth do
    end escape exclude execute explain filter first following for groups hour if ignore include index insert into key last local locked
    match matched materialized merge minute month names next no nothing nowait nulls of ordinality others over overriding partition
    preceding prepare range recursive refresh repeatable replace restrict rollup cube sets row rows second set share show skip source
    statistics start statement stdin target temp temporary ties uescape unbounded unlogged update using vacuum values varying view
    within without work write year zone
    """
)
"""Unreserved keywords that begin or join clauses; they may be names, too, and are replaced where a plan shows them as one."""

TYPES = _words(
    """
    bool boolean int int2 int4 int8 smallint integer bigint serial bigserial float float4 float8 real double decimal numeric money text
    varchar char character bpchar name bytea date time timetz timestamp timestamptz interval uuid json jsonb jsonpath xml inet cidr
    macaddr macaddr8 bit varbit tsvector tsquery point line lseg box path polygon circle int4range int8range numrange tsrange tstzrange
    daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange oid regclass regtype regproc
    regprocedure regnamespace regrole void record unknown cstring anyarray anyelement citext hstore geometry geography vector ltree tid
    xid cid
    """
)
LATER_TYPE_WORDS = _words("varying precision with without time zone year month day hour minute second to local array")
"""What may follow the first word of a type."""

FUNCTIONS = _words(
    """
    abs age array_agg array_append array_cat array_length array_position array_remove array_to_string arraycontained arraycontains ascii
    avg bit_and bit_or bool_and bool_or btrim cardinality ceil ceiling char_length chr coalesce concat concat_ws corr count cume_dist
    current_setting date_bin date_part date_trunc dense_rank div encode every exp extract first_value floor format gen_random_uuid
    generate_series generate_subscripts greatest initcap int4range isfinite json_agg json_array_elements json_array_elements_text
    json_build_array json_build_object json_each json_object_agg json_populate_record json_to_record jsonb_agg jsonb_array_elements
    jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path
    jsonb_extract_path_text jsonb_object_agg jsonb_path_exists jsonb_path_query jsonb_set jsonb_to_record jsonb_to_recordset
    jsonb_typeof lag last_value lead least left length ln log lower lower_inc lpad ltrim make_date make_interval make_timestamp max md5
    min mod mode now nth_value ntile nullif num_nonnulls numrange octet_length overlay percent_rank percentile_cont percentile_disc
    pg_sleep phraseto_tsquery plainto_tsquery position power quote_ident quote_literal random rank regexp_match regexp_matches
    regexp_replace regexp_split_to_array regexp_split_to_table repeat replace reverse right round row_number row_to_json rpad rtrim
    setseed sign similarity split_part sqrt starts_with stddev stddev_pop stddev_samp string_agg string_to_array strpos substr substring
    sum timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim
    trunc ts_headline ts_rank ts_rank_cd tsrange tstzrange unnest upper upper_inc var_pop var_samp variance websearch_to_tsquery
    width_bucket word_similarity xmlagg
    """
)
METHODS = _words("btree hash gin gist spgist brin bloom hnsw ivfflat")

SCHEMAS = _words("public pg_catalog information_schema")

PRINTED = _words("hashed alternatives rescan returns")
"""Words that EXPLAIN puts into conditions in small letters."""

ENUMERATED = frozenset({
    "Parent Relationship", "Strategy", "Partial Mode", "Operation", "Scan Direction", "Join Type", "Command", "Sort Method",
    "Sort Methods Used", "Sort Space Type", "Storage", "Cache Mode", "Conflict Resolution", "Custom Plan Provider", "Node Type", "Format",
    "Full-sort Groups",
})  # fmt: skip
"""Properties whose values are words of PostgreSQL's own."""

KINDS = {
    "Relation Name": "t", "Schema": "s", "Alias": "a", "Index Name": "i", "CTE Name": "w", "Function Name": "f",
    "Table Function Name": "f", "Tuplestore Name": "w", "Trigger Name": "g", "Constraint Name": "k", "Relation": "t",
    "Conflict Arbiter Indexes": "i",
}  # fmt: skip
"""Properties that hold one name or a list of names, and the letter their replacements begin with."""
