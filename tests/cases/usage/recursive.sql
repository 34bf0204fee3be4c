-- title: a recursive CTE: the recursive arm probes by the parent
-- schema
CREATE TABLE parts (id int PRIMARY KEY, parent_id int, name text);
-- query
WITH RECURSIVE tree AS (SELECT id, name FROM parts WHERE id = $1 UNION ALL SELECT p.id, p.name FROM parts p JOIN tree t ON p.parent_id = t.id) SELECT * FROM tree;
-- expect
parts (level 1)
  equality id =
  output id, name
parts p (level 2)
  join parent_id =
  output id, name
