-- schema, name and kind of tables without statistics: before version 14 an empty table looks the same and is left out
SELECT n.nspname, c.relname, c.relkind
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.reltuples = 0 AND pg_catalog.pg_stat_get_live_tuples(c.oid) > 0
  AND pg_catalog.pg_stat_get_last_analyze_time(c.oid) IS NULL AND pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid) IS NULL
ORDER BY n.nspname, c.relname
