-- Indexes recommended for database tpch by indexadvisor 0.1.0
-- Made at 2026-11-22T07:37:09.144759+00:00
-- Workload cost 19.7 M -> 255 k (99 % less), 18 indexes, 195 MB
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
-- 1. lineitem btree (l_partkey, l_quantity)
-- benefit 19.5 k (< 0.1 % of the workload's cost, 96 % of the queries it helps), size 24.7 MB, write tax unknown
-- why: join to part on l_partkey, then range on l_quantity
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 6fa526f5: 1 call, cost 20.4 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- workload cost after this step: 476 k
CREATE INDEX CONCURRENTLY lineitem_l_partkey_l_quantity_idx ON public.lineitem USING btree (l_partkey, l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_partkey_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 2. part btree (p_container, p_brand, p_partkey) INCLUDE (p_size)
-- benefit 2.83 k (< 0.1 % of the workload's cost, 33 % of the queries it helps), size 1.94 MB, write tax unknown
-- why: one index in place of 3 narrower ones: carries p_size for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 23309583: 1 call, cost 6.94 k -> 4.81 k: SELECT sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM lineitem, part WHERE ( p_partkey = l_partkey…
-- query 6fa526f5: 1 call, cost 1.59 k -> 883: SELECT sum(l_extendedprice) / $1 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand =…
-- workload cost after this step: 473 k
CREATE INDEX CONCURRENTLY part_p_container_p_brand_p_partkey_with_p_size_idx ON public.part USING btree (p_container, p_brand, p_partkey) INCLUDE (p_size);
-- DROP INDEX CONCURRENTLY public.part_p_container_p_brand_p_partkey_with_p_size_idx;

----------------------------------------------------------------------------------------------------
-- 3. lineitem btree (l_orderkey) INCLUDE (l_quantity)
-- benefit 50 k (0.3 % of the workload's cost, 30 % of the queries it helps), size 27.7 MB, write tax unknown
-- why: join to orders on l_orderkey
-- why: covers l_quantity: index-only scan
-- why: grouped by l_orderkey without a sort
-- note: The write tax is unknown and is not subtracted from the benefit
-- query cbad0a90: 1 call, cost 106 k -> 62.8 k: SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, linei…
-- query c3071302: 1 call, cost 22 k -> 19.3 k: SELECT l_orderkey, sum(l_extendedprice * ($1 - l_discount)) AS revenue, o_orderdate, o_shippriority FROM cust…
-- query d3ac5952: 1 call, cost 20 k -> 17.5 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- query 1acdeeef: 1 call, cost 6.65 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query c4b04a8e: 1 call, cost 6.53 k -> 6.18 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.21 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- workload cost after this step: 420 k
CREATE INDEX CONCURRENTLY lineitem_l_orderkey_with_l_quantity_idx ON public.lineitem USING btree (l_orderkey) INCLUDE (l_quantity);
-- DROP INDEX CONCURRENTLY public.lineitem_l_orderkey_with_l_quantity_idx;

----------------------------------------------------------------------------------------------------
-- 4. customer btree (c_nationkey) INCLUDE (c_custkey)
-- benefit 1.33 k (< 0.1 % of the workload's cost, 5.4 % of the queries it helps), size 608 kB, write tax unknown
-- why: join to supplier on c_nationkey
-- why: covers c_custkey: index-only scan
-- why: join to nation on c_nationkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c4b04a8e: 1 call, cost 7.02 k -> 6.18 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 829e0505: 1 call, cost 8.36 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query a4558812: 1 call, cost 9.21 k -> 9.19 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 418 k
CREATE INDEX CONCURRENTLY customer_c_nationkey_with_c_custkey_idx ON public.customer USING btree (c_nationkey) INCLUDE (c_custkey);
-- DROP INDEX CONCURRENTLY public.customer_c_nationkey_with_c_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 5. supplier btree (s_nationkey) INCLUDE (s_suppkey)
-- benefit 1.1 k (< 0.1 % of the workload's cost, 6.4 % of the queries it helps), size 40 kB, write tax unknown
-- why: join to nation on s_nationkey
-- why: covers s_suppkey: index-only scan
-- why: join to customer on s_nationkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 913db2b9: 1 call, cost 2.51 k -> 1.51 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- query 765ca50d: 1 call, cost 616 -> 554: SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey…
-- query c4b04a8e: 1 call, cost 6.21 k -> 6.18 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- query 1b506ac3: 1 call, cost 7.97 k -> 7.97 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- workload cost after this step: 417 k
CREATE INDEX CONCURRENTLY supplier_s_nationkey_with_s_suppkey_idx ON public.supplier USING btree (s_nationkey) INCLUDE (s_suppkey);
-- DROP INDEX CONCURRENTLY public.supplier_s_nationkey_with_s_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 6. lineitem btree (l_partkey, l_suppkey)
-- benefit 11.9 k (< 0.1 % of the workload's cost, 46 % of the queries it helps), size 23.9 MB, write tax unknown
-- why: join to partsupp on l_partkey and l_suppkey
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1b506ac3: 1 call, cost 18.5 k -> 7.97 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- query 5d1e3471: 1 call, cost 7.38 k -> 5.99 k: SELECT nation, o_year, sum(amount) AS sum_profit FROM ( SELECT n_name AS nation, extract($1 FROM o_orderdate)…
-- workload cost after this step: 325 k
CREATE INDEX CONCURRENTLY lineitem_l_partkey_l_suppkey_idx ON public.lineitem USING btree (l_partkey, l_suppkey);
-- DROP INDEX CONCURRENTLY public.lineitem_l_partkey_l_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 7. part btree (p_size, p_partkey) INCLUDE (p_brand, p_type)
-- benefit 662 (< 0.1 % of the workload's cost, 5.1 % of the queries it helps), size 2.19 MB, write tax unknown
-- why: IN list on p_size, then join to partsupp on p_partkey
-- why: covers p_brand, p_type: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 87b07d1b: 1 call, cost 3.72 k -> 3.25 k: SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part WHERE p_partke…
-- query a4558812: 1 call, cost 9.38 k -> 9.19 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- workload cost after this step: 320 k
CREATE INDEX CONCURRENTLY part_p_size_p_partkey_with_p_brand_p_type_idx ON public.part USING btree (p_size, p_partkey) INCLUDE (p_brand, p_type);
-- DROP INDEX CONCURRENTLY public.part_p_size_p_partkey_with_p_brand_p_type_idx;

----------------------------------------------------------------------------------------------------
-- 8. orders btree (o_orderdate) INCLUDE (o_orderkey, o_custkey)
-- benefit 8.44 k (< 0.1 % of the workload's cost, 16 % of the queries it helps), size 10.5 MB, write tax unknown
-- why: range on o_orderdate
-- why: covers o_orderkey, o_custkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 829e0505: 1 call, cost 11.7 k -> 7.89 k: SELECT n_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue FROM customer, orders, lineitem, supplier,…
-- query 52076c5e: 1 call, cost 21.6 k -> 17.9 k: SELECT c_custkey, c_name, sum(l_extendedprice * ($1 - l_discount)) AS revenue, c_acctbal, n_name, c_address,…
-- query d3ac5952: 1 call, cost 18.6 k -> 17.5 k: SELECT o_orderpriority, count(*) AS order_count FROM orders WHERE o_orderdate >= date $1 AND o_orderdate < da…
-- workload cost after this step: 310 k
CREATE INDEX CONCURRENTLY orders_o_orderdate_with_o_orderkey_o_custkey_idx ON public.orders USING btree (o_orderdate) INCLUDE (o_orderkey, o_custkey);
-- DROP INDEX CONCURRENTLY public.orders_o_orderdate_with_o_orderkey_o_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 9. lineitem btree (l_suppkey)
-- benefit 11.9 k (< 0.1 % of the workload's cost, 69 % of the queries it helps), size 15 MB, write tax unknown
-- why: join to supplier on l_suppkey
-- why: join to partsupp on l_suppkey
-- why: grouped by l_suppkey without a sort
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1acdeeef: 1 call, cost 17.2 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- workload cost after this step: 298 k
CREATE INDEX CONCURRENTLY lineitem_l_suppkey_idx ON public.lineitem USING btree (l_suppkey);
-- DROP INDEX CONCURRENTLY public.lineitem_l_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 10. partsupp btree (ps_suppkey, ps_supplycost) INCLUDE (ps_partkey, ps_availqty)
-- benefit 5.39 k (< 0.1 % of the workload's cost, 91 % of the queries it helps), size 6.58 MB, write tax unknown
-- why: one index in place of 5 narrower ones: carries ps_partkey, ps_availqty for all of them
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 765ca50d: 1 call, cost 5.94 k -> 554: SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation WHERE ps_suppkey…
-- workload cost after this step: 291 k
CREATE INDEX CONCURRENTLY partsupp_ps_suppkey_ps_supplycost_with_ps_partkey_92be5589_idx ON public.partsupp USING btree (ps_suppkey, ps_supplycost) INCLUDE (ps_partkey, ps_availqty);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_suppkey_ps_supplycost_with_ps_partkey_92be5589_idx;

----------------------------------------------------------------------------------------------------
-- 11. partsupp btree (ps_partkey, ps_availqty) INCLUDE (ps_suppkey)
-- benefit 1.48 k (< 0.1 % of the workload's cost, 16 % of the queries it helps), size 5.18 MB, write tax unknown
-- why: join to part on ps_partkey, then range on ps_availqty
-- why: covers ps_suppkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 1b506ac3: 1 call, cost 9.45 k -> 7.97 k: SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN ( SELECT ps_suppkey FROM partsupp WHERE ps_…
-- workload cost after this step: 290 k
CREATE INDEX CONCURRENTLY partsupp_ps_partkey_ps_availqty_with_ps_suppkey_idx ON public.partsupp USING btree (ps_partkey, ps_availqty) INCLUDE (ps_suppkey);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_partkey_ps_availqty_with_ps_suppkey_idx;

----------------------------------------------------------------------------------------------------
-- 12. orders btree (o_orderkey) INCLUDE (o_orderpriority)
-- benefit 3.24 k (< 0.1 % of the workload's cost, 7.4 % of the queries it helps), size 8.97 MB, write tax unknown
-- why: join to lineitem on o_orderkey
-- why: covers o_orderpriority: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c16180d4: 1 call, cost 22.4 k -> 20.3 k: SELECT l_shipmode, sum(CASE WHEN o_orderpriority = $1 OR o_orderpriority = $2 THEN $3 ELSE $4 END) AS high_li…
-- query a4558812: 1 call, cost 9.87 k -> 9.19 k: SELECT o_year, sum(CASE WHEN nation = $1 THEN volume ELSE $2 END) / sum(volume) AS mkt_share FROM ( SELECT ex…
-- query 1acdeeef: 1 call, cost 5.73 k -> 5.28 k: SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey…
-- query 5d1e3471: 1 call, cost 6.02 k -> 5.99 k: SELECT nation, o_year, sum(amount) AS sum_profit FROM ( SELECT n_name AS nation, extract($1 FROM o_orderdate)…
-- workload cost after this step: 285 k
CREATE INDEX CONCURRENTLY orders_o_orderkey_with_o_orderpriority_idx ON public.orders USING btree (o_orderkey) INCLUDE (o_orderpriority);
-- DROP INDEX CONCURRENTLY public.orders_o_orderkey_with_o_orderpriority_idx;

----------------------------------------------------------------------------------------------------
-- 13. part btree (p_size, p_partkey) INCLUDE (p_mfgr, p_type)
-- benefit 419 (< 0.1 % of the workload's cost, 22 % of the queries it helps), size 2.56 MB, write tax unknown
-- why: equality on p_size, then join to partsupp on p_partkey
-- why: covers p_mfgr, p_type: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 913db2b9: 1 call, cost 1.93 k -> 1.51 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- workload cost after this step: 284 k
CREATE INDEX CONCURRENTLY part_p_size_p_partkey_with_p_mfgr_p_type_idx ON public.part USING btree (p_size, p_partkey) INCLUDE (p_mfgr, p_type);
-- DROP INDEX CONCURRENTLY public.part_p_size_p_partkey_with_p_mfgr_p_type_idx;

----------------------------------------------------------------------------------------------------
-- 14. lineitem btree (l_shipdate) INCLUDE (l_suppkey, l_extendedprice, l_discount)
-- benefit 20.1 k (0.1 % of the workload's cost, 59 % of the queries it helps), size 50.9 MB, write tax unknown
-- why: range on l_shipdate
-- why: covers l_suppkey, l_extendedprice, l_discount: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query c963b057: 1 call, cost 16.8 k -> 1.71 k: WITH revenue (supplier_no, total_revenue) AS ( SELECT l_suppkey, sum(l_extendedprice * ($1 - l_discount)) FRO…
-- query dcc1d2eb: 1 call, cost 17.2 k -> 12.3 k: SELECT $1 * sum(CASE WHEN p_type LIKE $2 THEN l_extendedprice * ($3 - l_discount) ELSE $4 END) / sum(l_extend…
-- workload cost after this step: 264 k
CREATE INDEX CONCURRENTLY lineitem_l_shipdate_with_l_suppkey_l_extendedprice_9f27bd1d_idx ON public.lineitem USING btree (l_shipdate) INCLUDE (l_suppkey, l_extendedprice, l_discount);
-- DROP INDEX CONCURRENTLY public.lineitem_l_shipdate_with_l_suppkey_l_extendedprice_9f27bd1d_idx;

----------------------------------------------------------------------------------------------------
-- 15. orders btree (o_custkey) INCLUDE (o_orderkey)
-- benefit 7.51 k (< 0.1 % of the workload's cost, 52 % of the queries it helps), size 6.73 MB, write tax unknown
-- why: join to customer on o_custkey
-- why: covers o_orderkey: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query fb8eb2ce: 1 call, cost 6.86 k -> 878: SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM ( SELECT substring(c_phone FROM $1 F…
-- query c4b04a8e: 1 call, cost 7.7 k -> 6.18 k: SELECT supp_nation, cust_nation, l_year, sum(volume) AS revenue FROM ( SELECT n1.n_name AS supp_nation, n2.n_…
-- workload cost after this step: 257 k
CREATE INDEX CONCURRENTLY orders_o_custkey_with_o_orderkey_idx ON public.orders USING btree (o_custkey) INCLUDE (o_orderkey);
-- DROP INDEX CONCURRENTLY public.orders_o_custkey_with_o_orderkey_idx;

----------------------------------------------------------------------------------------------------
-- 16. customer btree (c_acctbal) INCLUDE (c_custkey, c_phone)
-- benefit 386 (< 0.1 % of the workload's cost, 31 % of the queries it helps), size 1.23 MB, write tax unknown
-- why: range on c_acctbal
-- why: covers c_custkey, c_phone: index-only scan
-- note: The write tax is unknown and is not subtracted from the benefit
-- query fb8eb2ce: 1 call, cost 1.26 k -> 878: SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM ( SELECT substring(c_phone FROM $1 F…
-- workload cost after this step: 256 k
CREATE INDEX CONCURRENTLY customer_c_acctbal_with_c_custkey_c_phone_idx ON public.customer USING btree (c_acctbal) INCLUDE (c_custkey, c_phone);
-- DROP INDEX CONCURRENTLY public.customer_c_acctbal_with_c_custkey_c_phone_idx;

----------------------------------------------------------------------------------------------------
-- 17. customer btree ((substring(c_phone FROM 1 FOR 2)), c_custkey)
-- benefit 330 (< 0.1 % of the workload's cost, 27 % of the queries it helps), size 1.45 MB, write tax unknown
-- why: IN list on substring(c_phone FROM 1 FOR 2), then join to orders on c_custkey
-- note: no statistics on the expression substring(c_phone FROM 1 FOR 2): HypoPG overestimates the cost of queries that use it; HypoPG shows it to the planner only where its table comes first in FROM, so it may help more queries than stated
-- note: The write tax is unknown and is not subtracted from the benefit
-- query fb8eb2ce: 1 call, cost 1.21 k -> 878: SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM ( SELECT substring(c_phone FROM $1 F…
-- workload cost after this step: 256 k
CREATE INDEX CONCURRENTLY customer_substring_c_phone_from_1_for_2_c_custkey_idx ON public.customer USING btree ((substring(c_phone FROM 1 FOR 2)), c_custkey);
-- DROP INDEX CONCURRENTLY public.customer_substring_c_phone_from_1_for_2_c_custkey_idx;

----------------------------------------------------------------------------------------------------
-- 18. partsupp btree (ps_partkey, ps_supplycost) INCLUDE (ps_suppkey)
-- benefit 675 (< 0.1 % of the workload's cost, 31 % of the queries it helps), size 5.38 MB, write tax unknown
-- why: join to part on ps_partkey, then minimum or maximum of ps_supplycost from the end of the index
-- why: covers ps_suppkey: index-only scan
-- why: join to part on ps_partkey, then equality on ps_supplycost
-- note: The write tax is unknown and is not subtracted from the benefit
-- query 913db2b9: 1 call, cost 2.18 k -> 1.51 k: SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment FROM part, supplier, parts…
-- workload cost after this step: 255 k
CREATE INDEX CONCURRENTLY partsupp_ps_partkey_ps_supplycost_with_ps_suppkey_idx ON public.partsupp USING btree (ps_partkey, ps_supplycost) INCLUDE (ps_suppkey);
-- DROP INDEX CONCURRENTLY public.partsupp_ps_partkey_ps_supplycost_with_ps_suppkey_idx;
