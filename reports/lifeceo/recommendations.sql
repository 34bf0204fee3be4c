-- Indexes recommended for database lifeceo by indexadvisor 0.1.0
-- Made at 2026-11-22T07:36:56.031990+00:00
-- Workload cost 3.08 M -> 206 k (93 % less), 42 indexes, 25.4 MB
-- All costs are the planner's estimates, in its own units; no captured statement was run
--
-- How to run:    psql -X -v ON_ERROR_STOP=1 -d DATABASE -f recommendations.sql
--                Not inside a transaction (no -1, no BEGIN): CREATE INDEX CONCURRENTLY refuses one.
--                CONCURRENTLY lets writes go on; it waits for older transactions and takes longer than a plain build.
--
-- Lock timeout:  leave lock_timeout at 0 for these statements, as set below. A build that is cancelled, by a lock
--                timeout or by hand, leaves an INVALID index behind: it is maintained by writes and used by no query,
--                and CREATE INDEX IF NOT EXISTS would then take it for the real one.
--
-- After a broken build find such an index, drop it, and run its statement again:
--                SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
--                DROP INDEX CONCURRENTLY the_name;
--
-- Order:         as listed; each step says what the whole workload costs once it exists.
-- Undo:          the DROP INDEX line below each index, without its two dashes.

SET lock_timeout = 0;
SET statement_timeout = 0;

----------------------------------------------------------------------------------------------------
-- 1. chat_messages btree (user_id, agent_type) WHERE NOT is_read
-- benefit 96.1 k (3.1 % of the workload's cost, 98 % of the queries it helps), size 48 kB, write tax 640
-- why: equality on user_id, then grouped by agent_type without a sort
-- why: holds only the rows that every call asks for (NOT is_read)
-- why: equality on user_id and agent_type
-- note: Captured UPDATEs set is_read: with this index they can no longer be HOT updates
-- note: the key columns were taken as independent of each other
-- query a57c8ad6: 85 calls, cost 921 -> 5.35: SELECT agent_type, count(*) FROM chat_messages WHERE user_id = $1 AND NOT is_read GROUP BY agent_type
-- query f746995b: 40 calls, cost 484 -> 26.8: UPDATE chat_messages SET is_read = $3 WHERE user_id = $1 AND agent_type = $2 AND NOT is_read
-- workload cost after this step: 2.81 M
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_where_not_is_read_idx ON public.chat_messages USING btree (user_id, agent_type) WHERE NOT is_read;
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_where_not_is_read_idx;

----------------------------------------------------------------------------------------------------
-- 2. chat_messages btree (created_at) WHERE role = 'error'
-- benefit 37.2 k (1.2 % of the workload's cost, 99.5 % of the queries it helps), size 16 kB, write tax 10.7
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (role = 'error')
-- query b4083d44: 30 calls, cost 1.25 k -> 6.54: SELECT id, user_id, agent_type, content, created_at FROM chat_messages WHERE role = $1 ORDER BY created_at DE…
-- workload cost after this step: 2.75 M
CREATE INDEX CONCURRENTLY chat_messages_created_at_where_role_error_idx ON public.chat_messages USING btree (created_at) WHERE role = 'error';
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_where_role_error_idx;

----------------------------------------------------------------------------------------------------
-- 3. memories btree (user_id) WHERE deleted_at IS NULL AND is_pinned
-- benefit 12.9 k (0.4 % of the workload's cost, 81 % of the queries it helps), size 16 kB, write tax 26
-- why: equality on user_id
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: holds only the rows that every call asks for (deleted_at IS NULL AND is_pinned)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query af1940a3: 55 calls, cost 287 -> 53.2: SELECT id, title, content FROM memories WHERE user_id = $1 AND is_pinned AND deleted_at IS NULL ORDER BY upda…
-- workload cost after this step: 2.7 M
CREATE INDEX CONCURRENTLY memories_user_id_where_deleted_at_is_null_and_is_pinned_idx ON public.memories USING btree (user_id) WHERE deleted_at IS NULL AND is_pinned;
-- DROP INDEX CONCURRENTLY public.memories_user_id_where_deleted_at_is_null_and_is_pinned_idx;

----------------------------------------------------------------------------------------------------
-- 4. conversations btree (user_id) WHERE NOT is_archived
-- benefit 9.98 k (0.3 % of the workload's cost, 14 % of the queries it helps), size 96 kB, write tax 168
-- why: equality on user_id
-- why: holds only the rows that every call asks for (NOT is_archived)
-- query 5a4c89f9: 110 calls, cost 630 -> 539: SELECT id, agent, title, last_message_at FROM conversations WHERE user_id = $1 AND NOT is_archived ORDER BY l…
-- workload cost after this step: 2.59 M
CREATE INDEX CONCURRENTLY conversations_user_id_where_not_is_archived_idx ON public.conversations USING btree (user_id) WHERE NOT is_archived;
-- DROP INDEX CONCURRENTLY public.conversations_user_id_where_not_is_archived_idx;

----------------------------------------------------------------------------------------------------
-- 5. agent_memories btree (user_id, importance)
-- benefit 80.2 k (2.6 % of the workload's cost, 95 % of the queries it helps), size 480 kB, write tax 584
-- why: equality on user_id, then sorted by importance DESC
-- note: rows that pass the filter on expires_at are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:agent_memories_user_id_fkey: costed with a generic plan
-- note: the key columns were taken as independent of each other
-- query 16916b2e: 50 calls, cost 1.59 k -> 79: SELECT id, agent_type, content FROM agent_memories WHERE user_id = $1 AND (expires_at IS NULL OR expires_at >…
-- query fk:agent_memories_user_id_fkey: 2 calls, cost 2.24 k -> 4.99: /* probe of foreign key agent_memories_user_id_fkey */ SELECT 1 FROM ONLY public.agent_memories x WHERE user_…
-- workload cost after this step: 2.2 M
CREATE INDEX CONCURRENTLY agent_memories_user_id_importance_idx ON public.agent_memories USING btree (user_id, importance);
-- DROP INDEX CONCURRENTLY public.agent_memories_user_id_importance_idx;

----------------------------------------------------------------------------------------------------
-- 6. conversations btree ((metadata ->> 'external_id'))
-- benefit 109 k (3.5 % of the workload's cost, 99.5 % of the queries it helps), size 200 kB, write tax 257
-- why: equality on metadata ->> 'external_id'
-- note: the statistics of (metadata ->> 'external_id') were derived from its column; the statistics of metadata ->> 'external_id' are derived from sampled values of its column
-- query d7cacb78: 70 calls, cost 1.56 k -> 8.3: SELECT id, user_id, title, metadata FROM conversations WHERE metadata ->> $2 = $1
-- workload cost after this step: 2.09 M
CREATE INDEX CONCURRENTLY conversations_metadata_external_id_idx ON public.conversations USING btree ((metadata ->> 'external_id'));
-- DROP INDEX CONCURRENTLY public.conversations_metadata_external_id_idx;

----------------------------------------------------------------------------------------------------
-- 7. memories btree (user_id, created_at, id) WHERE deleted_at IS NULL
-- benefit 9.47 k (0.3 % of the workload's cost, 48 % of the queries it helps), size 576 kB, write tax 478
-- why: equality on user_id, then newest first by created_at and id DESC
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- why: equality on user_id, then range on created_at and id
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 2fe45a07: 160 calls, cost 76.1 -> 35.9: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- query 37610c86: 70 calls, cost 50.2 -> 19.1: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND (crea…
-- query 6d75e494: 20 calls, cost 195 -> 152: SELECT id, title, content FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND content ILIKE $2 ORDER…
-- workload cost after this step: 1.83 M
CREATE INDEX CONCURRENTLY memories_user_id_created_at_id_where_deleted_at_is_null_idx ON public.memories USING btree (user_id, created_at, id) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_user_id_created_at_id_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 8. chat_messages btree (created_at)
-- benefit 49.8 k (1.6 % of the workload's cost, 65 % of the queries it helps), size 1.3 MB, write tax 5.16 k
-- why: newest first by created_at
-- why: sorted by created_at
-- why: minimum or maximum of created_at from the end of the index
-- why: range on created_at
-- note: rows that pass the filter on user_id, agent_type are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on role are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: The plan of 64557c34 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query 542cdedd: 15 calls, cost 2.2 k -> 8.98: SELECT agent_type, count(*), count(DISTINCT user_id) FROM chat_messages WHERE created_at >= $1 AND created_at…
-- query e543118d: 6 calls, cost 2.26 k -> 75.6: WITH recent AS ( SELECT user_id, count(*) AS messages FROM chat_messages WHERE created_at >= $1 AND created_a…
-- query adc15aaa: 45 calls, cost 73.3 -> 5.44: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- query 64557c34: 210 calls, cost 113 -> 109: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query ec3430bc: 40 calls, cost 80 -> 79: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 AND created_at…
-- workload cost after this step: 1.36 M
CREATE INDEX CONCURRENTLY chat_messages_created_at_idx ON public.chat_messages USING btree (created_at);
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 9. housing btree (city, price) INCLUDE (id, kind, bedrooms, available_from) WHERE is_available
-- benefit 21.4 k (0.7 % of the workload's cost, 97 % of the queries it helps), size 72 kB, write tax 16.7
-- why: equality on city, then sorted by price
-- why: covers id, kind, bedrooms, available_from: index-only scan
-- why: holds only the rows that every call asks for (is_available)
-- why: equality on city, then range on price
-- query 78250154: 110 calls, cost 171 -> 4.36: SELECT id, kind, bedrooms, price, available_from FROM housing WHERE city = $1 AND price BETWEEN $2 AND $3 AND…
-- query 8ad38df9: 20 calls, cost 164 -> 11.1: SELECT id, city, kind, price FROM housing WHERE city IN ($1, $2, $3) AND kind IN ($4) AND is_available ORDER…
-- workload cost after this step: 1.34 M
CREATE INDEX CONCURRENTLY housing_city_price_with_id_kind_bedrooms_available_c2110788_idx ON public.housing USING btree (city, price) INCLUDE (id, kind, bedrooms, available_from) WHERE is_available;
-- DROP INDEX CONCURRENTLY public.housing_city_price_with_id_kind_bedrooms_available_c2110788_idx;

----------------------------------------------------------------------------------------------------
-- 10. agent_configurations btree (user_id, agent_type)
-- benefit 52.9 k (1.7 % of the workload's cost, 96 % of the queries it helps), size 224 kB, write tax 129
-- why: equality on user_id and agent_type
-- note: Parameter values were not captured for fk:agent_configurations_user_id_fkey: costed with a generic plan
-- note: the key columns were taken as independent of each other
-- query 11b21422: 240 calls, cost 227 -> 8.3: SELECT id, is_enabled, settings, version FROM agent_configurations WHERE user_id = $1 AND agent_type = $2
-- query fk:agent_configurations_user_id_fkey: 2 calls, cost 207 -> 4.42: /* probe of foreign key agent_configurations_user_id_fkey */ SELECT 1 FROM ONLY public.agent_configurations x…
-- workload cost after this step: 1.28 M
CREATE INDEX CONCURRENTLY agent_configurations_user_id_agent_type_idx ON public.agent_configurations USING btree (user_id, agent_type);
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_agent_type_idx;

----------------------------------------------------------------------------------------------------
-- 11. conversations btree (user_id, agent, created_at)
-- benefit 84.6 k (2.7 % of the workload's cost, 98 % of the queries it helps), size 496 kB, write tax 257
-- why: equality on user_id and agent, then newest first by created_at
-- note: Parameter values were not captured for fk:conversations_user_id_fkey: costed with a generic plan
-- note: the key columns were taken as independent of each other
-- query 2a44e344: 80 calls, cost 1.04 k -> 24.1: SELECT id, title, created_at FROM conversations WHERE user_id = $1 AND agent = $2 ORDER BY created_at DESC LI…
-- query fk:conversations_user_id_fkey: 2 calls, cost 1.53 k -> 4.5: /* probe of foreign key conversations_user_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE user_id…
-- workload cost after this step: 1.14 M
CREATE INDEX CONCURRENTLY conversations_user_id_agent_created_at_idx ON public.conversations USING btree (user_id, agent, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_user_id_agent_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 12. conversations btree (project_id) INCLUDE (id, created_at)
-- benefit 124 k (4 % of the workload's cost, 91 % of the queries it helps), size 472 kB, write tax 257
-- why: join to projects on project_id
-- why: covers id, created_at: index-only scan
-- note: Parameter values were not captured for fk:conversations_project_id_fkey: costed with a generic plan
-- query deceb541: 60 calls, cost 1.54 k -> 193: SELECT id, title, agent, created_at FROM conversations WHERE project_id = $1 ORDER BY created_at DESC
-- query fa076eb9: 25 calls, cost 1.54 k -> 26: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query fk:conversations_project_id_fkey: 4 calls, cost 1.53 k -> 4.36: /* probe of foreign key conversations_project_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE proj…
-- workload cost after this step: 1.01 M
CREATE INDEX CONCURRENTLY conversations_project_id_with_id_created_at_idx ON public.conversations USING btree (project_id) INCLUDE (id, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_project_id_with_id_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 13. events btree (starts_at)
-- benefit 12.2 k (0.4 % of the workload's cost, 64 % of the queries it helps), size 136 kB, write tax 85.8
-- why: sorted by starts_at
-- why: range on starts_at
-- why: newest first by starts_at
-- note: rows that pass the filter on group_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on creator_id, host_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: The plan of 11004e15 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query d746cc63: 40 calls, cost 207 -> 12.4: SELECT id, title, city, starts_at FROM events WHERE starts_at >= $1 AND starts_at < $2 AND status <> $3 ORDER…
-- query ef728710: 35 calls, cost 101 -> 48.8: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- query 11004e15: 35 calls, cost 76 -> 37.8: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query d00a3f45: 110 calls, cost 41.2 -> 29.6: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- workload cost after this step: 982 k
CREATE INDEX CONCURRENTLY events_starts_at_idx ON public.events USING btree (starts_at);
-- DROP INDEX CONCURRENTLY public.events_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 14. chat_messages btree (conversation_id, created_at) WHERE conversation_id IS NOT NULL
-- benefit 217 k (7.1 % of the workload's cost, 99.3 % of the queries it helps), size 1.09 MB, write tax 3.09 k
-- why: equality on conversation_id, then sorted by created_at
-- why: leaves out the 40% of rows where conversation_id is NULL, which no such comparison finds
-- note: Parameter values were not captured for fk:chat_messages_conversation_id_fkey: costed with a generic plan
-- note: the key columns were taken as independent of each other
-- query da362087: 100 calls, cost 2.13 k -> 16: SELECT id, role, content FROM chat_messages WHERE conversation_id = $1 ORDER BY created_at
-- query fk:chat_messages_conversation_id_fkey: 3 calls, cost 2.13 k -> 4.34: /* probe of foreign key chat_messages_conversation_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE…
-- workload cost after this step: 765 k
CREATE INDEX CONCURRENTLY chat_messages_conversation_id_created_at_where_con_9bf4dfed_idx ON public.chat_messages USING btree (conversation_id, created_at) WHERE conversation_id IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.chat_messages_conversation_id_created_at_where_con_9bf4dfed_idx;

----------------------------------------------------------------------------------------------------
-- 15. agent_memories gin (tags)
-- benefit 53.2 k (1.7 % of the workload's cost, 95 % of the queries it helps), size 360 kB, write tax 576
-- why: array operator @> on tags
-- query 55100b46: 25 calls, cost 2.24 k -> 115: SELECT id, user_id, importance, content FROM agent_memories WHERE tags @> $1 ORDER BY created_at DESC LIMIT $2
-- workload cost after this step: 711 k
CREATE INDEX CONCURRENTLY agent_memories_tags_gin_idx ON public.agent_memories USING gin (tags);
-- DROP INDEX CONCURRENTLY public.agent_memories_tags_gin_idx;

----------------------------------------------------------------------------------------------------
-- 16. chat_messages btree (user_id, agent_type, created_at DESC) INCLUDE (role)
-- benefit 337 k (11 % of the workload's cost, 92 % of the queries it helps), size 3.12 MB, write tax 5.16 k
-- why: equality on user_id, then sorted by agent_type and created_at DESC
-- why: covers role: index-only scan
-- note: Parameter values were not captured for fk:chat_messages_user_id_fkey: costed with a generic plan
-- query 64557c34: 210 calls, cost 996 -> 109: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query f23045d0: 30 calls, cost 2.13 k -> 86.7: SELECT DISTINCT agent_type FROM chat_messages WHERE user_id = $1
-- query b2485f2f: 20 calls, cost 2.21 k -> 68.8: SELECT agent_type, role, created_at FROM (SELECT agent_type, role, created_at, row_number() OVER (PARTITION B…
-- query ec3430bc: 40 calls, cost 1.08 k -> 79: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 AND created_at…
-- query fk:chat_messages_user_id_fkey: 2 calls, cost 2.13 k -> 5.46: /* probe of foreign key chat_messages_user_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE user_id…
-- query adc15aaa: 45 calls, cost 53.2 -> 5.44: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- workload cost after this step: 374 k
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_created_at_desc_with_role_idx ON public.chat_messages USING btree (user_id, agent_type, created_at DESC) INCLUDE (role);
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_created_at_desc_with_role_idx;

----------------------------------------------------------------------------------------------------
-- 17. group_members btree (user_id) INCLUDE (group_id, role)
-- benefit 4.42 k (0.1 % of the workload's cost, 35 % of the queries it helps), size 224 kB, write tax 129
-- why: equality on user_id
-- why: covers group_id, role: index-only scan
-- query 969d738b: 160 calls, cost 79 -> 51.4: SELECT g.id, g.name, m.role FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE m.user_id = $…
-- workload cost after this step: 353 k
CREATE INDEX CONCURRENTLY group_members_user_id_with_group_id_role_idx ON public.group_members USING btree (user_id) INCLUDE (group_id, role);
-- DROP INDEX CONCURRENTLY public.group_members_user_id_with_group_id_role_idx;

----------------------------------------------------------------------------------------------------
-- 18. users btree ((lower(email)))
-- benefit 5.37 k (0.2 % of the workload's cost, 79 % of the queries it helps), size 72 kB, write tax 0
-- why: equality on lower(email)
-- note: the statistics of (lower(email)) were derived from its column; the statistics of lower(email) are derived from sampled values of its column
-- query 3724ea54: 175 calls, cost 39 -> 8.29: SELECT id, name, is_active FROM users WHERE lower(email) = lower($1)
-- workload cost after this step: 348 k
CREATE INDEX CONCURRENTLY users_lower_email_idx ON public.users USING btree ((lower(email)));
-- DROP INDEX CONCURRENTLY public.users_lower_email_idx;

----------------------------------------------------------------------------------------------------
-- 19. agent_memories btree (user_id, agent_type, importance, created_at) WHERE importance >= 6
-- benefit 32.1 k (1 % of the workload's cost, 90 % of the queries it helps), size 512 kB, write tax 584
-- why: equality on user_id and agent_type, then sorted by importance DESC and created_at DESC
-- why: holds only the rows that every call asks for (importance >= 6)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: the key columns were taken as independent of each other
-- query 22bf92e7: 125 calls, cost 284 -> 27.9: SELECT id, importance, content FROM agent_memories WHERE user_id = $1 AND agent_type = $2 AND importance >= $…
-- workload cost after this step: 315 k
CREATE INDEX CONCURRENTLY agent_memories_user_id_agent_type_importance_creat_303d40a7_idx ON public.agent_memories USING btree (user_id, agent_type, importance, created_at) WHERE importance >= 6;
-- DROP INDEX CONCURRENTLY public.agent_memories_user_id_agent_type_importance_creat_303d40a7_idx;

----------------------------------------------------------------------------------------------------
-- 20. agent_memories btree (expires_at) WHERE expires_at IS NOT NULL
-- benefit 9.33 k (0.3 % of the workload's cost, 99.6 % of the queries it helps), size 152 kB, write tax 85.3
-- why: range on expires_at
-- why: leaves out the 85% of rows where expires_at is NULL, which no such comparison finds
-- query 3833c122: 4 calls, cost 2.34 k -> 8.3: DELETE FROM agent_memories WHERE expires_at >= $1 AND expires_at < $2
-- workload cost after this step: 306 k
CREATE INDEX CONCURRENTLY agent_memories_expires_at_where_expires_at_is_not_null_idx ON public.agent_memories USING btree (expires_at) WHERE expires_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.agent_memories_expires_at_where_expires_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 21. projects btree (status, user_id) INCLUDE (id, name, due_on)
-- benefit 1.83 k (< 0.1 % of the workload's cost, 50 % of the queries it helps), size 168 kB, write tax 159
-- why: equality on status, then join to users on user_id
-- why: covers id, name, due_on: index-only scan
-- why: one index in place of 3 narrower ones: carries id, name, due_on for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- query 3b1abc28: 20 calls, cost 122 -> 51.7: SELECT p.id, p.name, p.due_on, u.email FROM projects AS p JOIN users AS u ON u.id = p.user_id WHERE p.status…
-- query 6365bc03: 5 calls, cost 112 -> 41.6: SELECT u.id, u.email FROM users AS u WHERE u.plan = $1 AND EXISTS (SELECT FROM projects AS p WHERE p.user_id…
-- query 4fabe9be: 90 calls, cost 7.04 -> 6.24: SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2, $3) ORDER BY due_on
-- workload cost after this step: 296 k
CREATE INDEX CONCURRENTLY projects_status_user_id_with_id_name_due_on_idx ON public.projects USING btree (status, user_id) INCLUDE (id, name, due_on);
-- DROP INDEX CONCURRENTLY public.projects_status_user_id_with_id_name_due_on_idx;

----------------------------------------------------------------------------------------------------
-- 22. conversations gin (metadata jsonb_path_ops)
-- benefit 17.7 k (0.6 % of the workload's cost, 96 % of the queries it helps), size 328 kB, write tax 257
-- why: jsonb containment @> on metadata
-- note: the keys of metadata were taken from 138 sampled values
-- query 0b4fb1f6: 12 calls, cost 1.53 k -> 57.5: SELECT id, user_id, title, created_at FROM conversations WHERE metadata @> $1::jsonb ORDER BY created_at DESC…
-- workload cost after this step: 279 k
CREATE INDEX CONCURRENTLY conversations_metadata_jsonb_path_gin_idx ON public.conversations USING gin (metadata jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.conversations_metadata_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 23. events btree (starts_at) WHERE status = 'cancelled'
-- benefit 780 (< 0.1 % of the workload's cost, 88 % of the queries it helps), size 16 kB, write tax 0.815
-- why: sorted by starts_at
-- why: holds only the rows that every call asks for (status = 'cancelled')
-- why: range on starts_at
-- query 12ea316a: 10 calls, cost 88.6 -> 10.6: SELECT id, title, starts_at FROM events WHERE status = $1 AND starts_at > $2 ORDER BY starts_at
-- workload cost after this step: 278 k
CREATE INDEX CONCURRENTLY events_starts_at_where_status_cancelled_idx ON public.events USING btree (starts_at) WHERE status = 'cancelled';
-- DROP INDEX CONCURRENTLY public.events_starts_at_where_status_cancelled_idx;

----------------------------------------------------------------------------------------------------
-- 24. events btree (group_id, starts_at)
-- benefit 3.41 k (0.1 % of the workload's cost, 41 % of the queries it helps), size 208 kB, write tax 85.8
-- why: equality on group_id, then sorted by starts_at
-- why: equality on group_id, then range on starts_at
-- why: join to groups on group_id, then sorted by starts_at
-- why: join to groups on group_id, then range on starts_at
-- note: the key columns were taken as independent of each other
-- query d00a3f45: 110 calls, cost 56.4 -> 29.6: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- query ef728710: 35 calls, cost 62 -> 48.8: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- workload cost after this step: 275 k
CREATE INDEX CONCURRENTLY events_group_id_starts_at_idx ON public.events USING btree (group_id, starts_at);
-- DROP INDEX CONCURRENTLY public.events_group_id_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 25. agent_memories btree (importance)
-- benefit 2.4 k (< 0.1 % of the workload's cost, 57 % of the queries it helps), size 288 kB, write tax 584
-- why: range on importance
-- why: sorted by importance DESC
-- note: rows that pass the filter on user_id, expires_at are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: The plan of d0b75496 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query d0b75496: 15 calls, cost 283 -> 123: SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT $2
-- workload cost after this step: 267 k
CREATE INDEX CONCURRENTLY agent_memories_importance_idx ON public.agent_memories USING btree (importance);
-- DROP INDEX CONCURRENTLY public.agent_memories_importance_idx;

----------------------------------------------------------------------------------------------------
-- 26. memories btree (deleted_at) WHERE deleted_at IS NOT NULL
-- benefit 3.33 k (0.1 % of the workload's cost, 86 % of the queries it helps), size 152 kB, write tax 211
-- why: sorted by deleted_at
-- why: leaves out the 70% of rows where deleted_at is NULL, which no such comparison finds
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 0d2ba6d1: 4 calls, cost 972 -> 139: DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2)
-- workload cost after this step: 264 k
CREATE INDEX CONCURRENTLY memories_deleted_at_where_deleted_at_is_not_null_idx ON public.memories USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.memories_deleted_at_where_deleted_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 27. users btree (name text_pattern_ops)
-- benefit 906 (< 0.1 % of the workload's cost, 62 % of the queries it helps), size 40 kB, write tax 0
-- why: prefix search on name
-- query 12c3ca45: 40 calls, cost 36.5 -> 13.9: SELECT id, name, plan FROM users WHERE name LIKE $1 ORDER BY name LIMIT $2
-- workload cost after this step: 263 k
CREATE INDEX CONCURRENTLY users_name_text_pattern_idx ON public.users USING btree (name text_pattern_ops);
-- DROP INDEX CONCURRENTLY public.users_name_text_pattern_idx;

----------------------------------------------------------------------------------------------------
-- 28. groups btree (owner_id) INCLUDE (id, name, visibility)
-- benefit 1.17 k (< 0.1 % of the workload's cost, 89 % of the queries it helps), size 64 kB, write tax 0
-- why: equality on owner_id
-- why: covers id, name, visibility: index-only scan
-- note: Parameter values were not captured for fk:groups_owner_id_fkey: costed with a generic plan
-- query b85b68d5: 30 calls, cost 41 -> 4.51: SELECT id, name, visibility FROM groups WHERE owner_id = $1
-- query fk:groups_owner_id_fkey: 2 calls, cost 41 -> 4.31: /* probe of foreign key groups_owner_id_fkey */ SELECT 1 FROM ONLY public.groups x WHERE owner_id = $1
-- workload cost after this step: 261 k
CREATE INDEX CONCURRENTLY groups_owner_id_with_id_name_visibility_idx ON public.groups USING btree (owner_id) INCLUDE (id, name, visibility);
-- DROP INDEX CONCURRENTLY public.groups_owner_id_with_id_name_visibility_idx;

----------------------------------------------------------------------------------------------------
-- 29. housing btree (owner_id, created_at) INCLUDE (id, city, price, is_available)
-- benefit 3.98 k (0.1 % of the workload's cost, 96 % of the queries it helps), size 232 kB, write tax 64.3
-- why: equality on owner_id, then newest first by created_at
-- why: covers id, city, price, is_available: index-only scan
-- note: Parameter values were not captured for fk:housing_owner_id_fkey: costed with a generic plan
-- query 72b2d589: 25 calls, cost 154 -> 6.83: SELECT id, city, price, is_available FROM housing WHERE owner_id = $1 ORDER BY created_at DESC
-- query fk:housing_owner_id_fkey: 2 calls, cost 151 -> 4.37: /* probe of foreign key housing_owner_id_fkey */ SELECT 1 FROM ONLY public.housing x WHERE owner_id = $1
-- workload cost after this step: 257 k
CREATE INDEX CONCURRENTLY housing_owner_id_created_at_with_id_city_price_is_available_idx ON public.housing USING btree (owner_id, created_at) INCLUDE (id, city, price, is_available);
-- DROP INDEX CONCURRENTLY public.housing_owner_id_created_at_with_id_city_price_is_available_idx;

----------------------------------------------------------------------------------------------------
-- 30. groups gin (tags) WHERE visibility <> 'secret'
-- benefit 869 (< 0.1 % of the workload's cost, 67 % of the queries it helps), size 64 kB, write tax 0
-- why: array operator @> on tags
-- why: holds only the rows that every call asks for (visibility <> 'secret')
-- query a49aa995: 30 calls, cost 43 -> 14.1: SELECT id, name, tags FROM groups WHERE tags @> $1 AND visibility <> $2 ORDER BY created_at DESC LIMIT $3
-- workload cost after this step: 257 k
CREATE INDEX CONCURRENTLY groups_tags_where_visibility_secret_gin_idx ON public.groups USING gin (tags) WHERE visibility <> 'secret';
-- DROP INDEX CONCURRENTLY public.groups_tags_where_visibility_secret_gin_idx;

----------------------------------------------------------------------------------------------------
-- 31. conversations btree (created_at) INCLUDE (agent)
-- benefit 3.65 k (0.1 % of the workload's cost, 98 % of the queries it helps), size 384 kB, write tax 257
-- why: range on created_at
-- why: covers agent: index-only scan
-- query 6a9aac9d: 10 calls, cost 371 -> 6.01: SELECT agent, count(*) FROM conversations WHERE created_at BETWEEN $1 AND $2 GROUP BY agent ORDER BY count(*)…
-- workload cost after this step: 253 k
CREATE INDEX CONCURRENTLY conversations_created_at_with_agent_idx ON public.conversations USING btree (created_at) INCLUDE (agent);
-- DROP INDEX CONCURRENTLY public.conversations_created_at_with_agent_idx;

----------------------------------------------------------------------------------------------------
-- 32. agent_memories gin (content jsonb_path_ops)
-- benefit 24.3 k (0.8 % of the workload's cost, 93 % of the queries it helps), size 2.66 MB, write tax 576
-- why: jsonb containment @> on content
-- note: the keys of content were taken from 101 sampled values
-- query d0b75496: 15 calls, cost 1.74 k -> 123: SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT $2
-- workload cost after this step: 229 k
CREATE INDEX CONCURRENTLY agent_memories_content_jsonb_path_gin_idx ON public.agent_memories USING gin (content jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.agent_memories_content_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 33. events btree (host_id) WHERE host_id IS NOT NULL
-- benefit 3.33 k (0.1 % of the workload's cost, 71 % of the queries it helps), size 48 kB, write tax 28.6
-- why: join to users on host_id
-- why: foreign key events_host_id_fkey: each delete or key update on users probes events.host_id
-- why: leaves out the 67% of rows where host_id is NULL, which no such comparison finds
-- note: Parameter values were not captured for fk:events_host_id_fkey: costed with a generic plan
-- query 11004e15: 35 calls, cost 123 -> 37.8: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_host_id_fkey: 2 calls, cost 176 -> 4.33: /* probe of foreign key events_host_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE host_id = $1
-- workload cost after this step: 228 k
CREATE INDEX CONCURRENTLY events_host_id_where_host_id_is_not_null_idx ON public.events USING btree (host_id) WHERE host_id IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.events_host_id_where_host_id_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 34. events btree (creator_id, starts_at)
-- benefit 3.32 k (0.1 % of the workload's cost, 71 % of the queries it helps), size 208 kB, write tax 85.8
-- why: join to users on creator_id, then sorted by starts_at
-- why: join to users on creator_id, then range on starts_at
-- note: Parameter values were not captured for fk:events_creator_id_fkey: costed with a generic plan
-- note: the key columns were taken as independent of each other
-- query 11004e15: 35 calls, cost 123 -> 37.8: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_creator_id_fkey: 2 calls, cost 176 -> 4.39: /* probe of foreign key events_creator_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE creator_id = $1
-- workload cost after this step: 225 k
CREATE INDEX CONCURRENTLY events_creator_id_starts_at_idx ON public.events USING btree (creator_id, starts_at);
-- DROP INDEX CONCURRENTLY public.events_creator_id_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 35. memories btree (created_at) WHERE deleted_at IS NULL
-- benefit 1.84 k (< 0.1 % of the workload's cost, 24 % of the queries it helps), size 328 kB, write tax 478
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on user_id, content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- note: The plan of 2fe45a07 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query 2fe45a07: 160 calls, cost 47.4 -> 35.9: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- workload cost after this step: 223 k
CREATE INDEX CONCURRENTLY memories_created_at_where_deleted_at_is_null_idx ON public.memories USING btree (created_at) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_created_at_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 36. group_members btree (group_id) INCLUDE (user_id, role, joined_at)
-- benefit 1.42 k (< 0.1 % of the workload's cost, 26 % of the queries it helps), size 280 kB, write tax 129
-- why: equality on group_id
-- why: covers user_id, role, joined_at: index-only scan
-- query 2dbd9034: 100 calls, cost 55.5 -> 41.3: SELECT u.id, u.name, m.role FROM group_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.group_id = $1…
-- workload cost after this step: 222 k
CREATE INDEX CONCURRENTLY group_members_group_id_with_user_id_role_joined_at_idx ON public.group_members USING btree (group_id) INCLUDE (user_id, role, joined_at);
-- DROP INDEX CONCURRENTLY public.group_members_group_id_with_user_id_role_joined_at_idx;

----------------------------------------------------------------------------------------------------
-- 37. projects btree (user_id, id, name) INCLUDE (status, due_on)
-- benefit 799 (< 0.1 % of the workload's cost, 40 % of the queries it helps), size 160 kB, write tax 159
-- why: one index in place of 4 narrower ones: carries status, due_on for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:projects_user_id_fkey: costed with a generic plan
-- query fa076eb9: 25 calls, cost 47.5 -> 26: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query 4fabe9be: 90 calls, cost 8.66 -> 6.24: SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2, $3) ORDER BY due_on
-- query fk:projects_user_id_fkey: 2 calls, cost 25.8 -> 4.33: /* probe of foreign key projects_user_id_fkey */ SELECT 1 FROM ONLY public.projects x WHERE user_id = $1
-- workload cost after this step: 221 k
CREATE INDEX CONCURRENTLY projects_user_id_id_name_with_status_due_on_idx ON public.projects USING btree (user_id, id, name) INCLUDE (status, due_on);
-- DROP INDEX CONCURRENTLY public.projects_user_id_id_name_with_status_due_on_idx;

----------------------------------------------------------------------------------------------------
-- 38. agent_configurations btree (user_id) WHERE is_enabled
-- benefit 344 (< 0.1 % of the workload's cost, 19 % of the queries it helps), size 80 kB, write tax 88.8
-- why: equality on user_id
-- why: holds only the rows that every call asks for (is_enabled)
-- query 73386abb: 60 calls, cost 29.9 -> 24.1: SELECT agent_type, settings FROM agent_configurations WHERE user_id = $1 AND is_enabled
-- workload cost after this step: 221 k
CREATE INDEX CONCURRENTLY agent_configurations_user_id_where_is_enabled_idx ON public.agent_configurations USING btree (user_id) WHERE is_enabled;
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_where_is_enabled_idx;

----------------------------------------------------------------------------------------------------
-- 39. groups gin (member_ids)
-- benefit 247 (< 0.1 % of the workload's cost, 30 % of the queries it helps), size 88 kB, write tax 0
-- why: array operator @> on member_ids
-- query a870c67a: 20 calls, cost 41 -> 28.7: SELECT id, name FROM groups WHERE member_ids @> $1::integer[]
-- workload cost after this step: 220 k
CREATE INDEX CONCURRENTLY groups_member_ids_gin_idx ON public.groups USING gin (member_ids);
-- DROP INDEX CONCURRENTLY public.groups_member_ids_gin_idx;

----------------------------------------------------------------------------------------------------
-- 40. group_members btree (user_id, muted, group_id)
-- benefit 618 (< 0.1 % of the workload's cost, 27 % of the queries it helps), size 224 kB, write tax 129
-- why: equality on user_id and muted, then join to groups on group_id
-- query ef728710: 35 calls, cost 66.5 -> 48.8: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- workload cost after this step: 220 k
CREATE INDEX CONCURRENTLY group_members_user_id_muted_group_id_idx ON public.group_members USING btree (user_id, muted, group_id);
-- DROP INDEX CONCURRENTLY public.group_members_user_id_muted_group_id_idx;

----------------------------------------------------------------------------------------------------
-- 41. memories btree (user_id, kind) INCLUDE (id, deleted_at)
-- benefit 1.94 k (< 0.1 % of the workload's cost, 93 % of the queries it helps), size 984 kB, write tax 677
-- why: one index in place of 3 narrower ones: carries id, deleted_at for all of them
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:memories_user_id_fkey: costed with a generic plan
-- query fk:memories_user_id_fkey: 2 calls, cost 912 -> 4.64: /* probe of foreign key memories_user_id_fkey */ SELECT 1 FROM ONLY public.memories x WHERE user_id = $1
-- query 280f15d6: 30 calls, cost 8.34 -> 4.33: SELECT kind, count(*) FROM memories WHERE deleted_at IS NULL GROUP BY kind
-- workload cost after this step: 218 k
CREATE INDEX CONCURRENTLY memories_user_id_kind_with_id_deleted_at_idx ON public.memories USING btree (user_id, kind) INCLUDE (id, deleted_at);
-- DROP INDEX CONCURRENTLY public.memories_user_id_kind_with_id_deleted_at_idx;

----------------------------------------------------------------------------------------------------
-- 42. chat_messages gin (content gin_trgm_ops)
-- benefit 11.5 k (0.4 % of the workload's cost, 74 % of the queries it helps), size 8.95 MB, write tax 5.16 k
-- why: infix LIKE on content
-- note: the keys of content were taken from 201 sampled values
-- query fc952a92: 8 calls, cost 1.95 k -> 509: SELECT id, user_id, content, created_at FROM chat_messages WHERE content ILIKE $1 ORDER BY created_at DESC LI…
-- workload cost after this step: 206 k
CREATE INDEX CONCURRENTLY chat_messages_content_gin_trgm_gin_idx ON public.chat_messages USING gin (content gin_trgm_ops);
-- DROP INDEX CONCURRENTLY public.chat_messages_content_gin_trgm_gin_idx;
