-- one row per view with the SELECT it stands for, NULL where printing it would wait for a locked relation
SELECT c.oid, n.nspname, c.relname,
       CASE WHEN c.oid = ANY (%s::pg_catalog.oid[])
              OR EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r
                         JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                         WHERE r.ev_class = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                           AND d.refobjid = ANY (%s::pg_catalog.oid[]))
            THEN NULL ELSE pg_catalog.pg_get_viewdef(c.oid, true) END
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname
