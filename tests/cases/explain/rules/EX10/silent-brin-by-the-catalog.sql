CREATE TABLE log (at timestamp, msg text);
CREATE INDEX log_at_brin ON log USING brin (at);
