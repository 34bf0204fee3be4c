-- title: a large table in the order of its time column
-- schema
-- rows log 9000000
CREATE TABLE log (id bigint PRIMARY KEY, at timestamptz, level int);
-- stats log.at correlation=0.999 n_distinct=-0.9
-- query calls=700
SELECT level FROM log WHERE at BETWEEN $1 AND $2;
-- expect
log brin (at)
log btree (at)
