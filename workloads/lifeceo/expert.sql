-- The expert's indexes for LifeCEO: written by hand from the schema and the statements, before the advisor first ran on them.
-- A benchmark may build the first section alone: everything that a B-tree can do. Each index says why it is there.
-- Left out on purpose: users (last_login_at) and conversations (last_message_at) are rewritten with every login and message;
-- an index on either would end HOT updates there, for ten reports a day and a sort of a few dozen rows.

-- section: btree

-- sign-in looks people up without regard to case
CREATE INDEX expert_users_lower_email ON users (lower(email));
-- the name box of the people search: LIKE 'Ann%' ORDER BY name needs the pattern operators outside the C collation
CREATE INDEX expert_users_name_prefix ON users (name text_pattern_ops);
-- signups per day
CREATE INDEX expert_users_created ON users (created_at);

-- the chat window: one user, one agent, newest first, by page; also last message of a user, agents of a user
CREATE INDEX expert_chat_user_agent_newest ON chat_messages (user_id, agent_type, created_at DESC);
-- a user's messages over all agents: the newest one, without reading the whole history
CREATE INDEX expert_chat_user_newest ON chat_messages (user_id, created_at DESC);
-- the thread of a conversation in reading order; also the foreign key
CREATE INDEX expert_chat_conversation ON chat_messages (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
-- the unread badge and "mark as read": two in a hundred rows
CREATE INDEX expert_chat_unread ON chat_messages (user_id, agent_type) WHERE NOT is_read;
-- the error list: one row in five hundred
CREATE INDEX expert_chat_errors ON chat_messages (created_at DESC) WHERE role = 'error';
-- reports over hours and days
CREATE INDEX expert_chat_created ON chat_messages (created_at);

-- a user's live memories newest first, with keyset pages on (created_at, id); the policy asks for user_id as well
CREATE INDEX expert_memories_live_newest ON memories (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
-- the pinned few
CREATE INDEX expert_memories_pinned ON memories (user_id) WHERE is_pinned AND deleted_at IS NULL;
-- emptying the trash, oldest first
CREATE INDEX expert_memories_trash ON memories (deleted_at) WHERE deleted_at IS NOT NULL;

-- conversations of a user, and of a user with one agent newest first
CREATE INDEX expert_conversations_user_agent ON conversations (user_id, agent, created_at DESC);
-- conversations of a project; most have none; also the foreign key
CREATE INDEX expert_conversations_project ON conversations (project_id, created_at DESC) WHERE project_id IS NOT NULL;
-- the ticket system asks by its own number, kept in the metadata
CREATE INDEX expert_conversations_external_id ON conversations ((metadata ->> 'external_id'));
-- conversations started in a period
CREATE INDEX expert_conversations_created ON conversations (created_at);

-- what an agent recalls about a user: the important first
CREATE INDEX expert_agent_memories_recall ON agent_memories (user_id, agent_type, importance DESC, created_at DESC);
-- clearing what has expired; most never do
CREATE INDEX expert_agent_memories_expiry ON agent_memories (expires_at) WHERE expires_at IS NOT NULL;

-- the configuration of one agent of one user, read before every answer
CREATE INDEX expert_agent_configurations_user_agent ON agent_configurations (user_id, agent_type);

-- groups of a user: the primary key leads with the group
CREATE INDEX expert_group_members_user ON group_members (user_id);
-- groups a user owns; also the foreign key
CREATE INDEX expert_groups_owner ON groups (owner_id);

-- the calendar of a group
CREATE INDEX expert_events_group_starts ON events (group_id, starts_at);
-- the calendar of everybody
CREATE INDEX expert_events_starts ON events (starts_at);
-- "my events": creator or host, which takes both indexes or neither
CREATE INDEX expert_events_creator ON events (creator_id);
CREATE INDEX expert_events_host ON events (host_id);

-- the housing search: city, price range, cheapest first, only what is to be had
CREATE INDEX expert_housing_search ON housing (city, price) WHERE is_available;
-- an owner's listings; also the foreign key
CREATE INDEX expert_housing_owner ON housing (owner_id);

-- projects of a user
CREATE INDEX expert_projects_user ON projects (user_id);
-- the few that are overdue, in order
CREATE INDEX expert_projects_overdue ON projects (due_on) WHERE status = 'overdue';

-- section: other

-- groups by tag, and groups that list somebody
CREATE INDEX expert_groups_tags ON groups USING gin (tags);
CREATE INDEX expert_groups_member_ids ON groups USING gin (member_ids);
-- agent memories by tag, and by what their content says
CREATE INDEX expert_agent_memories_tags ON agent_memories USING gin (tags);
CREATE INDEX expert_agent_memories_content ON agent_memories USING gin (content jsonb_path_ops);
-- conversations by a piece of their metadata
CREATE INDEX expert_conversations_metadata ON conversations USING gin (metadata jsonb_path_ops);
-- support searches the text of all messages
CREATE INDEX expert_chat_content_trigram ON chat_messages USING gin (content gin_trgm_ops);
-- words in a listing
CREATE INDEX expert_housing_description_trigram ON housing USING gin (description gin_trgm_ops);
