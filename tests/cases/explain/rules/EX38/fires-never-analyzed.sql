CREATE TABLE never_big (id int, kind int);
-- rows never_big 50000
-- activity never_big inserted=50000
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text);
-- rows orders 100000
-- stats orders.id n_distinct=-1
-- activity orders inserted=100000
