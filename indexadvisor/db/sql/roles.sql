-- one row per role where any table has row security: whether policies pass it by, and which owners' and policies' roles it has the rights of
WITH secured AS (
  SELECT c.oid, c.relowner FROM pg_catalog.pg_class AS c WHERE c.relrowsecurity
), named AS (
  SELECT s.relowner AS oid FROM secured AS s
  UNION
  SELECT pg_catalog.unnest(p.polroles) FROM pg_catalog.pg_policy AS p JOIN secured AS s ON s.oid = p.polrelid
)
SELECT r.rolname, r.rolsuper OR r.rolbypassrls,
       CASE WHEN r.rolsuper OR r.rolbypassrls THEN '{}'
            ELSE ARRAY(SELECT m.rolname::pg_catalog.text FROM named AS n JOIN pg_catalog.pg_roles AS m ON m.oid = n.oid
                       WHERE m.oid <> r.oid AND pg_catalog.pg_has_role(r.oid, m.oid, 'USAGE') ORDER BY m.rolname) END
FROM pg_catalog.pg_roles AS r
WHERE EXISTS (SELECT FROM secured) AND r.rolname !~ '^pg_'
ORDER BY r.rolname
