CREATE TABLE customers (id int PRIMARY KEY, name text, email text, country text, created_at timestamptz, notes text);
-- rows customers 50000
