CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, placed_at timestamptz, total numeric(10,2), note text, tags text[]);
-- rows orders 500000
-- stats orders.customer_id n_distinct=50000 correlation=0.01 width=4
-- stats orders.status n_distinct=2 correlation=0.9 width=4
