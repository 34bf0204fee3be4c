-- title: a foreign key is probed when its parent loses rows or changes keys
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users, agent_id bigint CONSTRAINT agent REFERENCES users);
CREATE TABLE tags (id bigint PRIMARY KEY);
CREATE TABLE tagged (tag_id bigint REFERENCES tags);
CREATE TABLE quiet (id bigint PRIMARY KEY);
CREATE TABLE loud (quiet_id bigint REFERENCES quiet);
-- activity tags deleted=70
-- activity quiet updated=70
-- query id=gone calls=12
DELETE FROM users WHERE id = $1;
-- query id=renamed calls=90
UPDATE users SET name = $1 WHERE id = $2;
-- expect
gone: users (target, deletes, outputs all)
  equality id =
renamed: users (target, outputs all)
  equality id =
  written name update
fk:agent: orders
  join agent_id = users.id by foreign key agent
fk:orders_user_id_fkey: orders
  join user_id = users.id by foreign key orders_user_id_fkey
fk:tagged_tag_id_fkey: tagged
  join tag_id = tags.id by foreign key tagged_tag_id_fkey
