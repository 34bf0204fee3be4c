CREATE TABLE accounts (id int PRIMARY KEY, name text, region int, balance int, code char(5), created timestamptz);
-- rows accounts 200000
