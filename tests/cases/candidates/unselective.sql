-- title: evenly spread values in few kinds find no rows; a rare one does
-- schema
CREATE TABLE users (id bigint PRIMARY KEY, sex text, state text, name text);
-- stats users.sex n_distinct=2 values=f|m frequencies=0.5|0.5
-- stats users.state n_distinct=2 values=active|banned frequencies=0.99|0.01
-- query calls=700
SELECT * FROM users WHERE sex = $1;
-- query calls=700
SELECT * FROM users WHERE state = $1;
-- expect
users btree (state)
-- never
users btree (sex)
-- skipped
users btree (sex) | no plan could gain
