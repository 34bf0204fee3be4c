-- one row per extended statistics object and its data, both null where it has none or it is hidden; keys by number, values as text
SELECT s.oid, n.nspname, s.stxname, t.nspname, c.relname,
       ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum = ANY (s.stxkeys::pg_catalog.int2[]) ORDER BY a.attnum),
       ARRAY(SELECT k.number FROM pg_catalog.unnest(s.stxkeys::pg_catalog.int2[]) AS k (number) ORDER BY k.number),
       c.relkind = 'p', pg_catalog.pg_has_role(c.relowner, 'USAGE'),
       v.n_distinct::pg_catalog.text, v.dependencies::pg_catalog.text,
       v.most_common_vals, v.most_common_freqs, v.most_common_base_freqs
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
JOIN pg_catalog.pg_namespace AS t ON t.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stats_ext AS v ON v.statistics_schemaname = n.nspname AND v.statistics_name = s.stxname
WHERE t.nspname !~ '^pg_' AND t.nspname <> 'information_schema' AND c.relpersistence <> 't'
ORDER BY n.nspname, s.stxname
