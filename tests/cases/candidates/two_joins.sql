-- title: an inner loop below two joins looks up by both columns
-- schema
CREATE TABLE parts (id int PRIMARY KEY, brand text);
CREATE TABLE suppliers (id int PRIMARY KEY, nation int);
CREATE TABLE lines (id bigint PRIMARY KEY, part_id int, supplier_id int, quantity int);
-- query calls=70
SELECT sum(l.quantity) FROM lines l JOIN parts p ON p.id = l.part_id JOIN suppliers s ON s.id = l.supplier_id WHERE p.brand = $1 AND s.nation = $2;
-- expect
lines btree (part_id)
lines btree (supplier_id)
lines btree (part_id, supplier_id)
lines btree (supplier_id, part_id)
