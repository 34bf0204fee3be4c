-- one row per column of a table or view: type, base type behind domains, category, nullability, generation, collation where not the type's own
WITH RECURSIVE behind (type, base) AS (
    SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd'
    UNION ALL
    SELECT b.type, t.typbasetype FROM behind AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.base WHERE t.typtype = 'd'
), domains (type, base) AS (
    SELECT b.type, b.base FROM behind AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.base WHERE t.typtype <> 'd'
)
SELECT a.attrelid, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), base.typname, base.typcategory,
       a.attnotnull, a.attgenerated <> '',
       CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN
            CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN pg_catalog.quote_ident(co.collname)
                 ELSE pg_catalog.concat(pg_catalog.quote_ident(cn.nspname), '.', pg_catalog.quote_ident(co.collname)) END
       END
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN domains AS d ON d.type = t.oid
JOIN pg_catalog.pg_type AS base ON base.oid = COALESCE(d.base, t.oid)
LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v')
  AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
