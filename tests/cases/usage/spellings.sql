-- title: what sqlglot alone would misread: $1,$2 without a space, date $1, comments, operators
-- schema
CREATE TABLE t (id int, at timestamptz, ip inet, tags int[], v text);
-- query
SELECT id FROM t WHERE id IN ($1,$2) /* ; -- 'x */ AND at >= date $3 AND at < now()+interval $4 -- it's
 AND ip <<= inet '10.0.0.0/8' AND tags OPERATOR(pg_catalog.@>) $5 AND v ~<~ 'x' AND id=-1;
-- expect
t
  in-list id = any
  range at >=
  range at <
  range-operator ip <<=
  array tags @>
  other v ~<~
  equality id = where id = -1
  output id
