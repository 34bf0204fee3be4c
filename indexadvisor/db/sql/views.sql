-- one row per view with the SELECT it stands for; views on locked tables are left out
SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_viewdef(c.oid, true)
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.oid <> ALL (%s::pg_catalog.oid[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r
                  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                  WHERE r.ev_class = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.refobjid = ANY (%s::pg_catalog.oid[]))
ORDER BY n.nspname, c.relname
