-- title: a key given as a parameter: only captured values justify an expression
-- schema
CREATE TABLE docs (id bigint PRIMARY KEY, body jsonb);
-- query id=seen calls=8
SELECT id FROM docs WHERE body ->> $1 = $2;
-- parameters kind | a
-- parameters kind | b
-- query id=varies calls=8
SELECT id FROM docs WHERE body ->> $1 = $2;
-- parameters kind | a
-- parameters name | b
-- query id=unseen calls=8
SELECT id FROM docs WHERE body ->> $1 = $2;
-- expect
seen: docs
  equality [body ->> 'kind'] of body = (captured parameter)
  output id
varies: docs
  other body =
  output id
unseen: docs
  other body =
  output id
