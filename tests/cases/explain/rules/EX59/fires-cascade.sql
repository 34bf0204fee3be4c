CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE conversations (id bigint PRIMARY KEY, user_id bigint CONSTRAINT conversations_user_id_fkey REFERENCES users, project_id bigint);
CREATE TABLE chat_messages (id bigint PRIMARY KEY, user_id bigint CONSTRAINT chat_messages_user_id_fkey REFERENCES users,
    conversation_id bigint CONSTRAINT chat_messages_conversation_id_fkey REFERENCES conversations, deleted_at timestamptz);
CREATE TABLE memories (id bigint PRIMARY KEY, user_id bigint CONSTRAINT memories_user_id_fkey REFERENCES users, deleted_at timestamptz);
CREATE INDEX ON chat_messages (user_id, id);
CREATE INDEX ON memories (user_id) WHERE deleted_at IS NULL;
