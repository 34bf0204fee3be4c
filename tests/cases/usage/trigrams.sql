-- title: trigram similarity by operator, function and distance
-- schema
CREATE EXTENSION pg_trgm;
CREATE TABLE people (id bigint PRIMARY KEY, name text, town text);
-- query
SELECT id FROM people WHERE name % $1 AND similarity(town, $2) > 0.4 AND $3 <% name ORDER BY name <-> $1 LIMIT 5;
-- query id=by_function
SELECT id FROM people ORDER BY similarity(name, $1) DESC LIMIT 5;
-- expect
q1: people (limited, ordered alone)
  similarity name %
  similarity town similarity
  similarity name %>
  distance name <-> #0
  output id
by_function: people (limited)
  similarity name similarity desc
  output id
