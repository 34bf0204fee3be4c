-- title: both columns of one join stand together, each of them first
-- schema
CREATE TABLE partsupp (part_id int, supplier_id int, cost numeric, PRIMARY KEY (part_id, supplier_id));
CREATE TABLE lines (id bigint PRIMARY KEY, part_id int, supplier_id int, quantity int);
-- query calls=70
SELECT l.id FROM partsupp p JOIN lines l ON l.part_id = p.part_id AND l.supplier_id = p.supplier_id WHERE p.cost > $1;
-- expect
lines btree (part_id, supplier_id)
lines btree (supplier_id, part_id)
