-- Data for schema.sql: skewed as applications are, and the same on every server, because each value is a hash of its row number.
-- Size: the setting lifeceo.scale (1 = 5,000 users and 300,000 chat messages; unset means 1). Run it in one transaction, as a
-- superuser: foreign keys are not checked row by row (session_replication_role). Rows lie in order of their keys, which is the
-- order of time. The application's clock stands at 2025-06-30 12:00 UTC.

SET LOCAL session_replication_role = replica;
SET LOCAL work_mem = '64MB';
SET LOCAL timezone = 'UTC';

-- a number in [0, 1) from a row number and a salt
CREATE FUNCTION pg_temp.u(n bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, salt) & 4503599627370495)::double precision / 4503599627370496 $$;

-- one of k values, the low ones more often the higher the power (1 = all alike)
CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, k bigint, power double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 + floor(k * pg_temp.u(n, salt) ^ power)::integer $$;

-- a user, a few of them very busy; the busy ones are spread over the key range
CREATE FUNCTION pg_temp.person(n bigint, salt bigint, users bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (1 + (pg_temp.pick(n, salt, users, 3.0)::bigint * 7919) % users)::integer $$;

-- one of the agents; each user keeps mostly to three of the eight
CREATE FUNCTION pg_temp.agent(user_id bigint, n bigint, salt bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('{planner,coach,finance,health,travel,writer,tutor,scout}'::text[])
          [1 + (pg_temp.pick(user_id, 77, 8, 1.6) + pg_temp.pick(n, salt, 3, 1.8)) % 8] $$;

-- a moment of the last year; rows come in order of time, more of them lately
CREATE FUNCTION pg_temp.moment(n bigint, total bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT timestamptz '2024-06-30 12:00+00' + interval '1 second' * floor(31536000 * sqrt(n::double precision / total)) $$;

CREATE FUNCTION pg_temp.city(k integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('{Lisbon,Berlin,Madrid,Paris,Vienna,Prague,Porto,Athens,Dublin,Milan,Lyon,Ghent,Krakow,Turin,Graz,Split,Malaga,Bergen,Tartu,Cork}'::text[])[k] $$;

CREATE TEMP TABLE size ON COMMIT DROP AS
SELECT greatest(200, (5000 * s)::bigint) AS users, greatest(100, (4000 * s)::bigint) AS groups,
       greatest(200, (12000 * s)::bigint) AS projects, greatest(500, (60000 * s)::bigint) AS conversations,
       greatest(2000, (300000 * s)::bigint) AS chats, greatest(1000, (100000 * s)::bigint) AS memories,
       greatest(1000, (200000 * s)::bigint) AS agent_memories, greatest(500, (30000 * s)::bigint) AS events,
       greatest(200, (20000 * s)::bigint) AS housing
FROM (SELECT coalesce(nullif(current_setting('lifeceo.scale', true), ''), '1')::numeric AS s) AS scale;

-- 20,000 sentences that everything written is put together from; low numbers are said more often
CREATE TEMP TABLE phrase ON COMMIT DROP AS
SELECT n AS id, verb[pg_temp.pick(n, 91, 24, 1)] || ' the ' || kind[pg_temp.pick(n, 92, 20, 1.2)] || ' ' || thing[t] || ' '
           || tail[pg_temp.pick(n, 94, 24, 1)] AS text, thing[t] AS thing
FROM generate_series(1, 20000) AS n, LATERAL (SELECT pg_temp.pick(n, 93, 40, 1.3)) AS drawn (t),
     (SELECT '{please review,remind me about,let us plan,I finished,could you summarise,we should cancel,draft an answer about,compare prices for,
               I am worried about,book time for,tell the group about,find documents on,explain again,move to Friday,pay in advance for,ask Maria about,
               prepare a list for,take notes on,I would rather skip,translate the letter on,check the date of,share with my brother,look after,
               estimate the cost of}'::text[] AS verb,
             '{monthly,old,quarterly,missing,second,early,shared,personal,annual,cheap,urgent,weekly,final,draft,renewed,small,local,late,first,
               unsigned}'::text[] AS kind,
             '{budget,passport,invoice,flight,lease,training plan,recipe,meeting,insurance,visa,contract,dentist,garden,essay,exam,marathon,mortgage,
               birthday,tax return,newsletter,bicycle,kitchen,interview,workshop,retreat,pension,school,concert,hospital bill,parking permit,
               sleep diary,language course,playlist,moving boxes,piano,savings account,hiking trip,deposit,warranty,wedding}'::text[] AS thing,
             '{before Monday,with the family,as agreed,for the new flat,in the morning,without delay,if the weather holds,at the usual price,
               for my sister,after lunch,by the end of June,in two languages,at half the price,on the train,for next year,with photographs,
               during the holidays,as soon as the bank replies,in plain words,with the receipts,for the team,at home,under the old rules,
               until it is done}'::text[] AS tail) AS words;

INSERT INTO users (id, email, name, timezone, plan, is_active, settings, login_count, last_login_at, created_at, version)
SELECT n, CASE n % 3 WHEN 0 THEN first || '.' || last WHEN 1 THEN lower(first) || '_' || upper(last) ELSE lower(first || '.' || last) END
              || n || '@' || (ARRAY['Example.com', 'example.org', 'Mail.Example.net'])[pg_temp.pick(n, 3, 3, 1.5)],
       first || ' ' || last, 'Europe/' || pg_temp.city(pg_temp.pick(n, 4, 8, 1.5)),
       (ARRAY['free', 'free', 'free', 'plus', 'plus', 'team', 'enterprise'])[pg_temp.pick(n, 5, 7, 2.2)],
       pg_temp.u(n, 6) > 0.08, jsonb_build_object('theme', CASE WHEN n % 4 = 0 THEN 'dark' ELSE 'light' END, 'digest', n % 2 = 0),
       pg_temp.pick(n, 7, 900, 3), pg_temp.moment(users - pg_temp.pick(n, 8, users, 2.5) + 1, users), pg_temp.moment(n, users), pg_temp.pick(n, 9, 9, 2)
FROM size, generate_series(1, users) AS n,
     LATERAL (SELECT ('{Ana,Bruno,Clara,Daniel,Elena,Felix,Greta,Hugo,Ines,Jonas,Karin,Luis,Marta,Nils,Olga,Pedro,Rosa,Simon,Teresa,Viktor}'::text[])
                         [pg_temp.pick(n, 1, 20, 1.3)] AS first,
                     ('{Silva,Costa,Meyer,Novak,Dupont,Rossi,Garcia,Lund,Kovac,Byrne,Weber,Moreau,Santos,Bauer,Ricci,Vega,Holm,Duran,Peeters,Marek,
                       Olsen,Conti,Blanc,Faria,Horak,Jansen,Keller,Lopes,Mora,Nunes}'::text[])[pg_temp.pick(n, 2, 30, 1.2)] AS last) AS person;

INSERT INTO groups (id, owner_id, name, visibility, tags, member_ids, description, created_at)
SELECT n, pg_temp.person(n, 10, users), initcap(p.thing) || ' circle ' || n, (ARRAY['private', 'public', 'secret'])[pg_temp.pick(n, 11, 3, 2)],
       ARRAY[p.thing, pg_temp.city(pg_temp.pick(n, 12, 20, 2)), p.thing || ':' || lower(pg_temp.city(pg_temp.pick(n, 13, 20, 1)))],
       (SELECT array_agg(DISTINCT pg_temp.person(n * 100 + m, 14, users)) FROM generate_series(1, pg_temp.pick(n, 15, 24, 2)) AS m),
       p.text || ', ' || p.text, pg_temp.moment(n, groups)
FROM size, generate_series(1, groups) AS n JOIN phrase AS p ON p.id = pg_temp.pick(n, 16, 20000, 1.5)
ORDER BY n;

INSERT INTO group_members (group_id, user_id, role, muted, joined_at)
SELECT id, member, CASE WHEN member = owner_id THEN 'owner' WHEN pg_temp.u(id * 7 + member, 17) < 0.03 THEN 'moderator' ELSE 'member' END,
       pg_temp.u(id + member, 18) < 0.1, created_at + interval '1 hour' * (member % 700)
FROM groups, unnest(member_ids) AS member
ORDER BY id, member;

INSERT INTO projects (id, user_id, name, status, notes, due_on, created_at, updated_at, version)
SELECT n, pg_temp.person(n, 20, users), initcap(p.thing) || ' project ' || n, status, p.text,
       CASE WHEN status = 'overdue' THEN date '2025-06-30' - pg_temp.pick(n, 22, 60, 1) ELSE date '2025-06-30' + pg_temp.pick(n, 22, 200, 1) END,
       pg_temp.moment(n, projects), pg_temp.moment(n, projects) + interval '3 days', pg_temp.pick(n, 23, 6, 2)
FROM size, generate_series(1, projects) AS n JOIN phrase AS p ON p.id = pg_temp.pick(n, 24, 20000, 1.5),
     LATERAL (SELECT CASE WHEN s < 0.62 THEN 'done' WHEN s < 0.80 THEN 'active' WHEN s < 0.90 THEN 'planned' WHEN s < 0.99 THEN 'dropped' ELSE 'overdue' END
              FROM (SELECT pg_temp.u(n, 21) AS s) AS draw) AS state (status)
ORDER BY n;

-- only one user in three has projects that conversations belong to
CREATE TEMP TABLE project_of ON COMMIT DROP AS SELECT user_id, min(id) AS id FROM projects GROUP BY user_id;

INSERT INTO conversations (id, user_id, project_id, agent, title, messages, metadata, is_archived, last_message_at, created_at, version)
SELECT n, person, CASE WHEN n % 4 = 0 THEN o.id END, pg_temp.agent(person, n, 31), p.text,
       jsonb_build_array(jsonb_build_object('role', 'user', 'text', p.text || ' ' || q.text), jsonb_build_object('role', 'agent', 'text', q.text || '. ' || r.text),
                         jsonb_build_object('role', 'user', 'text', r.text || ' ' || p.text), jsonb_build_object('role', 'agent', 'text', p.text || '; ' || q.text)),
       jsonb_strip_nulls(jsonb_build_object('channel', (ARRAY['web', 'web', 'mobile', 'email', 'voice'])[pg_temp.pick(n, 32, 5, 1.6)], 'client', '4.' || n % 7,
                         'external_id', CASE WHEN n % 3 = 0 THEN 'T-' || lpad(n::text, 7, '0') END, 'escalated', CASE WHEN pg_temp.u(n, 33) < 0.004 THEN true END)),
       pg_temp.u(n, 34) < 0.35, began + interval '1 minute' * pg_temp.pick(n, 35, 4000, 4), began, pg_temp.pick(n, 36, 12, 2)
FROM size, generate_series(1, conversations) AS n
     JOIN phrase AS p ON p.id = pg_temp.pick(n, 37, 20000, 2) JOIN phrase AS q ON q.id = pg_temp.pick(n, 38, 20000, 2)
     JOIN phrase AS r ON r.id = pg_temp.pick(n, 39, 20000, 2),
     LATERAL (SELECT pg_temp.person(n, 30, users), pg_temp.moment(n, conversations)) AS drawn (person, began)
     LEFT JOIN project_of AS o ON o.user_id = person
ORDER BY n;

-- six messages in ten belong to a conversation, and then to its user and agent
INSERT INTO chat_messages (id, user_id, conversation_id, agent_type, role, content, is_read, created_at)
SELECT n, person, c.id, coalesce(c.agent, pg_temp.agent(person, n, 41)),
       CASE WHEN pg_temp.u(n, 42) < 0.002 THEN 'error' WHEN pg_temp.u(n, 42) < 0.01 THEN 'system' WHEN n % 2 = 0 THEN 'user' ELSE 'assistant' END,
       p.text || CASE WHEN n % 2 = 0 THEN '' ELSE '. I will ' || q.text || ', then ' || p.text END, pg_temp.u(n, 43) > 0.02, pg_temp.moment(n, chats)
FROM size, generate_series(1, chats) AS n
     JOIN phrase AS p ON p.id = pg_temp.pick(n, 44, 20000, 2) JOIN phrase AS q ON q.id = pg_temp.pick(n, 45, 20000, 2)
     LEFT JOIN conversations AS c ON c.id = CASE WHEN pg_temp.u(n, 46) < 0.6 THEN pg_temp.pick(n, 47, (SELECT conversations FROM size), 1.2) END,
     LATERAL (SELECT coalesce(c.user_id, pg_temp.person(n, 40, users))) AS drawn (person)
ORDER BY n;

INSERT INTO memories (id, user_id, kind, title, content, is_pinned, created_at, updated_at, deleted_at)
SELECT n, pg_temp.person(n, 50, users), (ARRAY['note', 'fact', 'goal', 'habit', 'journal'])[pg_temp.pick(n, 51, 5, 1.7)], p.thing || ' ' || n,
       p.text || '. ' || q.text || '. ' || q.thing || ', ' || p.text, pg_temp.u(n, 52) < 0.03, made, made + interval '1 hour' * pg_temp.pick(n, 53, 300, 4),
       CASE WHEN pg_temp.u(n, 54) < 0.3 THEN made + interval '1 day' * pg_temp.pick(n, 55, 40, 2) END
FROM size, generate_series(1, memories) AS n
     JOIN phrase AS p ON p.id = pg_temp.pick(n, 56, 20000, 2) JOIN phrase AS q ON q.id = pg_temp.pick(n, 57, 20000, 2),
     LATERAL (SELECT pg_temp.moment(n, memories)) AS drawn (made)
ORDER BY n;

INSERT INTO agent_memories (id, user_id, agent_type, importance, tags, content, expires_at, created_at)
SELECT n, person, pg_temp.agent(person, n, 61), 11 - pg_temp.pick(n, 62, 10, 0.6),
       ARRAY[p.thing, (ARRAY['chat', 'import', 'survey', 'reviewed'])[pg_temp.pick(n, 63, 4, 3)]]
           || CASE WHEN n % 3 = 0 THEN ARRAY[q.thing || ':' || lower(pg_temp.city(pg_temp.pick(n, 64, 20, 1)))] ELSE '{}' END,
       jsonb_build_object('topic', p.thing || '/' || lower(pg_temp.city(pg_temp.pick(n, 65, 20, 1))), 'text', p.text || ', ' || q.text,
                          'source', jsonb_build_object('kind', 'chat', 'turn', n % 40), 'confidence', round(pg_temp.u(n, 66)::numeric, 2)),
       CASE WHEN pg_temp.u(n, 67) < 0.15 THEN made + interval '1 day' * pg_temp.pick(n, 68, 90, 1) END, made
FROM size, generate_series(1, agent_memories) AS n
     JOIN phrase AS p ON p.id = pg_temp.pick(n, 69, 20000, 2) JOIN phrase AS q ON q.id = pg_temp.pick(n, 70, 20000, 2),
     LATERAL (SELECT pg_temp.person(n, 60, users), pg_temp.moment(n, agent_memories)) AS drawn (person, made)
ORDER BY n;

INSERT INTO agent_configurations (id, user_id, agent_type, is_enabled, settings, updated_at, version)
SELECT row_number() OVER (ORDER BY hashint8extended(u * 8 + a, 81)), u, ('{planner,coach,finance,health,travel,writer,tutor,scout}'::text[])[a],
       pg_temp.u(u * 8 + a, 82) < 0.7, jsonb_build_object('tone', (ARRAY['plain', 'warm', 'brief'])[1 + (u + a) % 3], 'limit', 100 * a), pg_temp.moment(u, users), 1
FROM size, generate_series(1, users) AS u, generate_series(1, 8) AS a
ORDER BY 1;

INSERT INTO events (id, group_id, creator_id, host_id, title, city, status, starts_at, ends_at)
SELECT n, CASE WHEN n % 5 > 0 THEN pg_temp.pick(n, 90, groups, 2.5) END, pg_temp.person(n, 91, users), CASE WHEN n % 3 = 0 THEN pg_temp.person(n, 92, users) END,
       p.text, pg_temp.city(pg_temp.pick(n, 93, 20, 2)),
       CASE WHEN pg_temp.u(n, 94) < 0.01 THEN 'cancelled' WHEN pg_temp.u(n, 94) < 0.1 THEN 'tentative' ELSE 'confirmed' END,
       at, at + interval '30 minutes' * pg_temp.pick(n, 95, 8, 2)
FROM size, generate_series(1, events) AS n JOIN phrase AS p ON p.id = pg_temp.pick(n, 96, 20000, 1.5),
     LATERAL (SELECT date_trunc('hour', pg_temp.moment(n, events) + interval '1 hour' * pg_temp.pick(n, 97, 1400, 2))) AS drawn (at)
ORDER BY n;

-- the price follows the city and the bedrooms, so the three columns are far from independent
INSERT INTO housing (id, owner_id, city, kind, bedrooms, price, is_available, available_from, description, created_at)
SELECT n, pg_temp.person(n, 100, users), pg_temp.city(k), (ARRAY['flat', 'room', 'house', 'studio'])[pg_temp.pick(n, 101, 4, 1.5)], beds,
       round((400 + 1200.0 / k + 260 * beds + 300 * pg_temp.u(n, 102))::numeric, 0), pg_temp.u(n, 103) < 0.25,
       date '2025-07-01' + pg_temp.pick(n, 104, 120, 2), p.text || '. ' || q.text || '. ' || p.thing || ', ' || q.thing, pg_temp.moment(n, housing)
FROM size, generate_series(1, housing) AS n
     JOIN phrase AS p ON p.id = pg_temp.pick(n, 105, 20000, 1.2) JOIN phrase AS q ON q.id = pg_temp.pick(n, 106, 20000, 1.2),
     LATERAL (SELECT pg_temp.pick(n, 107, 20, 2), pg_temp.pick(n, 108, 5, 1.7)) AS drawn (k, beds)
ORDER BY n;

-- identity columns continue after the rows above
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY '{users,groups,projects,conversations,chat_messages,memories,agent_memories,agent_configurations,events,housing}'::text[] LOOP
        EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), (SELECT max(id) FROM %I))', name, name);
    END LOOP;
END
$$;

DROP FUNCTION pg_temp.u(bigint, bigint), pg_temp.pick(bigint, bigint, bigint, double precision), pg_temp.person(bigint, bigint, bigint),
    pg_temp.agent(bigint, bigint, bigint), pg_temp.moment(bigint, bigint), pg_temp.city(integer);
