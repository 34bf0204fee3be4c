-- title: USING and NATURAL join by name; the merged column needs no qualifier
-- schema
CREATE TABLE a (id int, k int, v text);
CREATE TABLE b (id int, k int, w text);
CREATE TABLE c (k int, z text);
-- query
SELECT k, v, w, z FROM a JOIN b USING (id, k) NATURAL JOIN c WHERE k > 5;
-- expect
a
  join id = b.id
  join k = b.k
  join k = c.k
  range k > where k > 5
  output k, v
b
  join id = a.id
  join k = a.k
  output w
c
  join k = a.k
  output z
