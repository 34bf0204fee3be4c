-- title: a partition counts as its root
-- schema
CREATE TABLE logs (id bigint, at timestamptz, kind text) PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- query
SELECT id FROM logs_2024 WHERE kind = $1;
-- query
SELECT id FROM logs WHERE at >= $1;
-- expect
q1: logs logs_2024
  equality kind =
  output id
q2: logs
  range at >=
  output id
