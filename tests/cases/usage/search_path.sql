-- title: names are found along search_path; another schema needs its name
-- schema
CREATE SCHEMA sales;
SET search_path TO sales, public;
CREATE TABLE sales.orders (id int PRIMARY KEY, status text);
CREATE TABLE public.orders (id int PRIMARY KEY, note text);
-- query
SELECT id FROM orders WHERE status = $1;
-- query
SELECT id FROM public.orders WHERE note = $1;
-- expect
q1: sales.orders
  equality status =
  output id
q2: orders
  equality note =
  output id
