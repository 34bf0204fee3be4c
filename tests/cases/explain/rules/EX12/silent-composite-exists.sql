CREATE TABLE events (id bigint PRIMARY KEY, account_id int, kind text, at timestamp, payload jsonb, size int);
CREATE INDEX events_account_idx ON events (account_id);
CREATE INDEX events_at_idx ON events (at);
CREATE INDEX events_size_idx ON events (size);
CREATE INDEX events_kind_account_idx ON events (kind, account_id);
-- rows events 400000
CREATE INDEX events_both ON events (size, account_id);
