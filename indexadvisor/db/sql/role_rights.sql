-- one row: superuser, which statistics and data roles we are a member of, tables, tables we may SELECT from, read-only, standby
SELECT COALESCE((SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER), false),
       ARRAY(SELECT r.rolname::pg_catalog.text FROM pg_catalog.pg_roles AS r
             WHERE r.rolname IN ('pg_monitor', 'pg_read_all_stats', 'pg_read_all_settings', 'pg_read_all_data')
               AND pg_catalog.pg_has_role(CURRENT_USER, r.oid, 'USAGE') ORDER BY r.rolname),
       t.tables, t.readable,
       pg_catalog.current_setting('transaction_read_only') = 'on', pg_catalog.pg_is_in_recovery()
FROM (SELECT pg_catalog.count(*) AS tables,
             pg_catalog.count(*) FILTER (WHERE pg_catalog.has_table_privilege(c.oid, 'SELECT')
                                           AND NOT pg_catalog.row_security_active(c.oid)) AS readable
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema') AS t
