-- title: full text over a tsvector column and over an expression
-- schema
CREATE TABLE posts (id bigint PRIMARY KEY, body text, vector tsvector);
-- query
SELECT id FROM posts WHERE vector @@ plainto_tsquery('english', $1) AND to_tsvector('english', body) @@ to_tsquery('english', $2) AND websearch_to_tsquery($3) @@ vector;
-- expect
posts
  full-text vector @@
  full-text [to_tsvector('english', body)] of body @@
  output id
