-- name and value, as SHOW prints it, of every setting that plans depend on
SELECT s.name, pg_catalog.current_setting(s.name)
FROM pg_catalog.pg_settings AS s
WHERE pg_catalog.starts_with(s.category, 'Query Tuning')
   OR pg_catalog.starts_with(s.name, 'max_parallel')
   OR pg_catalog.starts_with(s.name, 'parallel')
   OR pg_catalog.starts_with(s.name, 'jit')
   OR s.name IN ('work_mem', 'hash_mem_multiplier', 'maintenance_work_mem', 'min_parallel_table_scan_size', 'min_parallel_index_scan_size',
                 'max_worker_processes', 'default_statistics_target', 'row_security', 'server_encoding')
ORDER BY s.name
