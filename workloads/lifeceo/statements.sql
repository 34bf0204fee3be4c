-- What LifeCEO asks its database. Each statement has a heading, one key to a line (three spaces after -- continue the line before):
--   name         what it is for
--   calls        how often it runs at calls scale 1
--   protocol     extended (the default; $n values sent apart), prepared (the same, prepared once), simple (values in the text)
--   role         owner (the default) or app: as lifeceo_app, inside a transaction that first says which user the request is for
--   parameters   a query for the values, in the order in which they are used; it starts again where it has fewer rows than calls;
--                for role app the first column is the user of the request, for protocol simple the values are SQL literals
-- Accounts that are deleted on the way are inactive ones, and inactive users write nothing: no call violates a foreign key.
-- The application's clock stands at 2025-06-30 12:00 UTC.

-- users -----------------------------------------------------------------------------------------------------------------

-- name: user by id
-- calls: 2000
-- protocol: prepared
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 1)
SELECT id, email, name, timezone, plan, settings, version FROM users WHERE id = $1;

-- name: sign-in by email, whatever its case
-- calls: 350
-- parameters: SELECT upper(email) FROM users ORDER BY hashint8extended(id, 2)
SELECT id, name, is_active FROM users WHERE lower(email) = lower($1);

-- name: record a login
-- calls: 600
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 3)
UPDATE users SET last_login_at = now(), login_count = login_count + 1 WHERE id = $1;

-- name: change settings, if nobody else did
-- calls: 60
-- parameters: SELECT '{"theme": "dark", "digest": true}', id, version FROM users ORDER BY hashint8extended(id, 4)
UPDATE users SET settings = $1, version = version + 1 WHERE id = $2 AND version = $3;

-- name: people whose name begins with
-- calls: 80
-- protocol: simple
-- parameters: SELECT quote_literal(substr(name, 1, 9) || '%') FROM users ORDER BY hashint8extended(id, 5)
SELECT id, name, plan FROM users WHERE name LIKE $1 ORDER BY name LIMIT 10;

-- name: users of a list of ids
-- calls: 90
-- protocol: simple
-- parameters: SELECT array_to_string(member_ids, ', ') FROM groups ORDER BY hashint8extended(id, 6)
SELECT id, name, timezone FROM users WHERE id IN ($1);

-- name: signups of a week by day
-- calls: 12
-- parameters: SELECT d, d + interval '7 days' FROM generate_series(timestamptz '2025-04-01+00', '2025-06-20+00', '7 days') AS d
SELECT date_trunc('day', created_at) AS day, count(*) FROM users WHERE created_at >= $1 AND created_at < $2 GROUP BY 1 ORDER BY 1;

-- name: users who have not been back
-- calls: 8
-- parameters: SELECT d FROM generate_series(timestamptz '2024-07-15+00', '2024-08-01+00', '2 days') AS d
SELECT id, email FROM users WHERE last_login_at < $1 AND is_active ORDER BY last_login_at LIMIT 100;

-- name: active users of a plan
-- calls: 15
-- protocol: simple
-- parameters: SELECT quote_literal(p) FROM unnest('{enterprise,team,enterprise,plus}'::text[]) AS p
SELECT count(*), max(last_login_at) FROM users WHERE plan = $1 AND is_active;

-- name: users in no group
-- calls: 4
SELECT count(*) FROM users AS u WHERE u.is_active AND NOT EXISTS (SELECT FROM group_members AS m WHERE m.user_id = u.id);

-- name: delete an account
-- calls: 3
-- parameters: SELECT id FROM users WHERE NOT is_active ORDER BY login_count, id
DELETE FROM users WHERE id = $1;

-- groups ----------------------------------------------------------------------------------------------------------------

-- name: group by id
-- calls: 400
-- parameters: SELECT group_id FROM group_members ORDER BY hashint8extended(group_id * 70000 + user_id, 7)
SELECT id, name, visibility, tags, description FROM groups WHERE id = $1;

-- name: groups of a user
-- calls: 320
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 8)
SELECT g.id, g.name, m.role FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE m.user_id = $1 ORDER BY g.name;

-- name: members of a group
-- calls: 200
-- parameters: SELECT group_id FROM group_members ORDER BY hashint8extended(group_id * 70000 + user_id, 9)
SELECT u.id, u.name, m.role FROM group_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.group_id = $1 ORDER BY m.joined_at LIMIT 50;

-- name: groups that a user owns
-- calls: 60
-- parameters: SELECT owner_id FROM groups ORDER BY hashint8extended(id, 10)
SELECT id, name, visibility FROM groups WHERE owner_id = $1;

-- name: public groups by tag
-- calls: 60
-- parameters: SELECT ARRAY[tags[3]] FROM groups ORDER BY hashint8extended(id, 11)
SELECT id, name, tags FROM groups WHERE tags @> $1 AND visibility <> 'secret' ORDER BY created_at DESC LIMIT 20;

-- name: groups that list a member
-- calls: 40
-- parameters: SELECT ARRAY[user_id] FROM group_members ORDER BY hashint8extended(group_id * 70000 + user_id, 12)
SELECT id, name FROM groups WHERE member_ids @> $1::integer[];

-- name: join a group or change the role
-- calls: 60
-- parameters: SELECT m.group_id, 1 + (m.user_id * 31) % (SELECT max(id) FROM users), 'member' FROM group_members AS m
--   WHERE m.group_id IN (SELECT g.id FROM groups AS g JOIN users AS u ON u.id = g.owner_id WHERE u.is_active)
--   ORDER BY hashint8extended(m.group_id * 70000 + m.user_id, 13)
INSERT INTO group_members (group_id, user_id, role) SELECT $1, u.id, $3 FROM users AS u WHERE u.id = $2
ON CONFLICT (group_id, user_id) DO UPDATE SET role = excluded.role;

-- name: leave a group
-- calls: 30
-- parameters: SELECT group_id, user_id FROM group_members WHERE role = 'member' ORDER BY hashint8extended(group_id * 70000 + user_id, 14)
DELETE FROM group_members WHERE group_id = $1 AND user_id = $2;

-- events ----------------------------------------------------------------------------------------------------------------

-- name: coming events of a group
-- calls: 220
-- parameters: SELECT group_id, '2025-06-20 12:00+00' FROM events WHERE group_id IS NOT NULL ORDER BY hashint8extended(id, 15)
SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at LIMIT 20;

-- name: calendar of a day
-- calls: 80
-- parameters: SELECT d, d + interval '1 day' FROM generate_series(timestamptz '2025-03-01+00', '2025-07-10+00', '1 day') AS d
SELECT id, title, city, starts_at FROM events WHERE starts_at >= $1 AND starts_at < $2 AND status <> 'cancelled' ORDER BY starts_at;

-- name: events that a user made or hosts
-- calls: 70
-- parameters: SELECT host_id FROM events WHERE host_id IS NOT NULL ORDER BY hashint8extended(id, 16)
SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT 20;

-- name: coming events in the groups of a user
-- calls: 70
-- parameters: SELECT user_id, '2025-06-28 12:00+00' FROM group_members ORDER BY hashint8extended(group_id * 70000 + user_id, 17)
SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator
FROM group_members AS m
JOIN groups AS g ON g.id = m.group_id
JOIN events AS e ON e.group_id = g.id
JOIN users AS u ON u.id = e.creator_id
WHERE m.user_id = $1 AND NOT m.muted AND e.starts_at >= $2
ORDER BY e.starts_at LIMIT 20;

-- name: cancelled events still to be told
-- calls: 20
-- protocol: simple
-- parameters: SELECT quote_literal(d) FROM generate_series(timestamptz '2025-06-01+00', '2025-06-20+00', '1 day') AS d
SELECT id, title, starts_at FROM events WHERE status = 'cancelled' AND starts_at > $1 ORDER BY starts_at;

-- name: new event
-- calls: 40
-- parameters: SELECT group_id, creator_id, title, city, starts_at + interval '60 days', ends_at + interval '60 days' FROM events
--   WHERE group_id IN (SELECT g.id FROM groups AS g JOIN users AS u ON u.id = g.owner_id WHERE u.is_active)
--   AND creator_id IN (SELECT id FROM users WHERE is_active) ORDER BY hashint8extended(id, 18)
INSERT INTO events (group_id, creator_id, title, city, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6);

-- housing ---------------------------------------------------------------------------------------------------------------

-- name: homes in a city within a price range
-- calls: 220
-- parameters: SELECT city, price - 80, price + 80 FROM housing ORDER BY hashint8extended(id, 19)
SELECT id, kind, bedrooms, price, available_from FROM housing
WHERE city = $1 AND price BETWEEN $2 AND $3 AND is_available ORDER BY price LIMIT 20;

-- name: homes of several kinds in cities
-- calls: 40
-- protocol: simple
-- parameters: SELECT (ARRAY['''Graz''', '''Split'', ''Cork''', '''Tartu'', ''Bergen'', ''Malaga'''])[1 + n % 3],
--   (ARRAY['''house''', '''flat'', ''studio'''])[1 + n % 2] FROM generate_series(1, 60) AS n
SELECT id, city, kind, price FROM housing WHERE city IN ($1) AND kind IN ($2) AND is_available ORDER BY price LIMIT 20;

-- name: listings of an owner
-- calls: 50
-- parameters: SELECT owner_id FROM housing ORDER BY hashint8extended(id, 20)
SELECT id, city, price, is_available FROM housing WHERE owner_id = $1 ORDER BY created_at DESC;

-- name: words in a listing
-- calls: 15
-- parameters: SELECT '%' || split_part(description, '. ', 2) || '%' FROM housing ORDER BY hashint8extended(id, 21)
SELECT id, city, price, description FROM housing WHERE description ILIKE $1 AND is_available LIMIT 20;

-- name: change a price
-- calls: 30
-- parameters: SELECT round(price * 0.97), id FROM housing ORDER BY hashint8extended(id, 22)
UPDATE housing SET price = $1 WHERE id = $2;

-- projects --------------------------------------------------------------------------------------------------------------

-- name: open projects of a user
-- calls: 180
-- protocol: simple
-- parameters: SELECT user_id, CASE WHEN id % 3 = 0 THEN '''active''' ELSE '''active'', ''planned''' END FROM projects ORDER BY hashint8extended(id, 23)
SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2) ORDER BY due_on;

-- name: overdue projects
-- calls: 40
SELECT p.id, p.name, p.due_on, u.email FROM projects AS p JOIN users AS u ON u.id = p.user_id WHERE p.status = 'overdue' ORDER BY p.due_on LIMIT 50;

-- name: projects of a user with their conversations
-- calls: 50
-- parameters: SELECT user_id FROM projects ORDER BY hashint8extended(id, 24)
SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest
FROM projects AS p LEFT JOIN conversations AS c ON c.project_id = p.id
WHERE p.user_id = $1 GROUP BY p.id, p.name ORDER BY p.name;

-- name: users of a plan with something overdue
-- calls: 10
-- protocol: simple
-- parameters: SELECT quote_literal(p) FROM unnest('{enterprise,team}'::text[]) AS p
SELECT u.id, u.email FROM users AS u
WHERE u.plan = $1 AND EXISTS (SELECT FROM projects AS p WHERE p.user_id = u.id AND p.status = 'overdue');

-- name: edit a project, if nobody else did
-- calls: 60
-- parameters: SELECT 'active', notes, id, version FROM projects WHERE status = 'planned' ORDER BY hashint8extended(id, 25)
UPDATE projects SET status = $1, notes = $2, updated_at = now(), version = version + 1 WHERE id = $3 AND version = $4;

-- name: delete a project
-- calls: 8
-- parameters: SELECT id FROM projects WHERE status = 'dropped' ORDER BY hashint8extended(id, 26)
DELETE FROM projects WHERE id = $1;

-- conversations ---------------------------------------------------------------------------------------------------------

-- name: conversation by id
-- calls: 1100
-- protocol: prepared
-- parameters: SELECT conversation_id FROM chat_messages WHERE conversation_id IS NOT NULL ORDER BY hashint8extended(id, 27)
SELECT id, user_id, agent, title, messages, metadata, version FROM conversations WHERE id = $1;

-- name: add a message to a conversation
-- calls: 420
-- parameters: SELECT '[{"role": "user", "text": "and then?"}]', conversation_id FROM chat_messages WHERE conversation_id IS NOT NULL
--   ORDER BY hashint8extended(id, 28)
UPDATE conversations SET messages = messages || $1::jsonb, last_message_at = now(), version = version + 1 WHERE id = $2;

-- name: conversations of a user, last spoken first
-- calls: 220
-- parameters: SELECT user_id FROM conversations ORDER BY hashint8extended(id, 29)
SELECT id, agent, title, last_message_at FROM conversations WHERE user_id = $1 AND NOT is_archived ORDER BY last_message_at DESC LIMIT 20;

-- name: conversations of a user with an agent
-- calls: 160
-- parameters: SELECT user_id, agent FROM conversations ORDER BY hashint8extended(id, 30)
SELECT id, title, created_at FROM conversations WHERE user_id = $1 AND agent = $2 ORDER BY created_at DESC LIMIT 10;

-- name: conversations of a project
-- calls: 120
-- parameters: SELECT project_id FROM conversations WHERE project_id IS NOT NULL ORDER BY hashint8extended(id, 31)
SELECT id, title, agent, created_at FROM conversations WHERE project_id = $1 ORDER BY created_at DESC;

-- name: conversation of a ticket
-- calls: 140
-- parameters: SELECT metadata ->> 'external_id' FROM conversations WHERE metadata ? 'external_id' ORDER BY hashint8extended(id, 32)
SELECT id, user_id, title, metadata FROM conversations WHERE metadata ->> 'external_id' = $1;

-- name: escalated conversations of a channel
-- calls: 25
-- parameters: SELECT jsonb_build_object('channel', metadata -> 'channel', 'escalated', true) FROM conversations ORDER BY hashint8extended(id, 33)
SELECT id, user_id, title, created_at FROM conversations WHERE metadata @> $1::jsonb ORDER BY created_at DESC LIMIT 50;

-- name: conversations begun in a day, by agent
-- calls: 20
-- parameters: SELECT d, d + interval '1 day' FROM generate_series(timestamptz '2025-05-20+00', '2025-06-28+00', '1 day') AS d
SELECT agent, count(*) FROM conversations WHERE created_at BETWEEN $1 AND $2 GROUP BY agent ORDER BY count(*) DESC;

-- name: rename a conversation, if nobody else did
-- calls: 60
-- parameters: SELECT initcap(title), id, version FROM conversations ORDER BY hashint8extended(id, 34)
UPDATE conversations SET title = $1, version = version + 1 WHERE id = $2 AND version = $3;

-- name: new conversation
-- calls: 120
-- parameters: SELECT user_id, agent, title, messages, metadata - 'external_id' FROM conversations
--   WHERE user_id IN (SELECT id FROM users WHERE is_active) ORDER BY hashint8extended(id, 35)
INSERT INTO conversations (user_id, agent, title, messages, metadata) VALUES ($1, $2, $3, $4, $5) RETURNING id;

-- chat messages ---------------------------------------------------------------------------------------------------------

-- name: chat of a user with an agent, newest first
-- calls: 420
-- parameters: SELECT user_id, agent_type FROM chat_messages ORDER BY hashint8extended(id, 36)
SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY created_at DESC LIMIT 50;

-- name: next page of a chat
-- calls: 80
-- parameters: SELECT user_id, agent_type, created_at FROM chat_messages ORDER BY hashint8extended(id, 37)
SELECT id, role, content, created_at FROM chat_messages
WHERE user_id = $1 AND agent_type = $2 AND created_at < $3 ORDER BY created_at DESC LIMIT 50;

-- name: messages of a conversation
-- calls: 200
-- parameters: SELECT conversation_id FROM chat_messages WHERE conversation_id IS NOT NULL ORDER BY hashint8extended(id, 38)
SELECT id, role, content FROM chat_messages WHERE conversation_id = $1 ORDER BY created_at;

-- name: new chat message
-- calls: 650
-- parameters: SELECT user_id, conversation_id, agent_type, role, content FROM chat_messages
--   WHERE user_id IN (SELECT id FROM users WHERE is_active) ORDER BY hashint8extended(id, 39)
INSERT INTO chat_messages (user_id, conversation_id, agent_type, role, content) VALUES ($1, $2, $3, $4, $5);

-- name: unread messages of a user
-- calls: 170
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 40)
SELECT agent_type, count(*) FROM chat_messages WHERE user_id = $1 AND NOT is_read GROUP BY agent_type;

-- name: mark a chat as read
-- calls: 80
-- parameters: SELECT user_id, agent_type FROM chat_messages WHERE NOT is_read ORDER BY hashint8extended(id, 41)
UPDATE chat_messages SET is_read = true WHERE user_id = $1 AND agent_type = $2 AND NOT is_read;

-- name: when a user was last heard
-- calls: 90
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 42)
SELECT max(created_at) FROM chat_messages WHERE user_id = $1;

-- name: agents that a user talks to
-- calls: 60
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 43)
SELECT DISTINCT agent_type FROM chat_messages WHERE user_id = $1;

-- name: last message with each agent
-- calls: 40
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 44)
SELECT agent_type, role, created_at
FROM (SELECT agent_type, role, created_at, row_number() OVER (PARTITION BY agent_type ORDER BY created_at DESC) AS place
      FROM chat_messages WHERE user_id = $1) AS ranked
WHERE place = 1;

-- name: latest errors
-- calls: 60
SELECT id, user_id, agent_type, content, created_at FROM chat_messages WHERE role = 'error' ORDER BY created_at DESC LIMIT 50;

-- name: messages of an hour by agent
-- calls: 30
-- parameters: SELECT d, d + interval '1 hour' FROM generate_series(timestamptz '2025-06-27+00', '2025-06-28+00', '1 hour') AS d
SELECT agent_type, count(*), count(DISTINCT user_id) FROM chat_messages WHERE created_at >= $1 AND created_at < $2 GROUP BY agent_type;

-- name: busiest users of a day
-- calls: 12
-- parameters: SELECT d, d + interval '1 day' FROM generate_series(timestamptz '2025-06-10+00', '2025-06-28+00', '1 day') AS d
WITH recent AS (
    SELECT user_id, count(*) AS messages FROM chat_messages WHERE created_at >= $1 AND created_at < $2 GROUP BY user_id
)
SELECT u.id, u.email, u.plan, r.messages FROM recent AS r JOIN users AS u ON u.id = r.user_id ORDER BY r.messages DESC, u.id LIMIT 20;

-- name: support searches all messages, newest first
-- calls: 15
-- parameters: SELECT '%' || substr(content, 12, 32) || '%' FROM chat_messages ORDER BY hashint8extended(id, 45)
SELECT id, user_id, content, created_at FROM chat_messages WHERE content ILIKE $1 ORDER BY created_at DESC LIMIT 20;

-- memories: under row security, as the application's role -----------------------------------------------------------------

-- name: live memories of a user, newest first
-- calls: 320
-- role: app
-- parameters: SELECT user_id, user_id FROM memories ORDER BY hashint8extended(id, 46)
SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20;

-- name: next page of live memories
-- calls: 140
-- role: app
-- parameters: SELECT user_id, user_id, created_at, id FROM memories ORDER BY hashint8extended(id, 47)
SELECT id, kind, title, content, created_at FROM memories
WHERE user_id = $1 AND deleted_at IS NULL AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 20;

-- name: number of my live memories, by the policy alone
-- calls: 60
-- role: app
-- parameters: SELECT user_id FROM memories ORDER BY hashint8extended(id, 48)
SELECT kind, count(*) FROM memories WHERE deleted_at IS NULL GROUP BY kind;

-- name: pinned memories of a user
-- calls: 110
-- role: app
-- parameters: SELECT user_id, user_id FROM memories ORDER BY hashint8extended(id, 49)
SELECT id, title, content FROM memories WHERE user_id = $1 AND is_pinned AND deleted_at IS NULL ORDER BY updated_at DESC;

-- name: memory by id
-- calls: 300
-- role: app
-- parameters: SELECT user_id, id FROM memories ORDER BY hashint8extended(id, 50)
SELECT id, kind, title, content, updated_at FROM memories WHERE id = $1 AND deleted_at IS NULL;

-- name: search in the memories of a user
-- calls: 40
-- role: app
-- parameters: SELECT user_id, user_id, '%' || substr(content, 4, 12) || '%' FROM memories ORDER BY hashint8extended(id, 51)
SELECT id, title, content FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND content ILIKE $2 ORDER BY created_at DESC LIMIT 20;

-- name: new memory
-- calls: 180
-- role: app
-- parameters: SELECT user_id, user_id, kind, title, content FROM memories
--   WHERE user_id IN (SELECT id FROM users WHERE is_active) ORDER BY hashint8extended(id, 52)
INSERT INTO memories (user_id, kind, title, content) VALUES ($1, $2, $3, $4);

-- name: edit a memory
-- calls: 90
-- role: app
-- parameters: SELECT user_id, content || '!', id FROM memories WHERE deleted_at IS NULL ORDER BY hashint8extended(id, 53)
UPDATE memories SET content = $1, updated_at = now() WHERE id = $2 AND deleted_at IS NULL;

-- name: put a memory in the trash
-- calls: 50
-- role: app
-- parameters: SELECT user_id, id FROM memories WHERE deleted_at IS NULL ORDER BY hashint8extended(id, 54)
UPDATE memories SET deleted_at = now(), updated_at = now() WHERE id = $1 AND deleted_at IS NULL;

-- name: empty the trash, oldest first
-- calls: 8
-- parameters: SELECT timestamptz '2024-07-20+00' + interval '1 day' * n FROM generate_series(1, 8) AS n
DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE deleted_at < $1 ORDER BY deleted_at LIMIT 100);

-- agent memories and configurations -----------------------------------------------------------------------------------------

-- name: what an agent recalls about a user
-- calls: 250
-- parameters: SELECT user_id, agent_type FROM agent_memories ORDER BY hashint8extended(id, 55)
SELECT id, importance, content FROM agent_memories
WHERE user_id = $1 AND agent_type = $2 AND importance >= 6 ORDER BY importance DESC, created_at DESC LIMIT 10;

-- name: what still holds about a user
-- calls: 100
-- parameters: SELECT user_id, '2025-06-30 12:00+00' FROM agent_memories ORDER BY hashint8extended(id, 56)
SELECT id, agent_type, content FROM agent_memories
WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > $2) ORDER BY importance DESC LIMIT 20;

-- name: agent memories with tags
-- calls: 50
-- parameters: SELECT tags[3:3] FROM agent_memories WHERE cardinality(tags) = 3 ORDER BY hashint8extended(id, 57)
SELECT id, user_id, importance, content FROM agent_memories WHERE tags @> $1 ORDER BY created_at DESC LIMIT 20;

-- name: agent memories with any tag equal
-- calls: 12
-- parameters: SELECT tags[3] FROM agent_memories WHERE cardinality(tags) = 3 ORDER BY hashint8extended(id, 58)
SELECT count(*) FROM agent_memories WHERE $1 = ANY (tags);

-- name: agent memories on a topic
-- calls: 30
-- parameters: SELECT jsonb_build_object('topic', content -> 'topic') FROM agent_memories ORDER BY hashint8extended(id, 59)
SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT 20;

-- name: new agent memory
-- calls: 220
-- parameters: SELECT user_id, agent_type, importance, tags, content FROM agent_memories
--   WHERE user_id IN (SELECT id FROM users WHERE is_active) ORDER BY hashint8extended(id, 60)
INSERT INTO agent_memories (user_id, agent_type, importance, tags, content) VALUES ($1, $2, $3, $4, $5);

-- name: an agent memory matters more
-- calls: 50
-- parameters: SELECT id FROM agent_memories WHERE importance < 10 ORDER BY hashint8extended(id, 61)
UPDATE agent_memories SET importance = least(importance + 1, 10) WHERE id = $1;

-- name: forget what expired in an hour
-- calls: 8
-- parameters: SELECT d, d + interval '1 hour' FROM generate_series(timestamptz '2025-05-01+00', '2025-05-02+00', '3 hours') AS d
DELETE FROM agent_memories WHERE expires_at >= $1 AND expires_at < $2;

-- name: configuration of an agent
-- calls: 480
-- parameters: SELECT user_id, agent_type FROM chat_messages ORDER BY hashint8extended(id, 62)
SELECT id, is_enabled, settings, version FROM agent_configurations WHERE user_id = $1 AND agent_type = $2;

-- name: enabled agents of a user
-- calls: 120
-- parameters: SELECT user_id FROM chat_messages ORDER BY hashint8extended(id, 63)
SELECT agent_type, settings FROM agent_configurations WHERE user_id = $1 AND is_enabled;

-- name: change a configuration, if nobody else did
-- calls: 70
-- parameters: SELECT settings || '{"tone": "brief"}', id, version FROM agent_configurations ORDER BY hashint8extended(id, 64)
UPDATE agent_configurations SET settings = $1, updated_at = now(), version = version + 1 WHERE id = $2 AND version = $3;
