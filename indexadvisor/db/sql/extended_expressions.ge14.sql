-- one row per expression of an extended statistics object with data this role may see, in the object's order, values as text
SELECT n.nspname, s.stxname, e.place::pg_catalog.int4, NULL::pg_catalog.bool,
       v.null_frac, v.avg_width, v.n_distinct,
       v.most_common_vals::pg_catalog.text, v.most_common_freqs, v.histogram_bounds::pg_catalog.text, v.correlation,
       v.most_common_elems::pg_catalog.text, v.most_common_elem_freqs, v.elem_count_histogram
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
CROSS JOIN pg_catalog.unnest(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid)) WITH ORDINALITY AS e (text, place)
JOIN pg_catalog.pg_stats_ext_exprs AS v ON v.statistics_schemaname = n.nspname AND v.statistics_name = s.stxname AND v.expr = e.text
WHERE v.schemaname !~ '^pg_' AND v.schemaname <> 'information_schema' AND v.null_frac IS NOT NULL
ORDER BY n.nspname, s.stxname, e.place
