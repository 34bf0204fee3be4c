"""A small shop for tests of tried advice. Tables have at most 30,000 rows, which ANALYZE reads whole."""

from __future__ import annotations

from indexadvisor.explain.finding import Advice, Finding

SCHEMA = """
CREATE EXTENSION hypopg;
CREATE TABLE orders (
    id int PRIMARY KEY, customer_id int NOT NULL, status text, placed_at timestamptz NOT NULL, day_no int NOT NULL, total int, filler text);
INSERT INTO orders SELECT i, i % 5000, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END,
    '2024-01-01 00:30:00+00'::timestamptz + i * interval '20 minutes', i / 72, i % 977, repeat('x', 200) FROM generate_series(1, 30000) i;
CREATE TABLE payments (id int PRIMARY KEY, order_id int NOT NULL, voucher int, method text);
INSERT INTO payments SELECT i, i * 2, CASE WHEN i % 3 = 0 THEN i END, 'm' || i % 400 FROM generate_series(1, 12000) i;
CREATE TABLE readings (sensor int NOT NULL, at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO readings SELECT i % 3000, date '2024-01-01' + i % 60, i FROM generate_series(1, 30000) i;
CREATE VIEW open_orders AS SELECT id, customer_id, placed_at FROM orders WHERE status = 'open';
CREATE TABLE skewed (id int PRIMARY KEY, kind int NOT NULL, filler text);
CREATE INDEX skewed_kind ON skewed (kind);
INSERT INTO skewed SELECT i, CASE WHEN i % 10000 = 0 THEN 9 ELSE i % 2 END, repeat('y', 100) FROM generate_series(1, 30000) i;
ALTER DATABASE {name} SET timezone = 'UTC';
ALTER DATABASE {name} SET max_parallel_workers_per_gather = 0;
ALTER DATABASE {name} SET jit = off;
"""
ANALYZED = "VACUUM (ANALYZE) orders, payments, readings, skewed"


def finding(code: str, node: int | None, *advice: Advice) -> Finding:
    """Return a finding as a rule would make it."""
    return Finding(code, code.lower(), "warning", "made for a test", node, advice=advice)


def index(*columns: str) -> Advice:
    """Return the advice to index these columns."""
    return Advice("index", "an index", columns=columns)
