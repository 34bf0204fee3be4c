"""A small, varied schema for what-if tests, its candidates and its queries."""

from __future__ import annotations

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.workload.model import Sample

SCHEMA = """
CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, slots int4range);
INSERT INTO users SELECT i, 'User' || i || '@example.org', int4range(i, i + 5) FROM generate_series(1, 20000) i;
CREATE TABLE memories (id int PRIMARY KEY, user_id int, agent text, status text, created_at timestamptz, deleted_at timestamptz,
                       is_read bool, tags text[]);
INSERT INTO memories
SELECT i, i % 500, 'agent' || i % 70, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END, timestamptz '2024-01-01' + i * interval '1 minute',
       CASE WHEN i % 20 <> 0 THEN now() END, i % 50 <> 0, ARRAY['t' || i % 1000]
FROM generate_series(1, 50000) i;
CREATE TABLE p (id int, k int, at date) PARTITION BY RANGE (at);
CREATE TABLE p_old PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE p_new PARTITION OF p FOR VALUES FROM ('2021-01-01') TO ('2023-01-01') PARTITION BY LIST (k);
CREATE TABLE p_new_all PARTITION OF p_new DEFAULT;
INSERT INTO p SELECT i, i % 1000, date '2020-01-01' + i % 700 FROM generate_series(1, 30000) i;
"""
ANALYZED = "VACUUM ANALYZE users, memories, p_old, p_new_all"
"""Sent by itself; the partitioned table is left unanalyzed, as autovacuum leaves it."""

_USERS, _MEMORIES = TableName("public", "users"), TableName("public", "memories")

BY_EMAIL = IndexDef(_USERS, (IndexKey("email"),))
LOWER_EMAIL = IndexDef(_USERS, (IndexKey(expression="lower(email)"),))
SLOTS = IndexDef(_USERS, (IndexKey("slots"),), method="gist")
USER_AGENT = IndexDef(_MEMORIES, (IndexKey("user_id"), IndexKey("agent")))
AGENT_NEWEST = IndexDef(_MEMORIES, (IndexKey("agent"), IndexKey("created_at", descending=True)))
LIVE = IndexDef(_MEMORIES, (IndexKey("user_id"), IndexKey("created_at")), predicate="deleted_at IS NULL")
NOT_READ = IndexDef(_MEMORIES, (IndexKey("user_id"),), predicate="NOT is_read")
READ_IS_FALSE = IndexDef(_MEMORIES, (IndexKey("user_id"),), predicate="is_read = false")
CREATED_BRIN = IndexDef(_MEMORIES, (IndexKey("created_at"),), method="brin")
STATUS_HASH = IndexDef(_MEMORIES, (IndexKey("status"),), method="hash")
COVERING = IndexDef(_MEMORIES, (IndexKey("created_at"),), include=("user_id",))
TAGS = IndexDef(_MEMORIES, (IndexKey("tags"),), method="gin")
P_K = IndexDef(TableName("public", "p"), (IndexKey("k"),))

QUERIES = (
    Sample("SELECT * FROM users WHERE email = $1", ("User77@example.org",)),
    Sample("SELECT * FROM memories WHERE user_id = $1 AND agent = $2", ("53", "agent3")),
    Sample("SELECT * FROM memories WHERE agent = 'agent3' ORDER BY created_at DESC LIMIT 50"),
    Sample("SELECT id FROM memories WHERE user_id = 5 AND deleted_at IS NULL ORDER BY created_at"),
    Sample("SELECT id FROM memories WHERE NOT is_read AND user_id = $1", ("50",)),
    Sample("SELECT sum(user_id) FROM memories WHERE created_at BETWEEN $1 AND $2", ("2024-01-10", "2024-01-12")),
    Sample("UPDATE users SET email = $1 WHERE email = $2", ("a", "User5@example.org")),
    # the partial index's table first: HypoPG does not find it in second place
    Sample("SELECT m.id FROM memories m JOIN users u ON m.user_id = u.id WHERE email = $1 AND deleted_at IS NULL", ("User9@example.org",)),
)
