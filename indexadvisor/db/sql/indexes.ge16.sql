-- one row per index: its columns by number (0 for an expression), order flags, key texts, predicate, DDL, state, what rests on it, size
SELECT i.indexrelid, i.indrelid, c.relname, am.amname, i.indnkeyatts,
       i.indkey::pg_catalog.int2[], i.indoption::pg_catalog.int2[],
       ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k.position, true)
             FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (position) ORDER BY k.position),
       pg_catalog.pg_get_expr(i.indpred, i.indrelid, true),
       pg_catalog.pg_get_indexdef(i.indexrelid),
       i.indisunique, i.indisvalid, i.indisready, i.indisreplident, i.indisclustered,
       (SELECT k.contype FROM pg_catalog.pg_constraint AS k
        WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') ORDER BY k.contype LIMIT 1),
       EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype = 'f'),
       (SELECT p.relname FROM pg_catalog.pg_inherits AS h JOIN pg_catalog.pg_class AS p ON p.oid = h.inhparent
        WHERE h.inhrelid = i.indexrelid),
       COALESCE(c.reloptions, '{}'), c.reltuples,
       CASE WHEN c.relkind = 'i' AND i.indexrelid <> ALL (%s::pg_catalog.oid[]) THEN pg_catalog.pg_relation_size(i.indexrelid) END,
       pg_catalog.pg_stat_get_numscans(i.indexrelid),
       ARRAY(SELECT a.attname FROM pg_catalog.pg_attribute AS a
             WHERE a.attrelid = i.indexrelid AND a.attnum > 0 ORDER BY a.attnum),
       pg_catalog.pg_stat_get_lastscan(i.indexrelid)
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_class AS t ON t.oid = i.indrelid
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE t.relkind IN ('r', 'p', 'm', 'f')
  AND i.indislive
  AND t.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND i.indrelid <> ALL (%s::pg_catalog.oid[])
ORDER BY n.nspname, t.relname, c.relname
