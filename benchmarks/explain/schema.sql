-- Tables of the plan corpus. Every value follows from its row number, so that two servers hold the same rows.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE EXTENSION bloom;
CREATE EXTENSION tsm_system_rows;
CREATE EXTENSION file_fdw;
CREATE EXTENSION postgres_fdw;

CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, city int NOT NULL, tier int, note text);
INSERT INTO customer SELECT i, 'customer ' || i, i % 50, nullif(i % 7, 0), md5(i::text) || ' ' || md5((i + 1)::text) FROM generate_series(1, 2000) i;
CREATE INDEX customer_city ON customer (city);
CREATE INDEX customer_note_trgm ON customer USING gin (note gin_trgm_ops);
CREATE INDEX customer_lower_name ON customer (lower(name));

CREATE TABLE orders (
  id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, placed_on date NOT NULL, status text NOT NULL,
  amount numeric(10, 2) NOT NULL, tags int[] NOT NULL, doc jsonb NOT NULL);
INSERT INTO orders
SELECT i, 1 + (i * 37) % 2000, date '2024-01-01' + i % 365, (ARRAY['new', 'paid', 'sent', 'done'])[1 + i % 4], (i * 7919) % 100000 / 100.0,
       ARRAY[i % 10, i % 100], jsonb_build_object('k', i % 100, 'v', i)
FROM generate_series(1, 40000) i;
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_placed_status ON orders (placed_on, status);
CREATE INDEX orders_status ON orders (status);
CREATE INDEX orders_tags ON orders USING gin (tags);
CREATE INDEX orders_doc ON orders USING gin (doc jsonb_path_ops);
CREATE INDEX orders_brin ON orders USING brin (placed_on);
CREATE INDEX orders_hash ON orders USING hash (amount);

CREATE TABLE item (order_id int NOT NULL REFERENCES orders ON DELETE CASCADE, line int NOT NULL, product int NOT NULL, quantity int NOT NULL,
  PRIMARY KEY (order_id, line));
INSERT INTO item SELECT 1 + i / 2, 1 + i % 2, (i * 31) % 500, 1 + i % 9 FROM generate_series(0, 79999) i;
CREATE INDEX item_product ON item (product);
CREATE INDEX item_bloom ON item USING bloom (product, quantity);

CREATE TABLE event (id int NOT NULL, at date NOT NULL, kind int NOT NULL, payload text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2024-04-01') TO ('2024-07-01');
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2024-07-01') TO ('2024-10-01') PARTITION BY HASH (id);
CREATE TABLE event_3a PARTITION OF event_3 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_3b PARTITION OF event_3 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM ('2024-10-01') TO ('2025-01-01');
INSERT INTO event SELECT i, date '2024-01-01' + i % 366, i % 20, repeat('x', i % 50) FROM generate_series(1, 20000) i;
CREATE INDEX event_at ON event (at);
CREATE INDEX event_kind ON event (kind);

CREATE TABLE place (id int PRIMARY KEY, at point NOT NULL, during int4range NOT NULL);
INSERT INTO place SELECT i, point(i % 100, i / 100), int4range(i, i + 20) FROM generate_series(1, 5000) i;
CREATE INDEX place_at ON place USING gist (at);
CREATE INDEX place_during ON place USING gist (during);
CREATE INDEX place_spgist ON place USING spgist (at);

CREATE TABLE tree (id int PRIMARY KEY, parent int);
INSERT INTO tree SELECT i, nullif(i / 3, 0) FROM generate_series(1, 2000) i;
CREATE INDEX tree_parent ON tree (parent);

CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, touched int NOT NULL DEFAULT 0);
INSERT INTO account SELECT i, i % 1000, 0 FROM generate_series(1, 3000) i;
CREATE TABLE audit (account_id int, was int);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO audit VALUES (NEW.id, OLD.balance); RETURN NULL; END$$;
CREATE FUNCTION count_touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.touched := NEW.touched + 1; RETURN NEW; END$$;
CREATE FUNCTION sum_changes() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN INSERT INTO audit SELECT -1, sum(n.balance) FROM changed n WHERE n.id > 10; RETURN NULL; END$$;
CREATE TRIGGER account_before BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION count_touch();
CREATE TRIGGER account_after AFTER UPDATE ON account FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE TRIGGER account_statement AFTER UPDATE ON account REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION sum_changes();
CREATE TABLE payment (id int PRIMARY KEY, account_id int REFERENCES account DEFERRABLE INITIALLY DEFERRED, amount int);
INSERT INTO payment SELECT i, 1 + i % 3000, i FROM generate_series(1, 3000) i;
CREATE TABLE "Odd ""Table" ("a key" int PRIMARY KEY, "Value: x" text);
INSERT INTO "Odd ""Table" SELECT i, 'it''s <b>' || i || '</b> & "so"' FROM generate_series(1, 200) i;
CREATE VIEW order_totals AS SELECT customer_id, sum(amount) AS total, count(*) AS orders FROM orders GROUP BY customer_id;
CREATE FUNCTION rows_of(n int) RETURNS SETOF int LANGUAGE plpgsql ROWS 10 AS $$BEGIN RETURN QUERY SELECT generate_series(1, n); END$$;
CREATE FUNCTION slow(i int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS $$BEGIN PERFORM pg_sleep(0.0005); RETURN i; END$$;

CREATE SERVER numbers FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE number (n int) SERVER numbers OPTIONS (program 'seq 1 500');
VACUUM (ANALYZE);
-- part of the heap is no longer all-visible: index-only scans fetch from it
UPDATE item SET quantity = quantity + 1 WHERE order_id % 400 = 0;
