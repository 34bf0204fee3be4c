CREATE TABLE lineitem (l_orderkey int, l_partkey int, l_suppkey int, l_linenumber int, l_quantity numeric, PRIMARY KEY (l_orderkey, l_linenumber));
CREATE TABLE orders (o_orderkey int PRIMARY KEY, o_custkey int);
-- rows lineitem 600572
-- rows orders 150000
CREATE TABLE customer (c_custkey int PRIMARY KEY);
-- rows customer 15000
