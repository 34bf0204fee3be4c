CREATE TABLE accounts (id int PRIMARY KEY, name text, region varchar(10), balance int, code char(5), created timestamptz);
-- rows accounts 200000
