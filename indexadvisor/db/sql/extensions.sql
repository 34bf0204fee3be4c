-- name and version of every installed extension
SELECT e.extname, e.extversion FROM pg_catalog.pg_extension AS e ORDER BY e.extname
