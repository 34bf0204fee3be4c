-- one row per extended statistics object: its columns by number, expressions, kinds, target, whether it holds data, null where hidden
SELECT n.nspname, s.stxname, s.stxrelid,
       ARRAY(SELECT k.number FROM pg_catalog.unnest(s.stxkeys::pg_catalog.int2[]) AS k (number) ORDER BY k.number),
       '{}'::pg_catalog.text[], s.stxkind::pg_catalog.text[],
       NULLIF((pg_catalog.to_jsonb(s) ->> 'stxstattarget')::pg_catalog.int4, -1),
       CASE WHEN v.n_distinct IS NOT NULL OR v.dependencies IS NOT NULL OR v.most_common_freqs IS NOT NULL THEN true
            WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') AND NOT pg_catalog.row_security_active(c.oid) THEN false END,
       pg_catalog.pg_has_role(c.relowner, 'USAGE')
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
JOIN pg_catalog.pg_namespace AS t ON t.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stats_ext AS v ON v.statistics_schemaname = n.nspname AND v.statistics_name = s.stxname
WHERE t.nspname !~ '^pg_' AND t.nspname <> 'information_schema' AND c.relpersistence <> 't'
  AND c.oid <> ALL (%s::pg_catalog.oid[])
ORDER BY n.nspname, s.stxname
