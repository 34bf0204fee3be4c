-- one row: version, block size, collation, whether it sorts by bytes, when counters were reset, oldest counter of the server, now, search path
SELECT pg_catalog.current_setting('server_version'),
       pg_catalog.current_setting('block_size')::pg_catalog.int4,
       COALESCE(d.datlocale, d.datcollate)::pg_catalog.text,
       d.datlocprovider = 'b' OR d.datlocprovider = 'c' AND d.datcollate IN ('C', 'POSIX'),
       pg_catalog.pg_stat_get_db_stat_reset_time(d.oid),
       LEAST((SELECT w.stats_reset FROM pg_catalog.pg_stat_bgwriter AS w), (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver AS a)),
       pg_catalog.now(),
       pg_catalog.current_schemas(false)
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
