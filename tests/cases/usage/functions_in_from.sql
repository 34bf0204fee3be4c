-- title: functions, VALUES and unnest in FROM hold no columns of ours
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric(10,2), placed_at timestamptz);
-- query
SELECT o.total, g.n FROM unnest($1::bigint[]) WITH ORDINALITY AS w(id, n) JOIN orders o ON o.user_id = w.id CROSS JOIN generate_series(1, 5) AS g(n) JOIN (VALUES (1, 'a')) AS v(k, label) ON v.k = o.id;
-- expect
orders o
  join user_id =
  join id =
  output total
