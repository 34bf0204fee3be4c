-- one row of pg_stats per column or index expression this role may see, values as text; inherited rows after the table's own
SELECT s.schemaname, s.tablename, s.attname, s.inherited, s.null_frac, s.avg_width, s.n_distinct, s.correlation,
       s.most_common_vals::pg_catalog.text::pg_catalog.text[], s.most_common_freqs,
       s.histogram_bounds::pg_catalog.text::pg_catalog.text[],
       s.most_common_elems::pg_catalog.text::pg_catalog.text[], s.most_common_elem_freqs, s.elem_count_histogram
FROM pg_catalog.pg_stats AS s
WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema'
ORDER BY s.schemaname, s.tablename, s.attname, s.inherited
