-- title: each side of a self-join is looked at for itself
-- schema
CREATE TABLE staff (id bigint PRIMARY KEY, manager_id bigint, name text, site text);
-- query calls=60
SELECT e.name FROM staff e JOIN staff m ON e.manager_id = m.id WHERE m.site = $1;
-- expect
staff btree (manager_id)
staff btree (site)
-- never
staff btree (manager_id, site)
