-- Indexes recommended for database tpch by indexadvisor 0.1.0
-- Made at 2026-11-22T16:12:25.750016+00:00
-- Workload cost 19.7 M -> 243 k (99 % less), 12 indexes, 197 MB; distance from the best: at most 1.3 % above the best possible over these candidates within the limits
-- All costs are the planner's estimates, in its own units; no captured statement was run
--
-- How to run:    psql -X -v ON_ERROR_STOP=1 -d DATABASE -f recommendations.sql
--                Not inside a transaction (no -1, no BEGIN): CREATE INDEX CONCURRENTLY refuses one.
--                CONCURRENTLY lets writes go on; it waits for older transactions and takes longer than a plain build.
--
-- Lock timeout:  leave lock_timeout at 0 for these statements, as set below. A build that is cancelled, by a lock
--                timeout or by hand, leaves an INVALID index behind: it is maintained by writes and used by no query,
--                and CREATE INDEX IF NOT EXISTS would then take it for the real one.
--
-- After a broken build find such an index, drop it, and run its statement again:
--                SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
--                DROP INDEX CONCURRENTLY the_name;
--
-- Order:         as listed; each step says what the whole workload costs once it exists.
-- Undo:          the DROP INDEX line below each index, without its two dashes.

SET lock_timeout = 0;
SET statement_timeout = 0;

----------------------------------------------------------------------------------------------------
-- 1. supplier btree (s_nationkey, s_suppkey)
-- benefit 1.4 k (< 0.1 % of the workload's cost, 7.4 % of the queries it helps), size 40 kB, write tax unknown
-- why: join to nation and lineitem on s_nationkey and s_suppkey
-- why: join to nation and partsupp on s_nationkey and s_suppkey
-- why: join to customer and lineitem on s_nationkey and s_suppkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 913db2b9: 1 call, cost 3.23 k -> 1.93 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- query 765ca50d: 1 call, cost 1.06 k -> 995: SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey…
-- query c4b04a8e: 1 call, cost 6.66 k -> 6.64 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 1b506ac3: 1 call, cost 7.99 k -> 7.99 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- workload cost after this step: 19.7 M
CREATE INDEX CONCURRENTLY supplier_s_nationkey_s_suppkey_idx ON public.supplier USING btree (s_nationkey, s_suppkey);
-- DROP INDEX CONCURRENTLY public.supplier_s_nationkey_s_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 2. lineitem btree (l_suppkey, l_partkey)
-- benefit 104 k (0.5 % of the workload's cost, 84 % of the queries it helps), size 23.9 MB, write tax unknown
-- why: join to partsupp on l_suppkey and l_partkey
-- why: join to supplier and partsupp on l_suppkey and l_partkey
-- why: join to supplier and part on l_suppkey and l_partkey
-- risk (1acdeeef): about 40 look-ups in a nested loop are each priced as one of 1,000 that share the pages of lineitem: being fewer, they can cost 44,408 more, where the query seems to save 12,642
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1b506ac3: 1 call, cost 98.9 k -> 7.99 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- query 1acdeeef: 1 call, cost 17.3 k -> 5.9 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query 5d1e3471: 1 call, cost 7.41 k -> 6.02 k: SELECT nation, o_year, sum(amount) AS sum_profit FROM ( SELECT n_name AS nation, extract($1 FROM o_orderdate)…
-- workload cost after this step: 574 k
CREATE INDEX CONCURRENTLY lineitem_l_suppkey_l_partkey_idx ON public.lineitem USING btree (l_suppkey, l_partkey);
-- DROP INDEX CONCURRENTLY public.lineitem_l_suppkey_l_partkey_idx;

----------------------------------------------------------------------------------------------------
-- 3. part btree (p_container, p_brand, p_partkey) INCLUDE (p_size)
-- benefit 2.83 k (< 0.1 % of the workload's cost, 33 % of the queries it helps), size 1.94 MB, write tax unknown
-- why: one index in place of 3 narrower ones: carries p_size for all of them
-- risk (6fa526f5): p_brand and p_container are taken as independent, about 20 rows; up to 500 if one follows from the other, which CREATE STATISTICS on them would tell
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 23309583: 1 call, cost 6.94 k -> 4.81 k: SELECT sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM lineitem, part WHERE ( p_partkey = l_partkey…
-- query 6fa526f5: 1 call, cost 1.59 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- workload cost after this step: 573 k
CREATE INDEX CONCURRENTLY part_p_container_p_brand_p_partkey_with_p_size_idx ON public.part USING btree (p_container, p_brand, p_partkey) INCLUDE (p_size);
-- DROP INDEX CONCURRENTLY public.part_p_container_p_brand_p_partkey_with_p_size_idx;

----------------------------------------------------------------------------------------------------
-- 4. lineitem btree (l_partkey, l_quantity)
-- benefit 203 k (1 % of the workload's cost, 93 % of the queries it helps), size 24.7 MB, write tax unknown
-- why: join to part on l_partkey, then range on l_quantity
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 6fa526f5: 1 call, cost 188 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- query 23309583: 1 call, cost 20.6 k -> 4.81 k: SELECT sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM lineitem, part WHERE ( p_partkey = l_partkey…
-- query a4558812: 1 call, cost 10.1 k -> 9.87 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 370 k
CREATE INDEX CONCURRENTLY lineitem_l_partkey_l_quantity_idx ON public.lineitem USING btree (l_partkey, l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_partkey_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 5. part btree (p_size) INCLUDE (p_partkey, p_brand, p_type)
-- benefit 1.14 k (< 0.1 % of the workload's cost, 7 % of the queries it helps), size 2.19 MB, write tax unknown
-- why: IN list on p_size
-- why: covers p_partkey, p_brand, p_type: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 87b07d1b: 1 call, cost 3.91 k -> 3.25 k: SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part WHERE p_partke…
-- query 913db2b9: 1 call, cost 2.18 k -> 1.93 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- query a4558812: 1 call, cost 10.1 k -> 9.87 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 363 k
CREATE INDEX CONCURRENTLY part_p_size_with_p_partkey_p_brand_p_type_idx ON public.part USING btree (p_size) INCLUDE (p_partkey, p_brand, p_type);
-- DROP INDEX CONCURRENTLY public.part_p_size_with_p_partkey_p_brand_p_type_idx;

----------------------------------------------------------------------------------------------------
-- 6. partsupp btree (ps_suppkey)
-- benefit 4.95 k (< 0.1 % of the workload's cost, 83 % of the queries it helps), size 1.99 MB, write tax unknown
-- why: join to supplier on ps_suppkey
-- why: join to lineitem on ps_suppkey
-- risk (765ca50d): about 40 look-ups in a nested loop are each priced as one of 1,000 that share the pages of partsupp: being fewer, they can cost 6,412 more, where the query seems to save 5,011
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 765ca50d: 1 call, cost 5.94 k -> 995: SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey…
-- workload cost after this step: 357 k
CREATE INDEX CONCURRENTLY partsupp_ps_suppkey_idx ON public.partsupp USING btree (ps_suppkey);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 7. orders btree (o_custkey)
-- benefit 8.61 k (< 0.1 % of the workload's cost, 51 % of the queries it helps), size 3.73 MB, write tax unknown
-- why: join to customer on o_custkey
-- risk (c4b04a8e): about 706 look-ups in a nested loop are each priced as one of 8,824 that share the pages of orders: being fewer, they can cost 9,884 more, where the query seems to save 5,551
-- note: The write tax is unknown and is not subtracted from the benefit
-- query fb8eb2ce: 1 call, cost 7.58 k -> 1.59 k: SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM ( SELECT substring(c_phone FROM $1 F…
-- query c4b04a8e: 1 call, cost 9.25 k -> 6.64 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- workload cost after this step: 347 k
CREATE INDEX CONCURRENTLY orders_o_custkey_idx ON public.orders USING btree (o_custkey);
-- DROP INDEX CONCURRENTLY public.orders_o_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 8. lineitem btree (l_orderkey) INCLUDE (l_quantity)
-- benefit 52.2 k (0.3 % of the workload's cost, 30 % of the queries it helps), size 27.7 MB, write tax unknown
-- why: join to orders on l_orderkey
-- why: covers l_quantity: index-only scan
-- why: grouped by l_orderkey without a sort
-- note: The write tax is unknown and is not subtracted from the benefit
-- query cbad0a90: 1 call, cost 105 k -> 62.6 k: SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, linei…
-- query 1acdeeef: 1 call, cost 8.75 k -> 5.9 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query c3071302: 1 call, cost 22.4 k -> 19.7 k: SELECT l_orderkey, sum(l_extendedprice * ($1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM cust…
-- query d3ac5952: 1 call, cost 20 k -> 17.5 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- query c4b04a8e: 1 call, cost 7.66 k -> 6.64 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.21 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- workload cost after this step: 296 k
CREATE INDEX CONCURRENTLY lineitem_l_orderkey_with_l_quantity_idx ON public.lineitem USING btree (l_orderkey) INCLUDE (l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_orderkey_with_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 9. customer btree (c_nationkey, c_custkey)
-- benefit 2 k (< 0.1 % of the workload's cost, 7.6 % of the queries it helps), size 608 kB, write tax unknown
-- why: join to nation and orders on c_nationkey and c_custkey
-- why: join to supplier and orders on c_nationkey and c_custkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c4b04a8e: 1 call, cost 8.15 k -> 6.64 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.36 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query a4558812: 1 call, cost 9.89 k -> 9.87 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 293 k
CREATE INDEX CONCURRENTLY customer_c_nationkey_c_custkey_idx ON public.customer USING btree (c_nationkey, c_custkey);
-- DROP INDEX CONCURRENTLY public.customer_c_nationkey_c_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 10. orders btree (o_orderdate) INCLUDE (o_orderkey, o_custkey)
-- benefit 8.29 k (< 0.1 % of the workload's cost, 16 % of the queries it helps), size 10.5 MB, write tax unknown
-- why: range on o_orderdate
-- why: covers o_orderkey, o_custkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 52076c5e: 1 call, cost 21.7 k -> 18 k: SELECT c_custkey, c_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue, c_acctbal, n_name, c_address,…
-- query 829e0505: 1 call, cost 11.5 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query d3ac5952: 1 call, cost 18.5 k -> 17.5 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- workload cost after this step: 284 k
CREATE INDEX CONCURRENTLY orders_o_orderdate_with_o_orderkey_o_custkey_idx ON public.orders USING btree (o_orderdate) INCLUDE (o_orderkey, o_custkey);
-- DROP INDEX CONCURRENTLY public.orders_o_orderdate_with_o_orderkey_o_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 11. partsupp btree (ps_partkey, ps_supplycost) INCLUDE (ps_suppkey, ps_availqty)
-- benefit 3.25 k (< 0.1 % of the workload's cost, 25 % of the queries it helps), size 6.58 MB, write tax unknown
-- why: one index in place of 4 narrower ones: carries ps_suppkey, ps_availqty for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 913db2b9: 1 call, cost 3.71 k -> 1.93 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- query 1b506ac3: 1 call, cost 9.45 k -> 7.99 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- workload cost after this step: 281 k
CREATE INDEX CONCURRENTLY partsupp_ps_partkey_ps_supplycost_with_ps_suppkey_a811ef1c_idx ON public.partsupp USING btree (ps_partkey, ps_supplycost) INCLUDE (ps_suppkey, ps_availqty);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_partkey_ps_supplycost_with_ps_suppkey_a811ef1c_idx;

----------------------------------------------------------------------------------------------------
-- 12. lineitem btree (l_shipdate) INCLUDE (l_orderkey, l_partkey, l_suppkey, l_quantity, l_extendedprice, l_discount)
-- benefit 37.9 k (0.2 % of the workload's cost, 73 % of the queries it helps), size 93.5 MB, write tax unknown
-- why: one index in place of 6 narrower ones: carries l_orderkey, l_partkey, l_suppkey, l_quantity, l_extendedprice, l_discount for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query dcc1d2eb: 1 call, cost 17.2 k -> 1.8 k: SELECT $1 * sum(CASE WHEN p_type LIKE $2 THEN l_extendedprice * ($3 - l_discount) ELSE $4 END) / sum(l_extend…
-- query c963b057: 1 call, cost 16.8 k -> 2.61 k: WITH revenue (supplier_no, total_revenue) AS ( SELECT l_suppkey, sum(l_extendedprice * ($1 - l_discount)) FRO…
-- query d0c9669c: 1 call, cost 18.2 k -> 9.92 k: SELECT sum(l_extendedprice * l_discount) AS revenue FROM lineitem WHERE l_shipdate >= date $1 AND l_shipdate…
-- workload cost after this step: 243 k
CREATE INDEX CONCURRENTLY lineitem_l_shipdate_with_l_orderkey_l_partkey_l_su_2a5a4a56_idx ON public.lineitem USING btree (l_shipdate) INCLUDE (l_orderkey, l_partkey, l_suppkey, l_quantity, l_extendedprice, l_discount);
-- DROP INDEX CONCURRENTLY public.lineitem_l_shipdate_with_l_orderkey_l_partkey_l_su_2a5a4a56_idx;
