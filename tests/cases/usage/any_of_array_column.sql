-- title: a value looked for in an array column: GIN serves @> but not = ANY
-- schema
CREATE TABLE posts (id bigint PRIMARY KEY, tags text[]);
-- query
SELECT id FROM posts WHERE $1 = ANY(tags) AND tags @> ARRAY[$2] AND '{a,b}' && tags AND tags <@ $3;
-- expect
posts
  array tags = any
  array tags @>
  array tags &&
  array tags <@
  output id
