-- one row per extension we can use: name, version that could be installed, version that is, schema it is in
SELECT a.name, a.default_version, a.installed_version,
       (SELECT n.nspname FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = a.name)
FROM pg_catalog.pg_available_extensions AS a
WHERE a.name IN ('hypopg', 'pg_stat_statements', 'pg_trgm', 'btree_gin', 'btree_gist')
