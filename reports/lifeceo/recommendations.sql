-- Indexes recommended for database lifeceo by indexadvisor 0.1.0
-- Made at 2026-11-22T06:37:28.505622+00:00
-- Workload cost 3.1 M -> 219 k (93 % less), 41 indexes, 24.4 MB
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
-- 1. chat_messages btree (created_at) WHERE role = 'error'
-- benefit 33.4 k (1.1 % of the workload's cost, 99.4 % of the queries it helps), size 16 kB, write tax 5.16 k
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (role = 'error')
-- query b4083d44: 30 calls, cost 1.12 k -> 6.27: SELECT id, user_id, agent_type, content, created_at FROM chat_messages WHERE role = $1 ORDER BY created_at DE…
-- workload cost after this step: 3.03 M
CREATE INDEX CONCURRENTLY chat_messages_created_at_where_role_error_idx ON public.chat_messages USING btree (created_at) WHERE role = 'error';
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_where_role_error_idx;

----------------------------------------------------------------------------------------------------
-- 2. chat_messages btree (user_id, is_read, agent_type)
-- benefit 94 k (3 % of the workload's cost, 88 % of the queries it helps), size 536 kB, write tax 6.22 k
-- why: equality on user_id and is_read, then grouped by agent_type without a sort
-- note: Captured UPDATEs set is_read: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:chat_messages_user_id_fkey: costed with a generic plan
-- query a57c8ad6: 85 calls, cost 945 -> 33.2: SELECT agent_type, count(*) FROM chat_messages WHERE user_id = $1 AND NOT is_read GROUP BY agent_type
-- query f746995b: 40 calls, cost 420 -> 30.9: UPDATE chat_messages SET is_read = $3 WHERE user_id = $1 AND agent_type = $2 AND NOT is_read
-- query f23045d0: 30 calls, cost 319 -> 286: SELECT DISTINCT agent_type FROM chat_messages WHERE user_id = $1
-- query fk:chat_messages_user_id_fkey: 2 calls, cost 41.5 -> 41.3: /* probe of foreign key chat_messages_user_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE user_id…
-- workload cost after this step: 2.18 M
CREATE INDEX CONCURRENTLY chat_messages_user_id_is_read_agent_type_idx ON public.chat_messages USING btree (user_id, is_read, agent_type);
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_is_read_agent_type_idx;

----------------------------------------------------------------------------------------------------
-- 3. memories btree (user_id, is_pinned)
-- benefit 9.36 k (0.3 % of the workload's cost, 61 % of the queries it helps), size 184 kB, write tax 652
-- why: equality on user_id and is_pinned
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- note: Parameter values were not captured for fk:memories_user_id_fkey: costed with a generic plan
-- query af1940a3: 55 calls, cost 179 -> 42: SELECT id, title, content FROM memories WHERE user_id = $1 AND is_pinned AND deleted_at IS NULL ORDER BY upda…
-- query fk:memories_user_id_fkey: 2 calls, cost 918 -> 16.6: /* probe of foreign key memories_user_id_fkey */ SELECT 1 FROM ONLY public.memories x WHERE user_id = $1
-- query 6d75e494: 20 calls, cost 184 -> 183: SELECT id, title, content FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND content ILIKE $2 ORDER…
-- workload cost after this step: 1.95 M
CREATE INDEX CONCURRENTLY memories_user_id_is_pinned_idx ON public.memories USING btree (user_id, is_pinned);
-- DROP INDEX CONCURRENTLY public.memories_user_id_is_pinned_idx;

----------------------------------------------------------------------------------------------------
-- 4. conversations btree (user_id) WHERE NOT is_archived
-- benefit 11.8 k (0.4 % of the workload's cost, 18 % of the queries it helps), size 96 kB, write tax 257
-- why: equality on user_id
-- why: holds only the rows that every call asks for (NOT is_archived)
-- query 5a4c89f9: 110 calls, cost 596 -> 489: SELECT id, agent, title, last_message_at FROM conversations WHERE user_id = $1 AND NOT is_archived ORDER BY l…
-- workload cost after this step: 1.84 M
CREATE INDEX CONCURRENTLY conversations_user_id_where_not_is_archived_idx ON public.conversations USING btree (user_id) WHERE NOT is_archived;
-- DROP INDEX CONCURRENTLY public.conversations_user_id_where_not_is_archived_idx;

----------------------------------------------------------------------------------------------------
-- 5. agent_memories btree (user_id, importance)
-- benefit 64.3 k (2.1 % of the workload's cost, 94 % of the queries it helps), size 472 kB, write tax 584
-- why: equality on user_id, then sorted by importance DESC
-- note: rows that pass the filter on expires_at are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:agent_memories_user_id_fkey: costed with a generic plan
-- query 16916b2e: 50 calls, cost 1.27 k -> 74.9: SELECT id, agent_type, content FROM agent_memories WHERE user_id = $1 AND (expires_at IS NULL OR expires_at >…
-- query fk:agent_memories_user_id_fkey: 2 calls, cost 2.25 k -> 13: /* probe of foreign key agent_memories_user_id_fkey */ SELECT 1 FROM ONLY public.agent_memories x WHERE user_…
-- workload cost after this step: 1.45 M
CREATE INDEX CONCURRENTLY agent_memories_user_id_importance_idx ON public.agent_memories USING btree (user_id, importance);
-- DROP INDEX CONCURRENTLY public.agent_memories_user_id_importance_idx;

----------------------------------------------------------------------------------------------------
-- 6. conversations btree ((metadata ->> 'external_id'))
-- benefit 109 k (3.5 % of the workload's cost, 99.5 % of the queries it helps), size 200 kB, write tax 257
-- why: equality on metadata ->> 'external_id'
-- query d7cacb78: 70 calls, cost 1.57 k -> 8.3: SELECT id, user_id, title, metadata FROM conversations WHERE metadata ->> $2 = $1
-- workload cost after this step: 1.34 M
CREATE INDEX CONCURRENTLY conversations_metadata_external_id_idx ON public.conversations USING btree ((metadata ->> 'external_id'));
-- DROP INDEX CONCURRENTLY public.conversations_metadata_external_id_idx;

----------------------------------------------------------------------------------------------------
-- 7. chat_messages btree (conversation_id)
-- benefit 219 k (7.1 % of the workload's cost, 99.3 % of the queries it helps), size 688 kB, write tax 5.16 k
-- why: equality on conversation_id
-- why: join to conversations on conversation_id
-- why: foreign key chat_messages_conversation_id_fkey: each delete or key update on conversations probes chat_messages.conversation_id
-- note: Parameter values were not captured for fk:chat_messages_conversation_id_fkey: costed with a generic plan
-- query da362087: 100 calls, cost 2.14 k -> 16: SELECT id, role, content FROM chat_messages WHERE conversation_id = $1 ORDER BY created_at
-- query fk:chat_messages_conversation_id_fkey: 3 calls, cost 2.14 k -> 8.34: /* probe of foreign key chat_messages_conversation_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE…
-- workload cost after this step: 1.12 M
CREATE INDEX CONCURRENTLY chat_messages_conversation_id_idx ON public.chat_messages USING btree (conversation_id);
-- DROP INDEX CONCURRENTLY public.chat_messages_conversation_id_idx;

----------------------------------------------------------------------------------------------------
-- 8. conversations btree (user_id, agent, created_at)
-- benefit 71.9 k (2.3 % of the workload's cost, 97 % of the queries it helps), size 496 kB, write tax 257
-- why: equality on user_id and agent, then newest first by created_at
-- note: Parameter values were not captured for fk:conversations_user_id_fkey: costed with a generic plan
-- query 2a44e344: 80 calls, cost 892 -> 30.6: SELECT id, title, created_at FROM conversations WHERE user_id = $1 AND agent = $2 ORDER BY created_at DESC LI…
-- query fk:conversations_user_id_fkey: 2 calls, cost 1.54 k -> 12.5: /* probe of foreign key conversations_user_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE user_id…
-- workload cost after this step: 986 k
CREATE INDEX CONCURRENTLY conversations_user_id_agent_created_at_idx ON public.conversations USING btree (user_id, agent, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_user_id_agent_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 9. conversations btree (project_id) INCLUDE (id, created_at)
-- benefit 124 k (4 % of the workload's cost, 90 % of the queries it helps), size 472 kB, write tax 257
-- why: join to projects on project_id
-- why: covers id, created_at: index-only scan
-- note: Parameter values were not captured for fk:conversations_project_id_fkey: costed with a generic plan
-- query deceb541: 60 calls, cost 1.54 k -> 209: SELECT id, title, agent, created_at FROM conversations WHERE project_id = $1 ORDER BY created_at DESC
-- query fa076eb9: 25 calls, cost 1.56 k -> 62.5: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query fk:conversations_project_id_fkey: 4 calls, cost 1.54 k -> 8.36: /* probe of foreign key conversations_project_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE proj…
-- workload cost after this step: 863 k
CREATE INDEX CONCURRENTLY conversations_project_id_with_id_created_at_idx ON public.conversations USING btree (project_id) INCLUDE (id, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_project_id_with_id_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 10. agent_configurations btree (user_id, agent_type)
-- benefit 53 k (1.7 % of the workload's cost, 96 % of the queries it helps), size 264 kB, write tax 129
-- why: equality on user_id and agent_type
-- note: Parameter values were not captured for fk:agent_configurations_user_id_fkey: costed with a generic plan
-- query 11b21422: 240 calls, cost 228 -> 8.3: SELECT id, is_enabled, settings, version FROM agent_configurations WHERE user_id = $1 AND agent_type = $2
-- query fk:agent_configurations_user_id_fkey: 2 calls, cost 208 -> 20.4: /* probe of foreign key agent_configurations_user_id_fkey */ SELECT 1 FROM ONLY public.agent_configurations x…
-- workload cost after this step: 799 k
CREATE INDEX CONCURRENTLY agent_configurations_user_id_agent_type_idx ON public.agent_configurations USING btree (user_id, agent_type);
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_agent_type_idx;

----------------------------------------------------------------------------------------------------
-- 11. memories btree (created_at) WHERE deleted_at IS NULL
-- benefit 2.46 k (< 0.1 % of the workload's cost, 35 % of the queries it helps), size 328 kB, write tax 677
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on user_id, content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- note: The plan of 2fe45a07 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query 2fe45a07: 160 calls, cost 44.1 -> 28.7: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- workload cost after this step: 723 k
CREATE INDEX CONCURRENTLY memories_created_at_where_deleted_at_is_null_idx ON public.memories USING btree (created_at) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_created_at_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 12. events btree (starts_at)
-- benefit 11.9 k (0.4 % of the workload's cost, 67 % of the queries it helps), size 136 kB, write tax 85.8
-- why: sorted by starts_at
-- why: range on starts_at
-- why: newest first by starts_at
-- note: rows that pass the filter on group_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on creator_id, host_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- query d746cc63: 40 calls, cost 208 -> 12.3: SELECT id, title, city, starts_at FROM events WHERE starts_at >= $1 AND starts_at < $2 AND status <> $3 ORDER…
-- query ef728710: 35 calls, cost 146 -> 85.3: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- query 11004e15: 35 calls, cost 50.1 -> 22: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query d00a3f45: 110 calls, cost 22.5 -> 13.8: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- workload cost after this step: 692 k
CREATE INDEX CONCURRENTLY events_starts_at_idx ON public.events USING btree (starts_at);
-- DROP INDEX CONCURRENTLY public.events_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 13. agent_memories gin (tags)
-- benefit 54.1 k (1.7 % of the workload's cost, 96 % of the queries it helps), size 328 kB, write tax 576
-- why: array operator @> on tags
-- query 55100b46: 25 calls, cost 2.25 k -> 82.4: SELECT id, user_id, importance, content FROM agent_memories WHERE tags @> $1 ORDER BY created_at DESC LIMIT $2
-- workload cost after this step: 638 k
CREATE INDEX CONCURRENTLY agent_memories_tags_gin_idx ON public.agent_memories USING gin (tags);
-- DROP INDEX CONCURRENTLY public.agent_memories_tags_gin_idx;

----------------------------------------------------------------------------------------------------
-- 14. chat_messages btree (created_at)
-- benefit 63.6 k (2.1 % of the workload's cost, 77 % of the queries it helps), size 1.3 MB, write tax 5.16 k
-- why: newest first by created_at
-- why: sorted by created_at
-- why: minimum or maximum of created_at from the end of the index
-- why: range on created_at
-- note: rows that pass the filter on user_id, agent_type are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on role are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: The plan of 64557c34 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query 542cdedd: 15 calls, cost 2.22 k -> 8.98: SELECT agent_type, count(*), count(DISTINCT user_id) FROM chat_messages WHERE created_at >= $1 AND created_at…
-- query adc15aaa: 45 calls, cost 368 -> 14.6: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- query e543118d: 6 calls, cost 2.36 k -> 75.9: WITH recent AS ( SELECT user_id, count(*) AS messages FROM chat_messages WHERE created_at >= $1 AND created_a…
-- query 64557c34: 210 calls, cost 88.5 -> 84.4: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- workload cost after this step: 426 k
CREATE INDEX CONCURRENTLY chat_messages_created_at_idx ON public.chat_messages USING btree (created_at);
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 15. housing btree (is_available, city, price) INCLUDE (id, kind, bedrooms, available_from)
-- benefit 9.34 k (0.3 % of the workload's cost, 89 % of the queries it helps), size 216 kB, write tax 64.3
-- why: equality on is_available and city, then sorted by price
-- why: covers id, kind, bedrooms, available_from: index-only scan
-- why: equality on is_available and city, then range on price
-- why: one index in place of 5 narrower ones: carries id, kind, bedrooms, available_from for all of them
-- note: Captured UPDATEs set price: with this index they can no longer be HOT updates
-- query 78250154: 110 calls, cost 95.5 -> 10.6: SELECT id, kind, bedrooms, price, available_from FROM housing WHERE city = $1 AND price BETWEEN $2 AND $3 AND…
-- workload cost after this step: 406 k
CREATE INDEX CONCURRENTLY housing_is_available_city_price_with_id_kind_bedro_dd5681d3_idx ON public.housing USING btree (is_available, city, price) INCLUDE (id, kind, bedrooms, available_from);
-- DROP INDEX CONCURRENTLY public.housing_is_available_city_price_with_id_kind_bedro_dd5681d3_idx;

----------------------------------------------------------------------------------------------------
-- 16. users btree ((lower(email)))
-- benefit 5.37 k (0.2 % of the workload's cost, 79 % of the queries it helps), size 72 kB, write tax 0
-- why: equality on lower(email)
-- query 3724ea54: 175 calls, cost 39 -> 8.29: SELECT id, name, is_active FROM users WHERE lower(email) = lower($1)
-- workload cost after this step: 401 k
CREATE INDEX CONCURRENTLY users_lower_email_idx ON public.users USING btree ((lower(email)));
-- DROP INDEX CONCURRENTLY public.users_lower_email_idx;

----------------------------------------------------------------------------------------------------
-- 17. agent_memories btree (user_id, agent_type, importance, created_at) WHERE importance >= 6
-- benefit 38.5 k (1.2 % of the workload's cost, 91 % of the queries it helps), size 520 kB, write tax 584
-- why: equality on user_id and agent_type, then sorted by importance DESC and created_at DESC
-- why: holds only the rows that every call asks for (importance >= 6)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- query 22bf92e7: 125 calls, cost 338 -> 29.3: SELECT id, importance, content FROM agent_memories WHERE user_id = $1 AND agent_type = $2 AND importance >= $…
-- workload cost after this step: 362 k
CREATE INDEX CONCURRENTLY agent_memories_user_id_agent_type_importance_creat_303d40a7_idx ON public.agent_memories USING btree (user_id, agent_type, importance, created_at) WHERE importance >= 6;
-- DROP INDEX CONCURRENTLY public.agent_memories_user_id_agent_type_importance_creat_303d40a7_idx;

----------------------------------------------------------------------------------------------------
-- 18. agent_memories btree (importance)
-- benefit 6.03 k (0.2 % of the workload's cost, 60 % of the queries it helps), size 296 kB, write tax 584
-- why: range on importance
-- why: sorted by importance DESC
-- note: rows that pass the filter on user_id, expires_at are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: The plan of d0b75496 reads this index in order and filters until LIMIT is reached: slower than estimated when matching rows are rare; measure it in staging
-- query d0b75496: 15 calls, cost 667 -> 265: SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT $2
-- workload cost after this step: 343 k
CREATE INDEX CONCURRENTLY agent_memories_importance_idx ON public.agent_memories USING btree (importance);
-- DROP INDEX CONCURRENTLY public.agent_memories_importance_idx;

----------------------------------------------------------------------------------------------------
-- 19. agent_memories btree (expires_at) WHERE expires_at IS NOT NULL
-- benefit 9.36 k (0.3 % of the workload's cost, 99.6 % of the queries it helps), size 152 kB, write tax 576
-- why: range on expires_at
-- why: leaves out the 85% of rows where expires_at is NULL, which no such comparison finds
-- query 3833c122: 4 calls, cost 2.35 k -> 8.3: DELETE FROM agent_memories WHERE expires_at >= $1 AND expires_at < $2
-- workload cost after this step: 334 k
CREATE INDEX CONCURRENTLY agent_memories_expires_at_where_expires_at_is_not_null_idx ON public.agent_memories USING btree (expires_at) WHERE expires_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.agent_memories_expires_at_where_expires_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 20. group_members btree (user_id, group_id) INCLUDE (role, muted, joined_at)
-- benefit 15.6 k (0.5 % of the workload's cost, 47 % of the queries it helps), size 280 kB, write tax 129
-- why: one index in place of 5 narrower ones: carries role, muted, joined_at for all of them
-- note: Parameter values were not captured for fk:group_members_user_id_fkey: costed with a generic plan
-- query 969d738b: 160 calls, cost 172 -> 90.1: SELECT g.id, g.name, m.role FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE m.user_id = $…
-- query ef728710: 35 calls, cost 150 -> 85.3: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- query fk:group_members_user_id_fkey: 2 calls, cost 125 -> 20.4: /* probe of foreign key group_members_user_id_fkey */ SELECT 1 FROM ONLY public.group_members x WHERE user_id…
-- workload cost after this step: 318 k
CREATE INDEX CONCURRENTLY group_members_user_id_group_id_with_role_muted_joined_at_idx ON public.group_members USING btree (user_id, group_id) INCLUDE (role, muted, joined_at);
-- DROP INDEX CONCURRENTLY public.group_members_user_id_group_id_with_role_muted_joined_at_idx;

----------------------------------------------------------------------------------------------------
-- 21. conversations gin (metadata jsonb_path_ops)
-- benefit 17.8 k (0.6 % of the workload's cost, 96 % of the queries it helps), size 328 kB, write tax 257
-- why: jsonb containment @> on metadata
-- query 0b4fb1f6: 12 calls, cost 1.54 k -> 57.5: SELECT id, user_id, title, created_at FROM conversations WHERE metadata @> $1::jsonb ORDER BY created_at DESC…
-- workload cost after this step: 301 k
CREATE INDEX CONCURRENTLY conversations_metadata_jsonb_path_gin_idx ON public.conversations USING gin (metadata jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.conversations_metadata_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 22. events btree (starts_at) WHERE status = 'cancelled'
-- benefit 782 (< 0.1 % of the workload's cost, 88 % of the queries it helps), size 16 kB, write tax 85.8
-- why: sorted by starts_at
-- why: holds only the rows that every call asks for (status = 'cancelled')
-- why: range on starts_at
-- query 12ea316a: 10 calls, cost 88.8 -> 10.6: SELECT id, title, starts_at FROM events WHERE status = $1 AND starts_at > $2 ORDER BY starts_at
-- workload cost after this step: 300 k
CREATE INDEX CONCURRENTLY events_starts_at_where_status_cancelled_idx ON public.events USING btree (starts_at) WHERE status = 'cancelled';
-- DROP INDEX CONCURRENTLY public.events_starts_at_where_status_cancelled_idx;

----------------------------------------------------------------------------------------------------
-- 23. projects btree (user_id, status, due_on) INCLUDE (id, name)
-- benefit 6.15 k (0.2 % of the workload's cost, 61 % of the queries it helps), size 168 kB, write tax 159
-- why: join to users on user_id, then equality on status, then sorted by due_on
-- why: covers id, name: index-only scan
-- why: one index in place of 5 narrower ones: carries id, name for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:projects_user_id_fkey: costed with a generic plan
-- query 4fabe9be: 90 calls, cost 77.3 -> 25.7: SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2, $3) ORDER BY due_on
-- query fa076eb9: 25 calls, cost 118 -> 62.5: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query fk:projects_user_id_fkey: 2 calls, cost 74.9 -> 12.3: /* probe of foreign key projects_user_id_fkey */ SELECT 1 FROM ONLY public.projects x WHERE user_id = $1
-- workload cost after this step: 293 k
CREATE INDEX CONCURRENTLY projects_user_id_status_due_on_with_id_name_idx ON public.projects USING btree (user_id, status, due_on) INCLUDE (id, name);
-- DROP INDEX CONCURRENTLY public.projects_user_id_status_due_on_with_id_name_idx;

----------------------------------------------------------------------------------------------------
-- 24. memories btree (deleted_at) WHERE deleted_at IS NOT NULL
-- benefit 4.14 k (0.1 % of the workload's cost, 99 % of the queries it helps), size 152 kB, write tax 677
-- why: sorted by deleted_at
-- why: leaves out the 70% of rows where deleted_at is NULL, which no such comparison finds
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 0d2ba6d1: 4 calls, cost 1.05 k -> 12.7: DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2)
-- workload cost after this step: 289 k
CREATE INDEX CONCURRENTLY memories_deleted_at_where_deleted_at_is_not_null_idx ON public.memories USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.memories_deleted_at_where_deleted_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 25. events btree (group_id, starts_at)
-- benefit 5.31 k (0.2 % of the workload's cost, 54 % of the queries it helps), size 200 kB, write tax 85.8
-- why: equality on group_id, then sorted by starts_at
-- why: equality on group_id, then range on starts_at
-- why: join to groups on group_id, then sorted by starts_at
-- why: join to groups on group_id, then range on starts_at
-- query d00a3f45: 110 calls, cost 59.5 -> 13.8: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- query ef728710: 35 calls, cost 93.3 -> 85.3: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- workload cost after this step: 284 k
CREATE INDEX CONCURRENTLY events_group_id_starts_at_idx ON public.events USING btree (group_id, starts_at);
-- DROP INDEX CONCURRENTLY public.events_group_id_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 26. users btree (name text_pattern_ops)
-- benefit 867 (< 0.1 % of the workload's cost, 59 % of the queries it helps), size 40 kB, write tax 0
-- why: prefix search on name
-- query 12c3ca45: 40 calls, cost 36.5 -> 14.9: SELECT id, name, plan FROM users WHERE name LIKE $1 ORDER BY name LIMIT $2
-- workload cost after this step: 283 k
CREATE INDEX CONCURRENTLY users_name_text_pattern_idx ON public.users USING btree (name text_pattern_ops);
-- DROP INDEX CONCURRENTLY public.users_name_text_pattern_idx;

----------------------------------------------------------------------------------------------------
-- 27. groups btree (owner_id) INCLUDE (id, name, visibility)
-- benefit 1.17 k (< 0.1 % of the workload's cost, 89 % of the queries it helps), size 64 kB, write tax 0
-- why: equality on owner_id
-- why: covers id, name, visibility: index-only scan
-- note: Parameter values were not captured for fk:groups_owner_id_fkey: costed with a generic plan
-- query b85b68d5: 30 calls, cost 41 -> 4.6: SELECT id, name, visibility FROM groups WHERE owner_id = $1
-- query fk:groups_owner_id_fkey: 2 calls, cost 41 -> 4.31: /* probe of foreign key groups_owner_id_fkey */ SELECT 1 FROM ONLY public.groups x WHERE owner_id = $1
-- workload cost after this step: 282 k
CREATE INDEX CONCURRENTLY groups_owner_id_with_id_name_visibility_idx ON public.groups USING btree (owner_id) INCLUDE (id, name, visibility);
-- DROP INDEX CONCURRENTLY public.groups_owner_id_with_id_name_visibility_idx;

----------------------------------------------------------------------------------------------------
-- 28. housing btree (owner_id, created_at) INCLUDE (id, city, price, is_available)
-- benefit 3.65 k (0.1 % of the workload's cost, 88 % of the queries it helps), size 232 kB, write tax 64.3
-- why: equality on owner_id, then newest first by created_at
-- why: covers id, city, price, is_available: index-only scan
-- note: Captured UPDATEs set price: with this index they can no longer be HOT updates
-- note: Parameter values were not captured for fk:housing_owner_id_fkey: costed with a generic plan
-- query 72b2d589: 25 calls, cost 153 -> 18.8: SELECT id, city, price, is_available FROM housing WHERE owner_id = $1 ORDER BY created_at DESC
-- query fk:housing_owner_id_fkey: 2 calls, cost 151 -> 8.37: /* probe of foreign key housing_owner_id_fkey */ SELECT 1 FROM ONLY public.housing x WHERE owner_id = $1
-- workload cost after this step: 278 k
CREATE INDEX CONCURRENTLY housing_owner_id_created_at_with_id_city_price_is_available_idx ON public.housing USING btree (owner_id, created_at) INCLUDE (id, city, price, is_available);
-- DROP INDEX CONCURRENTLY public.housing_owner_id_created_at_with_id_city_price_is_available_idx;

----------------------------------------------------------------------------------------------------
-- 29. groups gin (tags) WHERE visibility <> 'secret'
-- benefit 868 (< 0.1 % of the workload's cost, 67 % of the queries it helps), size 56 kB, write tax 0
-- why: array operator @> on tags
-- why: holds only the rows that every call asks for (visibility <> 'secret')
-- query a49aa995: 30 calls, cost 43 -> 14.1: SELECT id, name, tags FROM groups WHERE tags @> $1 AND visibility <> $2 ORDER BY created_at DESC LIMIT $3
-- workload cost after this step: 277 k
CREATE INDEX CONCURRENTLY groups_tags_where_visibility_secret_gin_idx ON public.groups USING gin (tags) WHERE visibility <> 'secret';
-- DROP INDEX CONCURRENTLY public.groups_tags_where_visibility_secret_gin_idx;

----------------------------------------------------------------------------------------------------
-- 30. conversations btree (created_at) INCLUDE (agent)
-- benefit 4.01 k (0.1 % of the workload's cost, 97 % of the queries it helps), size 392 kB, write tax 257
-- why: range on created_at
-- why: covers agent: index-only scan
-- query 6a9aac9d: 10 calls, cost 412 -> 11.1: SELECT agent, count(*) FROM conversations WHERE created_at BETWEEN $1 AND $2 GROUP BY agent ORDER BY count(*)…
-- workload cost after this step: 273 k
CREATE INDEX CONCURRENTLY conversations_created_at_with_agent_idx ON public.conversations USING btree (created_at) INCLUDE (agent);
-- DROP INDEX CONCURRENTLY public.conversations_created_at_with_agent_idx;

----------------------------------------------------------------------------------------------------
-- 31. memories btree (user_id, created_at, id) WHERE deleted_at IS NULL
-- benefit 5.25 k (0.2 % of the workload's cost, 31 % of the queries it helps), size 576 kB, write tax 677
-- why: equality on user_id, then newest first by created_at and id DESC
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- why: equality on user_id, then range on created_at and id
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 37610c86: 70 calls, cost 92.1 -> 49.4: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND (crea…
-- query 2fe45a07: 160 calls, cost 39.7 -> 28.7: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- query 6d75e494: 20 calls, cost 208 -> 183: SELECT id, title, content FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND content ILIKE $2 ORDER…
-- workload cost after this step: 268 k
CREATE INDEX CONCURRENTLY memories_user_id_created_at_id_where_deleted_at_is_null_idx ON public.memories USING btree (user_id, created_at, id) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_user_id_created_at_id_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 32. events btree (host_id) WHERE host_id IS NOT NULL
-- benefit 5.01 k (0.2 % of the workload's cost, 86 % of the queries it helps), size 48 kB, write tax 85.8
-- why: join to users on host_id
-- why: foreign key events_host_id_fkey: each delete or key update on users probes events.host_id
-- why: leaves out the 67% of rows where host_id is NULL, which no such comparison finds
-- note: Parameter values were not captured for fk:events_host_id_fkey: costed with a generic plan
-- query 11004e15: 35 calls, cost 155 -> 22: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_host_id_fkey: 2 calls, cost 177 -> 8.33: /* probe of foreign key events_host_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE host_id = $1
-- workload cost after this step: 268 k
CREATE INDEX CONCURRENTLY events_host_id_where_host_id_is_not_null_idx ON public.events USING btree (host_id) WHERE host_id IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.events_host_id_where_host_id_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 33. events btree (creator_id)
-- benefit 5.01 k (0.2 % of the workload's cost, 86 % of the queries it helps), size 80 kB, write tax 85.8
-- why: join to users on creator_id
-- why: equality on creator_id
-- why: foreign key events_creator_id_fkey: each delete or key update on users probes events.creator_id
-- note: Parameter values were not captured for fk:events_creator_id_fkey: costed with a generic plan
-- query 11004e15: 35 calls, cost 155 -> 22: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_creator_id_fkey: 2 calls, cost 177 -> 8.39: /* probe of foreign key events_creator_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE creator_id = $1
-- workload cost after this step: 263 k
CREATE INDEX CONCURRENTLY events_creator_id_idx ON public.events USING btree (creator_id);
-- DROP INDEX CONCURRENTLY public.events_creator_id_idx;

----------------------------------------------------------------------------------------------------
-- 34. group_members btree (group_id) INCLUDE (user_id, role)
-- benefit 1.27 k (< 0.1 % of the workload's cost, 22 % of the queries it helps), size 224 kB, write tax 129
-- why: join to groups on group_id
-- why: covers user_id, role: index-only scan
-- query 2dbd9034: 100 calls, cost 58 -> 45.3: SELECT u.id, u.name, m.role FROM group_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.group_id = $1…
-- workload cost after this step: 262 k
CREATE INDEX CONCURRENTLY group_members_group_id_with_user_id_role_idx ON public.group_members USING btree (group_id) INCLUDE (user_id, role);
-- DROP INDEX CONCURRENTLY public.group_members_group_id_with_user_id_role_idx;

----------------------------------------------------------------------------------------------------
-- 35. projects btree (status) INCLUDE (id, user_id, name, due_on)
-- benefit 853 (< 0.1 % of the workload's cost, 28 % of the queries it helps), size 168 kB, write tax 159
-- why: IN list on status
-- why: covers id, user_id, name, due_on: index-only scan
-- why: equality on status
-- why: one index in place of 2 narrower ones: carries id, user_id, name, due_on for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- query 3b1abc28: 20 calls, cost 122 -> 87.8: SELECT p.id, p.name, p.due_on, u.email FROM projects AS p JOIN users AS u ON u.id = p.user_id WHERE p.status…
-- query 6365bc03: 5 calls, cost 112 -> 78.1: SELECT u.id, u.email FROM users AS u WHERE u.plan = $1 AND EXISTS (SELECT FROM projects AS p WHERE p.user_id…
-- workload cost after this step: 261 k
CREATE INDEX CONCURRENTLY projects_status_with_id_user_id_name_due_on_idx ON public.projects USING btree (status) INCLUDE (id, user_id, name, due_on);
-- DROP INDEX CONCURRENTLY public.projects_status_with_id_user_id_name_due_on_idx;

----------------------------------------------------------------------------------------------------
-- 36. chat_messages btree (user_id, agent_type, created_at DESC) INCLUDE (role)
-- benefit 14.9 k (0.5 % of the workload's cost, 38 % of the queries it helps), size 3.13 MB, write tax 5.16 k
-- why: equality on user_id, then sorted by agent_type and created_at DESC
-- why: covers role: index-only scan
-- query b2485f2f: 20 calls, cost 590 -> 186: SELECT agent_type, role, created_at FROM (SELECT agent_type, role, created_at, row_number() OVER (PARTITION B…
-- query 64557c34: 210 calls, cost 97.7 -> 84.4: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query ec3430bc: 40 calls, cost 131 -> 67.8: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 AND created_at…
-- query adc15aaa: 45 calls, cost 49 -> 14.6: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- workload cost after this step: 246 k
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_created_at_desc_with_role_idx ON public.chat_messages USING btree (user_id, agent_type, created_at DESC) INCLUDE (role);
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_created_at_desc_with_role_idx;

----------------------------------------------------------------------------------------------------
-- 37. agent_configurations btree (user_id) WHERE is_enabled
-- benefit 345 (< 0.1 % of the workload's cost, 19 % of the queries it helps), size 80 kB, write tax 129
-- why: equality on user_id
-- why: holds only the rows that every call asks for (is_enabled)
-- query 73386abb: 60 calls, cost 29.9 -> 24.2: SELECT agent_type, settings FROM agent_configurations WHERE user_id = $1 AND is_enabled
-- workload cost after this step: 245 k
CREATE INDEX CONCURRENTLY agent_configurations_user_id_where_is_enabled_idx ON public.agent_configurations USING btree (user_id) WHERE is_enabled;
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_where_is_enabled_idx;

----------------------------------------------------------------------------------------------------
-- 38. agent_memories gin (content jsonb_path_ops)
-- benefit 11.1 k (0.4 % of the workload's cost, 74 % of the queries it helps), size 2.72 MB, write tax 576
-- why: jsonb containment @> on content
-- query d0b75496: 15 calls, cost 1 k -> 265: SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT $2
-- workload cost after this step: 234 k
CREATE INDEX CONCURRENTLY agent_memories_content_jsonb_path_gin_idx ON public.agent_memories USING gin (content jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.agent_memories_content_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 39. groups gin (member_ids)
-- benefit 288 (< 0.1 % of the workload's cost, 35 % of the queries it helps), size 88 kB, write tax 0
-- why: array operator @> on member_ids
-- query a870c67a: 20 calls, cost 41 -> 26.6: SELECT id, name FROM groups WHERE member_ids @> $1::integer[]
-- workload cost after this step: 234 k
CREATE INDEX CONCURRENTLY groups_member_ids_gin_idx ON public.groups USING gin (member_ids);
-- DROP INDEX CONCURRENTLY public.groups_member_ids_gin_idx;

----------------------------------------------------------------------------------------------------
-- 40. chat_messages gin (content gin_trgm_ops)
-- benefit 14.3 k (0.5 % of the workload's cost, 83 % of the queries it helps), size 8.58 MB, write tax 5.16 k
-- why: infix LIKE on content
-- query fc952a92: 8 calls, cost 2.14 k -> 355: SELECT id, user_id, content, created_at FROM chat_messages WHERE content ILIKE $1 ORDER BY created_at DESC LI…
-- workload cost after this step: 220 k
CREATE INDEX CONCURRENTLY chat_messages_content_gin_trgm_gin_idx ON public.chat_messages USING gin (content gin_trgm_ops);
-- DROP INDEX CONCURRENTLY public.chat_messages_content_gin_trgm_gin_idx;

----------------------------------------------------------------------------------------------------
-- 41. housing btree (is_available, city, kind) INCLUDE (id, price)
-- benefit 269 (< 0.1 % of the workload's cost, 34 % of the queries it helps), size 208 kB, write tax 64.3
-- why: equality on is_available, then IN list on city and kind
-- why: covers id, price: index-only scan
-- note: Captured UPDATEs set price: with this index they can no longer be HOT updates
-- query 8ad38df9: 20 calls, cost 40 -> 26.6: SELECT id, city, kind, price FROM housing WHERE city IN ($1, $2) AND kind IN ($3) AND is_available ORDER BY p…
-- workload cost after this step: 219 k
CREATE INDEX CONCURRENTLY housing_is_available_city_kind_with_id_price_idx ON public.housing USING btree (is_available, city, kind) INCLUDE (id, price);
-- DROP INDEX CONCURRENTLY public.housing_is_available_city_kind_with_id_price_idx;
