CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text);
-- rows orders 100000
-- activity orders inserted=100000
