-- Indexes recommended for database tpch by indexadvisor 0.1.0
-- Made at 2026-11-22T07:22:49.279204+00:00
-- Workload cost 19.7 M -> 257 k (99 % less), 15 indexes, 198 MB
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
-- 1. lineitem btree (l_partkey, l_suppkey)
-- benefit 11.9 k (< 0.1 % of the workload's cost, 46 % of the queries it helps), size 23.9 MB, write tax unknown
-- why: join to partsupp on l_partkey and l_suppkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1b506ac3: 1 call, cost 18.5 k -> 7.97 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- query 5d1e3471: 1 call, cost 7.38 k -> 5.99 k: SELECT nation, o_year, sum(amount) AS sum_profit FROM ( SELECT n_name AS nation, extract($1 FROM o_orderdate)…
-- workload cost after this step: 403 k
CREATE INDEX CONCURRENTLY lineitem_l_partkey_l_suppkey_idx ON public.lineitem USING btree (l_partkey, l_suppkey);
-- DROP INDEX CONCURRENTLY public.lineitem_l_partkey_l_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 2. part btree (p_container, p_brand, p_partkey) INCLUDE (p_size)
-- benefit 1.96 k (< 0.1 % of the workload's cost, 26 % of the queries it helps), size 1.94 MB, write tax unknown
-- why: one index in place of 3 narrower ones: carries p_size for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 23309583: 1 call, cost 6.3 k -> 4.81 k: SELECT sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM lineitem, part WHERE ( p_partkey = l_partkey…
-- query 6fa526f5: 1 call, cost 1.36 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- workload cost after this step: 400 k
CREATE INDEX CONCURRENTLY part_p_container_p_brand_p_partkey_with_p_size_idx ON public.part USING btree (p_container, p_brand, p_partkey) INCLUDE (p_size);
-- DROP INDEX CONCURRENTLY public.part_p_container_p_brand_p_partkey_with_p_size_idx;

----------------------------------------------------------------------------------------------------
-- 3. lineitem btree (l_orderkey) INCLUDE (l_quantity)
-- benefit 49.4 k (0.3 % of the workload's cost, 30 % of the queries it helps), size 27.7 MB, write tax unknown
-- why: join to orders on l_orderkey
-- why: covers l_quantity: index-only scan
-- why: grouped by l_orderkey without a sort
-- note: The write tax is unknown and is not subtracted from the benefit
-- query cbad0a90: 1 call, cost 105 k -> 62.6 k: SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, linei…
-- query c3071302: 1 call, cost 22.4 k -> 19.7 k: SELECT l_orderkey, sum(l_extendedprice * ($1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM cust…
-- query d3ac5952: 1 call, cost 17.2 k -> 15.4 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- query 1acdeeef: 1 call, cost 6.67 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query c4b04a8e: 1 call, cost 6.65 k -> 6.23 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.11 k -> 7.79 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- workload cost after this step: 348 k
CREATE INDEX CONCURRENTLY lineitem_l_orderkey_with_l_quantity_idx ON public.lineitem USING btree (l_orderkey) INCLUDE (l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_orderkey_with_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 4. customer btree (c_nationkey) INCLUDE (c_custkey)
-- benefit 1.39 k (< 0.1 % of the workload's cost, 5.7 % of the queries it helps), size 608 kB, write tax unknown
-- why: join to supplier on c_nationkey
-- why: covers c_custkey: index-only scan
-- why: join to nation on c_nationkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c4b04a8e: 1 call, cost 7.14 k -> 6.23 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.26 k -> 7.79 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query a4558812: 1 call, cost 9.15 k -> 9.13 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 346 k
CREATE INDEX CONCURRENTLY customer_c_nationkey_with_c_custkey_idx ON public.customer USING btree (c_nationkey) INCLUDE (c_custkey);
-- DROP INDEX CONCURRENTLY public.customer_c_nationkey_with_c_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 5. part btree (p_brand, p_type, p_size) INCLUDE (p_partkey)
-- benefit 922 (< 0.1 % of the workload's cost, 9.2 % of the queries it helps), size 2.19 MB, write tax unknown
-- why: grouped by p_brand, p_type and p_size without a sort
-- why: covers p_partkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query a4558812: 1 call, cost 10.1 k -> 9.13 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 342 k
CREATE INDEX CONCURRENTLY part_p_brand_p_type_p_size_with_p_partkey_idx ON public.part USING btree (p_brand, p_type, p_size) INCLUDE (p_partkey);
-- DROP INDEX CONCURRENTLY public.part_p_brand_p_type_p_size_with_p_partkey_idx;

----------------------------------------------------------------------------------------------------
-- 6. orders btree (o_custkey) INCLUDE (o_orderkey)
-- benefit 7.56 k (< 0.1 % of the workload's cost, 49 % of the queries it helps), size 6.73 MB, write tax unknown
-- why: join to customer on o_custkey
-- why: covers o_orderkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query fb8eb2ce: 1 call, cost 7.58 k -> 1.59 k: SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM ( SELECT substring(c_phone FROM $1 F…
-- query c4b04a8e: 1 call, cost 7.8 k -> 6.23 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- workload cost after this step: 331 k
CREATE INDEX CONCURRENTLY orders_o_custkey_with_o_orderkey_idx ON public.orders USING btree (o_custkey) INCLUDE (o_orderkey);
-- DROP INDEX CONCURRENTLY public.orders_o_custkey_with_o_orderkey_idx;

----------------------------------------------------------------------------------------------------
-- 7. lineitem btree (l_suppkey)
-- benefit 11.9 k (< 0.1 % of the workload's cost, 69 % of the queries it helps), size 15 MB, write tax unknown
-- why: join to supplier on l_suppkey
-- why: join to partsupp on l_suppkey
-- why: grouped by l_suppkey without a sort
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1acdeeef: 1 call, cost 17.2 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- workload cost after this step: 320 k
CREATE INDEX CONCURRENTLY lineitem_l_suppkey_idx ON public.lineitem USING btree (l_suppkey);
-- DROP INDEX CONCURRENTLY public.lineitem_l_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 8. orders btree (o_orderdate) INCLUDE (o_orderkey, o_custkey)
-- benefit 6.5 k (< 0.1 % of the workload's cost, 20 % of the queries it helps), size 10.5 MB, write tax unknown
-- why: range on o_orderdate
-- why: covers o_orderkey, o_custkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 829e0505: 1 call, cost 11.6 k -> 7.79 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query 52076c5e: 1 call, cost 20.6 k -> 17.9 k: SELECT c_custkey, c_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue, c_acctbal, n_name, c_address,…
-- workload cost after this step: 311 k
CREATE INDEX CONCURRENTLY orders_o_orderdate_with_o_orderkey_o_custkey_idx ON public.orders USING btree (o_orderdate) INCLUDE (o_orderkey, o_custkey);
-- DROP INDEX CONCURRENTLY public.orders_o_orderdate_with_o_orderkey_o_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 9. partsupp btree (ps_suppkey, ps_supplycost) INCLUDE (ps_partkey, ps_availqty)
-- benefit 7.46 k (< 0.1 % of the workload's cost, 66 % of the queries it helps), size 6.58 MB, write tax unknown
-- why: one index in place of 5 narrower ones: carries ps_partkey, ps_availqty for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 765ca50d: 1 call, cost 6.01 k -> 616: SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey…
-- query 913db2b9: 1 call, cost 5.31 k -> 3.25 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- workload cost after this step: 304 k
CREATE INDEX CONCURRENTLY partsupp_ps_suppkey_ps_supplycost_with_ps_partkey_92be5589_idx ON public.partsupp USING btree (ps_suppkey, ps_supplycost) INCLUDE (ps_partkey, ps_availqty);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_suppkey_ps_supplycost_with_ps_partkey_92be5589_idx;

----------------------------------------------------------------------------------------------------
-- 10. part btree (p_size, p_partkey)
-- benefit 604 (< 0.1 % of the workload's cost, 8.1 % of the queries it helps), size 816 kB, write tax unknown
-- why: IN list on p_size, then join to partsupp on p_partkey
-- why: equality on p_size, then join to partsupp on p_partkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 87b07d1b: 1 call, cost 3.91 k -> 3.58 k: SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part WHERE p_partke…
-- query 913db2b9: 1 call, cost 3.52 k -> 3.25 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- workload cost after this step: 303 k
CREATE INDEX CONCURRENTLY part_p_size_p_partkey_idx ON public.part USING btree (p_size, p_partkey);
-- DROP INDEX CONCURRENTLY public.part_p_size_p_partkey_idx;

----------------------------------------------------------------------------------------------------
-- 11. lineitem btree (l_partkey, l_quantity)
-- benefit 19.5 k (< 0.1 % of the workload's cost, 96 % of the queries it helps), size 24.7 MB, write tax unknown
-- why: join to part on l_partkey, then range on l_quantity
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 6fa526f5: 1 call, cost 20.4 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- workload cost after this step: 284 k
CREATE INDEX CONCURRENTLY lineitem_l_partkey_l_quantity_idx ON public.lineitem USING btree (l_partkey, l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_partkey_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 12. lineitem btree (l_shipdate) INCLUDE (l_suppkey, l_extendedprice, l_discount)
-- benefit 19.7 k (< 0.1 % of the workload's cost, 58 % of the queries it helps), size 50.9 MB, write tax unknown
-- why: range on l_shipdate
-- why: covers l_suppkey, l_extendedprice, l_discount: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c963b057: 1 call, cost 16.8 k -> 1.85 k: WITH revenue (supplier_no, total_revenue) AS ( SELECT l_suppkey, sum(l_extendedprice * ($1 - l_discount)) FRO…
-- query dcc1d2eb: 1 call, cost 17.2 k -> 12.6 k: SELECT $1 * sum(CASE WHEN p_type LIKE $2 THEN l_extendedprice * ($3 - l_discount) ELSE $4 END) / sum(l_extend…
-- workload cost after this step: 264 k
CREATE INDEX CONCURRENTLY lineitem_l_shipdate_with_l_suppkey_l_extendedprice_9f27bd1d_idx ON public.lineitem USING btree (l_shipdate) INCLUDE (l_suppkey, l_extendedprice, l_discount);
-- DROP INDEX CONCURRENTLY public.lineitem_l_shipdate_with_l_suppkey_l_extendedprice_9f27bd1d_idx;

----------------------------------------------------------------------------------------------------
-- 13. orders btree (o_orderkey) INCLUDE (o_orderpriority)
-- benefit 3.23 k (< 0.1 % of the workload's cost, 7.3 % of the queries it helps), size 8.97 MB, write tax unknown
-- why: join to lineitem on o_orderkey
-- why: covers o_orderpriority: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c16180d4: 1 call, cost 22.4 k -> 20.3 k: SELECT l_shipmode, sum(CASE WHEN o_orderpriority = $1 OR o_orderpriority = $2 THEN $3 ELSE $4 END) AS high_li…
-- query a4558812: 1 call, cost 9.81 k -> 9.13 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- query 1acdeeef: 1 call, cost 5.72 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query 5d1e3471: 1 call, cost 6.02 k -> 5.99 k: SELECT nation, o_year, sum(amount) AS sum_profit FROM ( SELECT n_name AS nation, extract($1 FROM o_orderdate)…
-- workload cost after this step: 261 k
CREATE INDEX CONCURRENTLY orders_o_orderkey_with_o_orderpriority_idx ON public.orders USING btree (o_orderkey) INCLUDE (o_orderpriority);
-- DROP INDEX CONCURRENTLY public.orders_o_orderkey_with_o_orderpriority_idx;

----------------------------------------------------------------------------------------------------
-- 14. partsupp btree (ps_partkey, ps_availqty) INCLUDE (ps_suppkey)
-- benefit 1.49 k (< 0.1 % of the workload's cost, 12 % of the queries it helps), size 5.18 MB, write tax unknown
-- why: join to part on ps_partkey, then range on ps_availqty
-- why: covers ps_suppkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1b506ac3: 1 call, cost 9.45 k -> 7.97 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- query 913db2b9: 1 call, cost 3.26 k -> 3.25 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- workload cost after this step: 259 k
CREATE INDEX CONCURRENTLY partsupp_ps_partkey_ps_availqty_with_ps_suppkey_idx ON public.partsupp USING btree (ps_partkey, ps_availqty) INCLUDE (ps_suppkey);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_partkey_ps_availqty_with_ps_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 15. orders btree (o_orderdate) INCLUDE (o_orderkey, o_orderpriority)
-- benefit 2.66 k (< 0.1 % of the workload's cost, 15 % of the queries it helps), size 12.7 MB, write tax unknown
-- why: range on o_orderdate
-- why: covers o_orderkey, o_orderpriority: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query d3ac5952: 1 call, cost 18 k -> 15.4 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- workload cost after this step: 257 k
CREATE INDEX CONCURRENTLY orders_o_orderdate_with_o_orderkey_o_orderpriority_idx ON public.orders USING btree (o_orderdate) INCLUDE (o_orderkey, o_orderpriority);
-- DROP INDEX CONCURRENTLY public.orders_o_orderdate_with_o_orderkey_o_orderpriority_idx;
