-- oids of unique indexes that allow one NULL only
SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indnullsnotdistinct
