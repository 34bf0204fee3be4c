-- one row per extended statistics object whose data this role may see, for each inheritance: keys by number, values as text
SELECT v.statistics_schemaname, v.statistics_name, v.inherited, v.n_distinct::pg_catalog.text, v.dependencies::pg_catalog.text,
       v.most_common_vals, v.most_common_freqs, v.most_common_base_freqs
FROM pg_catalog.pg_stats_ext AS v
WHERE v.schemaname !~ '^pg_' AND v.schemaname <> 'information_schema'
ORDER BY v.statistics_schemaname, v.statistics_name, v.inherited
