-- title: no BRIN where rows lie in no order, or the table is small
-- schema
-- rows log 9000000
-- rows small 5000
CREATE TABLE log (id bigint PRIMARY KEY, at timestamptz, level int);
CREATE TABLE small (id bigint PRIMARY KEY, at timestamptz);
-- stats log.at correlation=0.2 n_distinct=-0.9
-- stats small.at correlation=1 n_distinct=-0.9
-- query calls=700
SELECT level FROM log WHERE at BETWEEN $1 AND $2;
-- query calls=700
SELECT id FROM small WHERE at BETWEEN $1 AND $2;
-- never
log brin (at)
small brin (at)
