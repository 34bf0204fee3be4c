CREATE TABLE chat_messages (id bigint PRIMARY KEY, user_id bigint, agent_type text, is_read boolean);
-- rows chat_messages 150000
-- stats chat_messages.user_id n_distinct=2400 correlation=0.01 width=8
