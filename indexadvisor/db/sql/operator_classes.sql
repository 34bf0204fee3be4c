-- one row per operator class: access method, name, input type, whether it is the type's default, schema, name as DDL spells it
SELECT am.amname, oc.opcname, t.typname, oc.opcdefault, n.nspname,
       CASE WHEN pg_catalog.pg_opclass_is_visible(oc.oid) THEN pg_catalog.quote_ident(oc.opcname)
            ELSE pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.', pg_catalog.quote_ident(oc.opcname)) END
FROM pg_catalog.pg_opclass AS oc
JOIN pg_catalog.pg_am AS am ON am.oid = oc.opcmethod
JOIN pg_catalog.pg_type AS t ON t.oid = oc.opcintype
JOIN pg_catalog.pg_namespace AS n ON n.oid = oc.opcnamespace
ORDER BY am.amname, t.typname, oc.opcname, n.nspname
