-- title: jsonb: containment, existence, paths, extraction
-- schema
CREATE TABLE docs (id bigint PRIMARY KEY, body jsonb);
-- query calls=3
SELECT id FROM docs WHERE body @> $1 AND body ? 'a' AND body ?| ARRAY['a', 'b'] AND body ?& $2 AND body @? '$.a' AND body @@ '$.a > 1' AND body ->> 'kind' = 'x' AND body #>> '{a,b}' > 'm' AND (body -> 'n' ->> 'k')::int = 5 AND body -> 'tags' ? 'z' AND body -> 'o' @> '{}';
-- expect
docs
  jsonb-containment body @>
  jsonb-existence body ?
  jsonb-existence body ?|
  jsonb-existence body ?&
  jsonb-path body @?
  jsonb-path body @@
  equality [body ->> 'kind'] of body = where body ->> 'kind' = 'x'
  range [body #>> '{a,b}'] of body > where body #>> '{a,b}' > 'm'
  equality [(body -> 'n' ->> 'k')::int] of body = where (body -> 'n' ->> 'k')::int = 5
  jsonb-existence [body -> 'tags'] of body ?
  jsonb-containment [body -> 'o'] of body @>
  output id
