-- title: full text over a stored tsvector and over an expression with a named configuration
-- schema
CREATE TABLE articles (id bigint PRIMARY KEY, search tsvector, body text);
-- query calls=700
SELECT id FROM articles WHERE search @@ to_tsquery('english', 'index');
-- query calls=70
SELECT id FROM articles WHERE to_tsvector('english', body) @@ to_tsquery('english', 'index');
-- query calls=70
SELECT id FROM articles WHERE to_tsvector(body) @@ to_tsquery('index');
-- expect
articles gin (search)
articles gin ((to_tsvector('english', body)))
-- never
articles gin ((to_tsvector(body)))
-- skipped
articles | without a configuration
