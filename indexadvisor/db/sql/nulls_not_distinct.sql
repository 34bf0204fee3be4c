-- oids of unique indexes that allow one NULL only: none before PostgreSQL 15
SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE false
