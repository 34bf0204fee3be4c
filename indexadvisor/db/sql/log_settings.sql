-- name and value, as SHOW prints it, of the settings that decide what can be captured, as far as this role may see them
SELECT s.name, pg_catalog.current_setting(s.name)
FROM pg_catalog.pg_settings AS s
WHERE s.name IN ('log_min_duration_statement', 'log_min_duration_sample', 'log_statement_sample_rate', 'log_statement', 'log_duration',
                 'log_destination', 'logging_collector', 'log_line_prefix', 'log_parameter_max_length', 'compute_query_id',
                 'track_io_timing', 'track_activity_query_size', 'shared_preload_libraries', 'session_preload_libraries')
   OR pg_catalog.starts_with(s.name, 'auto_explain.')
   OR pg_catalog.starts_with(s.name, 'pg_stat_statements.')
ORDER BY s.name
