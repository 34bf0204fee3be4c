-- Indexes recommended for database lifeceo by indexadvisor 0.1.0
-- Made at 2026-11-22T16:12:00.284831+00:00
-- Workload cost 3.07 M -> 162 k (95 % less), 44 indexes, 24.3 MB; distance from the best: at most 0.9 % above the best possible over these candidates within the limits
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
-- benefit 623 (< 0.1 % of the workload's cost, 46 % of the queries it helps), size 56 kB, write tax 34.2
-- why: equality on user_id, then grouped by agent_type without a sort
-- why: holds only the rows that every call asks for (NOT is_read)
-- why: equality on user_id and agent_type
-- note: Captured UPDATEs set is_read: with this index they can no longer be HOT updates
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query a57c8ad6: 85 calls, cost 12 -> 4.65: SELECT agent_type, count(*) FROM chat_messages WHERE user_id = $1 AND NOT is_read GROUP BY agent_type
-- query f746995b: 40 calls, cost 8.31 -> 8.3: UPDATE chat_messages SET is_read = $3 WHERE user_id = $1 AND agent_type = $2 AND NOT is_read
-- workload cost after this step: 2.8 M
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_where_not_is_read_idx ON public.chat_messages USING btree (user_id, agent_type) WHERE NOT is_read;
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_where_not_is_read_idx;

----------------------------------------------------------------------------------------------------
-- 2. chat_messages btree (created_at) WHERE role = 'error'
-- benefit 35.5 k (1.2 % of the workload's cost, 99.5 % of the queries it helps), size 16 kB, write tax 0.259
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (role = 'error')
-- query b4083d44: 30 calls, cost 1.19 k -> 6.28: SELECT id, user_id, agent_type, content, created_at FROM chat_messages WHERE role = $1 ORDER BY created_at DE…
-- workload cost after this step: 2.74 M
CREATE INDEX CONCURRENTLY chat_messages_created_at_where_role_error_idx ON public.chat_messages USING btree (created_at) WHERE role = 'error';
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_where_role_error_idx;

----------------------------------------------------------------------------------------------------
-- 3. memories btree (user_id) WHERE deleted_at IS NULL AND is_pinned
-- benefit 7.74 k (0.3 % of the workload's cost, 85 % of the queries it helps), size 16 kB, write tax 12.9
-- why: equality on user_id
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: holds only the rows that every call asks for (deleted_at IS NULL AND is_pinned)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query af1940a3: 55 calls, cost 165 -> 24: SELECT id, title, content FROM memories WHERE user_id = $1 AND is_pinned AND deleted_at IS NULL ORDER BY upda…
-- workload cost after this step: 2.69 M
CREATE INDEX CONCURRENTLY memories_user_id_where_deleted_at_is_null_and_is_pinned_idx ON public.memories USING btree (user_id) WHERE deleted_at IS NULL AND is_pinned;
-- DROP INDEX CONCURRENTLY public.memories_user_id_where_deleted_at_is_null_and_is_pinned_idx;

----------------------------------------------------------------------------------------------------
-- 4. conversations btree (user_id) WHERE NOT is_archived
-- benefit 5.25 k (0.2 % of the workload's cost, 23 % of the queries it helps), size 96 kB, write tax 83.7
-- why: equality on user_id
-- why: holds only the rows that every call asks for (NOT is_archived)
-- query 5a4c89f9: 110 calls, cost 211 -> 163: SELECT id, agent, title, last_message_at FROM conversations WHERE user_id = $1 AND NOT is_archived ORDER BY l…
-- workload cost after this step: 2.54 M
CREATE INDEX CONCURRENTLY conversations_user_id_where_not_is_archived_idx ON public.conversations USING btree (user_id) WHERE NOT is_archived;
-- DROP INDEX CONCURRENTLY public.conversations_user_id_where_not_is_archived_idx;

----------------------------------------------------------------------------------------------------
-- 5. memories btree (user_id)
-- benefit 1.81 k (< 0.1 % of the workload's cost, 99.5 % of the queries it helps), size 176 kB, write tax 184
-- why: equality on user_id
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: join to users on user_id
-- why: foreign key memories_user_id_fkey: each delete or key update on users probes memories.user_id
-- query fk:memories_user_id_fkey: 2 calls, cost 912 -> 4.64: /* probe of foreign key memories_user_id_fkey */ SELECT 1 FROM ONLY public.memories x WHERE user_id = $1
-- workload cost after this step: 2.31 M
CREATE INDEX CONCURRENTLY memories_user_id_idx ON public.memories USING btree (user_id);
-- DROP INDEX CONCURRENTLY public.memories_user_id_idx;

----------------------------------------------------------------------------------------------------
-- 6. chat_messages btree (user_id, agent_type, is_read)
-- benefit 1.19 k (< 0.1 % of the workload's cost, 3.6 % of the queries it helps), size 696 kB, write tax 666
-- why: equality on user_id, agent_type and is_read
-- note: Captured UPDATEs set is_read: with this index they can no longer be HOT updates
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query f23045d0: 30 calls, cost 92.2 -> 52.9: SELECT DISTINCT agent_type FROM chat_messages WHERE user_id = $1
-- query 64557c34: 210 calls, cost 143 -> 143: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query fk:chat_messages_user_id_fkey: 2 calls, cost 5.46 -> 5.34: /* probe of foreign key chat_messages_user_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE user_id…
-- workload cost after this step: 1.62 M
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_is_read_idx ON public.chat_messages USING btree (user_id, agent_type, is_read);
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_is_read_idx;

----------------------------------------------------------------------------------------------------
-- 7. agent_memories btree (user_id, importance)
-- benefit 118 k (3.9 % of the workload's cost, 97 % of the queries it helps), size 480 kB, write tax 409
-- why: equality on user_id, then sorted by importance DESC
-- note: rows that pass the filter on expires_at are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query 16916b2e: 50 calls, cost 2.36 k -> 82.1: SELECT id, agent_type, content FROM agent_memories WHERE user_id = $1 AND (expires_at IS NULL OR expires_at >…
-- query fk:agent_memories_user_id_fkey: 2 calls, cost 2.24 k -> 4.99: /* probe of foreign key agent_memories_user_id_fkey */ SELECT 1 FROM ONLY public.agent_memories x WHERE user_…
-- workload cost after this step: 1.22 M
CREATE INDEX CONCURRENTLY agent_memories_user_id_importance_idx ON public.agent_memories USING btree (user_id, importance);
-- DROP INDEX CONCURRENTLY public.agent_memories_user_id_importance_idx;

----------------------------------------------------------------------------------------------------
-- 8. conversations btree ((metadata ->> 'external_id'))
-- benefit 109 k (3.5 % of the workload's cost, 99.5 % of the queries it helps), size 200 kB, write tax 168
-- why: equality on metadata ->> 'external_id'
-- risk (d7cacb78): how many rows match metadata ->> 'external_id' is an assumption until the index exists and conversations has been analyzed
-- note: the statistics of metadata ->> 'external_id' are derived from sampled values of its column
-- query d7cacb78: 70 calls, cost 1.56 k -> 8.3: SELECT id, user_id, title, metadata FROM conversations WHERE metadata ->> $2 = $1
-- workload cost after this step: 1.11 M
CREATE INDEX CONCURRENTLY conversations_metadata_external_id_idx ON public.conversations USING btree ((metadata ->> 'external_id'));
-- DROP INDEX CONCURRENTLY public.conversations_metadata_external_id_idx;

----------------------------------------------------------------------------------------------------
-- 9. chat_messages btree (conversation_id) WHERE conversation_id IS NOT NULL
-- benefit 217 k (7.1 % of the workload's cost, 99.3 % of the queries it helps), size 504 kB, write tax 446
-- why: equality on conversation_id
-- why: leaves out the 40% of rows where conversation_id is NULL, which no such comparison finds
-- why: join to conversations on conversation_id
-- why: foreign key chat_messages_conversation_id_fkey: each delete or key update on conversations probes chat_messages.conversation_id
-- query da362087: 100 calls, cost 2.13 k -> 16: SELECT id, role, content FROM chat_messages WHERE conversation_id = $1 ORDER BY created_at
-- query fk:chat_messages_conversation_id_fkey: 3 calls, cost 2.13 k -> 4.34: /* probe of foreign key chat_messages_conversation_id_fkey */ SELECT 1 FROM ONLY public.chat_messages x WHERE…
-- workload cost after this step: 891 k
CREATE INDEX CONCURRENTLY chat_messages_conversation_id_where_conversation_i_ad2b7c19_idx ON public.chat_messages USING btree (conversation_id) WHERE conversation_id IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.chat_messages_conversation_id_where_conversation_i_ad2b7c19_idx;

----------------------------------------------------------------------------------------------------
-- 10. housing btree (kind) WHERE is_available
-- benefit 189 (< 0.1 % of the workload's cost, 16 % of the queries it helps), size 16 kB, write tax 12.8
-- why: IN list on kind
-- why: holds only the rows that every call asks for (is_available)
-- query 395f0ad3: 8 calls, cost 151 -> 127: SELECT id, city, price, description FROM housing WHERE description ILIKE $1 AND is_available LIMIT $2
-- workload cost after this step: 885 k
CREATE INDEX CONCURRENTLY housing_kind_where_is_available_idx ON public.housing USING btree (kind) WHERE is_available;
-- DROP INDEX CONCURRENTLY public.housing_kind_where_is_available_idx;

----------------------------------------------------------------------------------------------------
-- 11. agent_configurations btree (user_id, agent_type)
-- benefit 52.9 k (1.7 % of the workload's cost, 96 % of the queries it helps), size 224 kB, write tax 130
-- why: equality on user_id and agent_type
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query 11b21422: 240 calls, cost 227 -> 8.3: SELECT id, is_enabled, settings, version FROM agent_configurations WHERE user_id = $1 AND agent_type = $2
-- query fk:agent_configurations_user_id_fkey: 2 calls, cost 207 -> 4.42: /* probe of foreign key agent_configurations_user_id_fkey */ SELECT 1 FROM ONLY public.agent_configurations x…
-- workload cost after this step: 822 k
CREATE INDEX CONCURRENTLY agent_configurations_user_id_agent_type_idx ON public.agent_configurations USING btree (user_id, agent_type);
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_agent_type_idx;

----------------------------------------------------------------------------------------------------
-- 12. conversations btree (user_id, agent, created_at)
-- benefit 101 k (3.3 % of the workload's cost, 98 % of the queries it helps), size 496 kB, write tax 266
-- why: equality on user_id and agent, then newest first by created_at
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query 2a44e344: 80 calls, cost 1.25 k -> 29: SELECT id, title, created_at FROM conversations WHERE user_id = $1 AND agent = $2 ORDER BY created_at DESC LI…
-- query fk:conversations_user_id_fkey: 2 calls, cost 1.53 k -> 4.5: /* probe of foreign key conversations_user_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE user_id…
-- workload cost after this step: 684 k
CREATE INDEX CONCURRENTLY conversations_user_id_agent_created_at_idx ON public.conversations USING btree (user_id, agent, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_user_id_agent_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 13. conversations btree (project_id) INCLUDE (id, created_at)
-- benefit 129 k (4.2 % of the workload's cost, 94 % of the queries it helps), size 472 kB, write tax 258
-- why: join to projects on project_id
-- why: covers id, created_at: index-only scan
-- query deceb541: 60 calls, cost 1.53 k -> 96.2: SELECT id, title, agent, created_at FROM conversations WHERE project_id = $1 ORDER BY created_at DESC
-- query fa076eb9: 25 calls, cost 1.55 k -> 77: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query fk:conversations_project_id_fkey: 4 calls, cost 1.53 k -> 4.36: /* probe of foreign key conversations_project_id_fkey */ SELECT 1 FROM ONLY public.conversations x WHERE proj…
-- workload cost after this step: 555 k
CREATE INDEX CONCURRENTLY conversations_project_id_with_id_created_at_idx ON public.conversations USING btree (project_id) INCLUDE (id, created_at);
-- DROP INDEX CONCURRENTLY public.conversations_project_id_with_id_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 14. housing btree (city, price) INCLUDE (id, kind, bedrooms, available_from) WHERE is_available
-- benefit 16.2 k (0.5 % of the workload's cost, 96 % of the queries it helps), size 72 kB, write tax 21.1
-- why: equality on city, then sorted by price
-- why: covers id, kind, bedrooms, available_from: index-only scan
-- why: holds only the rows that every call asks for (is_available)
-- why: equality on city, then range on price
-- query 78250154: 110 calls, cost 133 -> 4.35: SELECT id, kind, bedrooms, price, available_from FROM housing WHERE city = $1 AND price BETWEEN $2 AND $3 AND…
-- query 8ad38df9: 20 calls, cost 115 -> 11.1: SELECT id, city, kind, price FROM housing WHERE city IN ($1, $2) AND kind IN ($3) AND is_available ORDER BY p…
-- workload cost after this step: 539 k
CREATE INDEX CONCURRENTLY housing_city_price_with_id_kind_bedrooms_available_c2110788_idx ON public.housing USING btree (city, price) INCLUDE (id, kind, bedrooms, available_from) WHERE is_available;
-- DROP INDEX CONCURRENTLY public.housing_city_price_with_id_kind_bedrooms_available_c2110788_idx;

----------------------------------------------------------------------------------------------------
-- 15. events btree (starts_at)
-- benefit 9.78 k (0.3 % of the workload's cost, 57 % of the queries it helps), size 136 kB, write tax 11.4
-- why: sorted by starts_at
-- why: range on starts_at
-- why: newest first by starts_at
-- risk (11004e15): reads this index in order and filters until the LIMIT is reached: slower than estimated when matching rows are rare or stand together at the far end
-- note: rows that pass the filter on group_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on creator_id, host_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- query d746cc63: 40 calls, cost 206 -> 12: SELECT id, title, city, starts_at FROM events WHERE starts_at >= $1 AND starts_at < $2 AND status <> $3 ORDER…
-- query 11004e15: 35 calls, cost 89 -> 59: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query ef728710: 35 calls, cost 70.3 -> 53.6: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- query d00a3f45: 110 calls, cost 29.2 -> 25.9: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- workload cost after this step: 509 k
CREATE INDEX CONCURRENTLY events_starts_at_idx ON public.events USING btree (starts_at);
-- DROP INDEX CONCURRENTLY public.events_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 16. agent_memories gin (tags)
-- benefit 54.3 k (1.8 % of the workload's cost, 97 % of the queries it helps), size 360 kB, write tax 306
-- why: array operator @> on tags
-- query 55100b46: 25 calls, cost 2.24 k -> 69.4: SELECT id, user_id, importance, content FROM agent_memories WHERE tags @> $1 ORDER BY created_at DESC LIMIT $2
-- workload cost after this step: 454 k
CREATE INDEX CONCURRENTLY agent_memories_tags_gin_idx ON public.agent_memories USING gin (tags);
-- DROP INDEX CONCURRENTLY public.agent_memories_tags_gin_idx;

----------------------------------------------------------------------------------------------------
-- 17. chat_messages btree (created_at)
-- benefit 50.4 k (1.6 % of the workload's cost, 58 % of the queries it helps), size 1.3 MB, write tax 112
-- why: newest first by created_at
-- why: sorted by created_at
-- why: minimum or maximum of created_at from the end of the index
-- why: range on created_at
-- risk (fc952a92): reads this index in order and filters until the LIMIT is reached: slower than estimated when matching rows are rare or stand together at the far end
-- note: rows that pass the filter on user_id, agent_type are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on role are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- query 542cdedd: 15 calls, cost 2.2 k -> 8.98: SELECT agent_type, count(*), count(DISTINCT user_id) FROM chat_messages WHERE created_at >= $1 AND created_at…
-- query e543118d: 6 calls, cost 2.25 k -> 74.7: WITH recent AS ( SELECT user_id, count(*) AS messages FROM chat_messages WHERE created_at >= $1 AND created_a…
-- query fc952a92: 8 calls, cost 763 -> 396: SELECT id, user_id, content, created_at FROM chat_messages WHERE content ILIKE $1 ORDER BY created_at DESC LI…
-- query adc15aaa: 45 calls, cost 34.9 -> 4.8: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- query 64557c34: 210 calls, cost 144 -> 143: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query ec3430bc: 40 calls, cost 49.1 -> 48.5: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 AND created_at…
-- workload cost after this step: 361 k
CREATE INDEX CONCURRENTLY chat_messages_created_at_idx ON public.chat_messages USING btree (created_at);
-- DROP INDEX CONCURRENTLY public.chat_messages_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 18. group_members btree (user_id) INCLUDE (group_id, role, muted, joined_at)
-- benefit 22.9 k (0.7 % of the workload's cost, 71 % of the queries it helps), size 280 kB, write tax 137
-- why: one index in place of 3 narrower ones: carries group_id, role, muted, joined_at for all of them
-- query 969d738b: 160 calls, cost 165 -> 47.9: SELECT g.id, g.name, m.role FROM group_members AS m JOIN groups AS g ON g.id = m.group_id WHERE m.user_id = $…
-- query ef728710: 35 calls, cost 166 -> 53.6: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- query fk:group_members_user_id_fkey: 2 calls, cost 124 -> 4.41: /* probe of foreign key group_members_user_id_fkey */ SELECT 1 FROM ONLY public.group_members x WHERE user_id…
-- workload cost after this step: 338 k
CREATE INDEX CONCURRENTLY group_members_user_id_with_group_id_role_muted_joined_at_idx ON public.group_members USING btree (user_id) INCLUDE (group_id, role, muted, joined_at);
-- DROP INDEX CONCURRENTLY public.group_members_user_id_with_group_id_role_muted_joined_at_idx;

----------------------------------------------------------------------------------------------------
-- 19. users btree ((lower(email)))
-- benefit 5.37 k (0.2 % of the workload's cost, 79 % of the queries it helps), size 72 kB, write tax 0.276
-- why: equality on lower(email)
-- risk (3724ea54): how many rows match lower(email) is an assumption until the index exists and users has been analyzed
-- note: the statistics of lower(email) are derived from sampled values of its column
-- query 3724ea54: 175 calls, cost 39 -> 8.29: SELECT id, name, is_active FROM users WHERE lower(email) = lower($1)
-- workload cost after this step: 333 k
CREATE INDEX CONCURRENTLY users_lower_email_idx ON public.users USING btree ((lower(email)));
-- DROP INDEX CONCURRENTLY public.users_lower_email_idx;

----------------------------------------------------------------------------------------------------
-- 20. memories btree (user_id, created_at) WHERE deleted_at IS NULL
-- benefit 11.4 k (0.4 % of the workload's cost, 44 % of the queries it helps), size 448 kB, write tax 379
-- why: equality on user_id, then newest first by created_at
-- why: row-security policy memories_of_the_user filters on user_id in every query
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- note: rows that pass the filter on content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query 2fe45a07: 160 calls, cost 83.4 -> 42.5: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- query 37610c86: 70 calls, cost 115 -> 56.4: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND (crea…
-- query 6d75e494: 20 calls, cost 239 -> 198: SELECT id, title, content FROM memories WHERE user_id = $1 AND deleted_at IS NULL AND content ILIKE $2 ORDER…
-- workload cost after this step: 306 k
CREATE INDEX CONCURRENTLY memories_user_id_created_at_where_deleted_at_is_null_idx ON public.memories USING btree (user_id, created_at) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_user_id_created_at_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 21. agent_memories btree (expires_at) WHERE expires_at IS NOT NULL
-- benefit 9.33 k (0.3 % of the workload's cost, 99.6 % of the queries it helps), size 152 kB, write tax 18.4
-- why: range on expires_at
-- why: leaves out the 85% of rows where expires_at is NULL, which no such comparison finds
-- query 3833c122: 4 calls, cost 2.34 k -> 8.3: DELETE FROM agent_memories WHERE expires_at >= $1 AND expires_at < $2
-- workload cost after this step: 297 k
CREATE INDEX CONCURRENTLY agent_memories_expires_at_where_expires_at_is_not_null_idx ON public.agent_memories USING btree (expires_at) WHERE expires_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.agent_memories_expires_at_where_expires_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 22. projects btree (status, user_id) INCLUDE (id, name, due_on)
-- benefit 1.78 k (< 0.1 % of the workload's cost, 54 % of the queries it helps), size 168 kB, write tax 111
-- why: equality on status, then join to users on user_id
-- why: covers id, name, due_on: index-only scan
-- why: one index in place of 3 narrower ones: carries id, name, due_on for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- query 3b1abc28: 20 calls, cost 122 -> 51.7: SELECT p.id, p.name, p.due_on, u.email FROM projects AS p JOIN users AS u ON u.id = p.user_id WHERE p.status…
-- query 6365bc03: 5 calls, cost 81.2 -> 10.2: SELECT u.id, u.email FROM users AS u WHERE u.plan = $1 AND EXISTS (SELECT FROM projects AS p WHERE p.user_id…
-- query 4fabe9be: 90 calls, cost 4.92 -> 4.76: SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2, $3) ORDER BY due_on
-- workload cost after this step: 287 k
CREATE INDEX CONCURRENTLY projects_status_user_id_with_id_name_due_on_idx ON public.projects USING btree (status, user_id) INCLUDE (id, name, due_on);
-- DROP INDEX CONCURRENTLY public.projects_status_user_id_with_id_name_due_on_idx;

----------------------------------------------------------------------------------------------------
-- 23. conversations gin (metadata jsonb_path_ops)
-- benefit 17.7 k (0.6 % of the workload's cost, 96 % of the queries it helps), size 328 kB, write tax 270
-- why: jsonb containment @> on metadata
-- note: the keys of metadata were taken from 138 sampled values
-- query 0b4fb1f6: 12 calls, cost 1.53 k -> 57.5: SELECT id, user_id, title, created_at FROM conversations WHERE metadata @> $1::jsonb ORDER BY created_at DESC…
-- workload cost after this step: 269 k
CREATE INDEX CONCURRENTLY conversations_metadata_jsonb_path_gin_idx ON public.conversations USING gin (metadata jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.conversations_metadata_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 24. events btree (starts_at) WHERE status = 'cancelled'
-- benefit 819 (< 0.1 % of the workload's cost, 88 % of the queries it helps), size 16 kB, write tax 0.126
-- why: sorted by starts_at
-- why: holds only the rows that every call asks for (status = 'cancelled')
-- why: range on starts_at
-- query 12ea316a: 10 calls, cost 92.6 -> 10.7: SELECT id, title, starts_at FROM events WHERE status = $1 AND starts_at > $2 ORDER BY starts_at
-- workload cost after this step: 268 k
CREATE INDEX CONCURRENTLY events_starts_at_where_status_cancelled_idx ON public.events USING btree (starts_at) WHERE status = 'cancelled';
-- DROP INDEX CONCURRENTLY public.events_starts_at_where_status_cancelled_idx;

----------------------------------------------------------------------------------------------------
-- 25. agent_memories btree (agent_type, user_id, importance, created_at) WHERE importance >= 6
-- benefit 17 k (0.6 % of the workload's cost, 89 % of the queries it helps), size 520 kB, write tax 450
-- why: agent_memories btree (user_id, agent_type, importance, created_at) WHERE importance >= 6 with its first keys the other way round
-- note: Captured UPDATEs set importance: with this index they can no longer be HOT updates
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query 22bf92e7: 125 calls, cost 152 -> 16.1: SELECT id, importance, content FROM agent_memories WHERE user_id = $1 AND agent_type = $2 AND importance >= $…
-- workload cost after this step: 251 k
CREATE INDEX CONCURRENTLY agent_memories_agent_type_user_id_importance_creat_84c3e8e2_idx ON public.agent_memories USING btree (agent_type, user_id, importance, created_at) WHERE importance >= 6;
-- DROP INDEX CONCURRENTLY public.agent_memories_agent_type_user_id_importance_creat_84c3e8e2_idx;

----------------------------------------------------------------------------------------------------
-- 26. users btree (name text_pattern_ops)
-- benefit 1.03 k (< 0.1 % of the workload's cost, 70 % of the queries it helps), size 40 kB, write tax 0.18
-- why: prefix search on name
-- query 12c3ca45: 40 calls, cost 36.5 -> 10.9: SELECT id, name, plan FROM users WHERE name LIKE $1 ORDER BY name LIMIT $2
-- workload cost after this step: 250 k
CREATE INDEX CONCURRENTLY users_name_text_pattern_idx ON public.users USING btree (name text_pattern_ops);
-- DROP INDEX CONCURRENTLY public.users_name_text_pattern_idx;

----------------------------------------------------------------------------------------------------
-- 27. memories btree (deleted_at) WHERE deleted_at IS NOT NULL
-- benefit 3.61 k (0.1 % of the workload's cost, 87 % of the queries it helps), size 152 kB, write tax 24.4
-- why: sorted by deleted_at
-- why: leaves out the 70% of rows where deleted_at is NULL, which no such comparison finds
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 0d2ba6d1: 4 calls, cost 1.04 k -> 139: DELETE FROM memories WHERE id IN (SELECT id FROM memories WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2)
-- workload cost after this step: 247 k
CREATE INDEX CONCURRENTLY memories_deleted_at_where_deleted_at_is_not_null_idx ON public.memories USING btree (deleted_at) WHERE deleted_at IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.memories_deleted_at_where_deleted_at_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 28. events btree (group_id, starts_at)
-- benefit 4.75 k (0.2 % of the workload's cost, 50 % of the queries it helps), size 208 kB, write tax 93.5
-- why: equality on group_id, then sorted by starts_at
-- why: equality on group_id, then range on starts_at
-- why: join to groups on group_id, then sorted by starts_at
-- why: join to groups on group_id, then range on starts_at
-- note: size: the key columns were taken as independent; where one follows from another, the index is smaller
-- query d00a3f45: 110 calls, cost 64.7 -> 25.9: SELECT id, title, starts_at, ends_at FROM events WHERE group_id = $1 AND starts_at >= $2 ORDER BY starts_at L…
-- query ef728710: 35 calls, cost 67.2 -> 53.6: SELECT e.id, e.title, e.starts_at, g.name AS group_name, u.name AS creator FROM group_members AS m JOIN group…
-- workload cost after this step: 242 k
CREATE INDEX CONCURRENTLY events_group_id_starts_at_idx ON public.events USING btree (group_id, starts_at);
-- DROP INDEX CONCURRENTLY public.events_group_id_starts_at_idx;

----------------------------------------------------------------------------------------------------
-- 29. groups btree (owner_id) INCLUDE (id, name, visibility)
-- benefit 1.17 k (< 0.1 % of the workload's cost, 89 % of the queries it helps), size 64 kB, write tax 0
-- why: equality on owner_id
-- why: covers id, name, visibility: index-only scan
-- query b85b68d5: 30 calls, cost 41 -> 4.45: SELECT id, name, visibility FROM groups WHERE owner_id = $1
-- query fk:groups_owner_id_fkey: 2 calls, cost 41 -> 4.31: /* probe of foreign key groups_owner_id_fkey */ SELECT 1 FROM ONLY public.groups x WHERE owner_id = $1
-- workload cost after this step: 241 k
CREATE INDEX CONCURRENTLY groups_owner_id_with_id_name_visibility_idx ON public.groups USING btree (owner_id) INCLUDE (id, name, visibility);
-- DROP INDEX CONCURRENTLY public.groups_owner_id_with_id_name_visibility_idx;

----------------------------------------------------------------------------------------------------
-- 30. housing btree (owner_id, created_at) INCLUDE (id, city, price, is_available)
-- benefit 3.97 k (0.1 % of the workload's cost, 96 % of the queries it helps), size 232 kB, write tax 78.9
-- why: equality on owner_id, then newest first by created_at
-- why: covers id, city, price, is_available: index-only scan
-- query 72b2d589: 25 calls, cost 154 -> 6.3: SELECT id, city, price, is_available FROM housing WHERE owner_id = $1 ORDER BY created_at DESC
-- query fk:housing_owner_id_fkey: 2 calls, cost 151 -> 4.37: /* probe of foreign key housing_owner_id_fkey */ SELECT 1 FROM ONLY public.housing x WHERE owner_id = $1
-- workload cost after this step: 237 k
CREATE INDEX CONCURRENTLY housing_owner_id_created_at_with_id_city_price_is_available_idx ON public.housing USING btree (owner_id, created_at) INCLUDE (id, city, price, is_available);
-- DROP INDEX CONCURRENTLY public.housing_owner_id_created_at_with_id_city_price_is_available_idx;

----------------------------------------------------------------------------------------------------
-- 31. groups gin (tags) WHERE visibility <> 'secret'
-- benefit 880 (< 0.1 % of the workload's cost, 68 % of the queries it helps), size 64 kB, write tax 0
-- why: array operator @> on tags
-- why: holds only the rows that every call asks for (visibility <> 'secret')
-- query a49aa995: 30 calls, cost 43 -> 13.7: SELECT id, name, tags FROM groups WHERE tags @> $1 AND visibility <> $2 ORDER BY created_at DESC LIMIT $3
-- workload cost after this step: 236 k
CREATE INDEX CONCURRENTLY groups_tags_where_visibility_secret_gin_idx ON public.groups USING gin (tags) WHERE visibility <> 'secret';
-- DROP INDEX CONCURRENTLY public.groups_tags_where_visibility_secret_gin_idx;

----------------------------------------------------------------------------------------------------
-- 32. agent_memories gin (content jsonb_path_ops)
-- benefit 33.2 k (1.1 % of the workload's cost, 99 % of the queries it helps), size 2.64 MB, write tax 2.16 k
-- why: jsonb containment @> on content
-- note: the keys of content were taken from 101 sampled values
-- query d0b75496: 15 calls, cost 2.24 k -> 28.4: SELECT id, user_id, content FROM agent_memories WHERE content @> $1::jsonb ORDER BY importance DESC LIMIT $2
-- workload cost after this step: 203 k
CREATE INDEX CONCURRENTLY agent_memories_content_jsonb_path_gin_idx ON public.agent_memories USING gin (content jsonb_path_ops);
-- DROP INDEX CONCURRENTLY public.agent_memories_content_jsonb_path_gin_idx;

----------------------------------------------------------------------------------------------------
-- 33. conversations btree (created_at) INCLUDE (agent)
-- benefit 3.65 k (0.1 % of the workload's cost, 98 % of the queries it helps), size 384 kB, write tax 18.7
-- why: range on created_at
-- why: covers agent: index-only scan
-- query 6a9aac9d: 10 calls, cost 371 -> 6: SELECT agent, count(*) FROM conversations WHERE created_at BETWEEN $1 AND $2 GROUP BY agent ORDER BY count(*)…
-- workload cost after this step: 199 k
CREATE INDEX CONCURRENTLY conversations_created_at_with_agent_idx ON public.conversations USING btree (created_at) INCLUDE (agent);
-- DROP INDEX CONCURRENTLY public.conversations_created_at_with_agent_idx;

----------------------------------------------------------------------------------------------------
-- 34. events btree (host_id) WHERE host_id IS NOT NULL
-- benefit 2.43 k (< 0.1 % of the workload's cost, 54 % of the queries it helps), size 48 kB, write tax 27.7
-- why: join to users on host_id
-- why: foreign key events_host_id_fkey: each delete or key update on users probes events.host_id
-- why: leaves out the 67% of rows where host_id is NULL, which no such comparison finds
-- query 11004e15: 35 calls, cost 119 -> 59: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_host_id_fkey: 2 calls, cost 176 -> 4.33: /* probe of foreign key events_host_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE host_id = $1
-- workload cost after this step: 199 k
CREATE INDEX CONCURRENTLY events_host_id_where_host_id_is_not_null_idx ON public.events USING btree (host_id) WHERE host_id IS NOT NULL;
-- DROP INDEX CONCURRENTLY public.events_host_id_where_host_id_is_not_null_idx;

----------------------------------------------------------------------------------------------------
-- 35. events btree (creator_id)
-- benefit 2.43 k (< 0.1 % of the workload's cost, 54 % of the queries it helps), size 80 kB, write tax 65.9
-- why: join to users on creator_id
-- why: equality on creator_id
-- why: foreign key events_creator_id_fkey: each delete or key update on users probes events.creator_id
-- query 11004e15: 35 calls, cost 119 -> 59: SELECT id, title, starts_at FROM events WHERE creator_id = $1 OR host_id = $1 ORDER BY starts_at DESC LIMIT $2
-- query fk:events_creator_id_fkey: 2 calls, cost 176 -> 4.39: /* probe of foreign key events_creator_id_fkey */ SELECT 1 FROM ONLY public.events x WHERE creator_id = $1
-- workload cost after this step: 196 k
CREATE INDEX CONCURRENTLY events_creator_id_idx ON public.events USING btree (creator_id);
-- DROP INDEX CONCURRENTLY public.events_creator_id_idx;

----------------------------------------------------------------------------------------------------
-- 36. chat_messages btree (user_id, agent_type, created_at DESC) INCLUDE (role, is_read)
-- benefit 20.8 k (0.7 % of the workload's cost, 38 % of the queries it helps), size 3.12 MB, write tax 1.71 k
-- why: one index in place of 5 narrower ones: carries role, is_read for all of them
-- note: Captured UPDATEs set is_read: with this index they can no longer be HOT updates
-- query b2485f2f: 20 calls, cost 733 -> 65.3: SELECT agent_type, role, created_at FROM (SELECT agent_type, role, created_at, row_number() OVER (PARTITION B…
-- query 64557c34: 210 calls, cost 157 -> 143: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY creat…
-- query adc15aaa: 45 calls, cost 62.4 -> 4.8: SELECT max(created_at) FROM chat_messages WHERE user_id = $1
-- query ec3430bc: 40 calls, cost 92.6 -> 48.5: SELECT id, role, content, created_at FROM chat_messages WHERE user_id = $1 AND agent_type = $2 AND created_at…
-- workload cost after this step: 176 k
CREATE INDEX CONCURRENTLY chat_messages_user_id_agent_type_created_at_desc_w_05c860ef_idx ON public.chat_messages USING btree (user_id, agent_type, created_at DESC) INCLUDE (role, is_read);
-- DROP INDEX CONCURRENTLY public.chat_messages_user_id_agent_type_created_at_desc_w_05c860ef_idx;

----------------------------------------------------------------------------------------------------
-- 37. projects btree (user_id, id) INCLUDE (name, status, due_on)
-- benefit 944 (< 0.1 % of the workload's cost, 29 % of the queries it helps), size 160 kB, write tax 121
-- why: one index in place of 4 narrower ones: carries name, status, due_on for all of them
-- note: Captured UPDATEs set status: with this index they can no longer be HOT updates
-- query fa076eb9: 25 calls, cost 99.1 -> 77: SELECT p.id, p.name, count(c.id) AS conversations, max(c.created_at) AS latest FROM projects AS p LEFT JOIN c…
-- query 4fabe9be: 90 calls, cost 8.64 -> 4.76: SELECT id, name, status, due_on FROM projects WHERE user_id = $1 AND status IN ($2, $3) ORDER BY due_on
-- query fk:projects_user_id_fkey: 2 calls, cost 25.8 -> 4.33: /* probe of foreign key projects_user_id_fkey */ SELECT 1 FROM ONLY public.projects x WHERE user_id = $1
-- workload cost after this step: 175 k
CREATE INDEX CONCURRENTLY projects_user_id_id_with_name_status_due_on_idx ON public.projects USING btree (user_id, id) INCLUDE (name, status, due_on);
-- DROP INDEX CONCURRENTLY public.projects_user_id_id_with_name_status_due_on_idx;

----------------------------------------------------------------------------------------------------
-- 38. users btree (created_at)
-- benefit 205 (< 0.1 % of the workload's cost, 84 % of the queries it helps), size 40 kB, write tax 0.18
-- why: range on created_at
-- query 5f27fa3e: 6 calls, cost 40.5 -> 6.36: SELECT date_trunc($3, created_at) AS day, count(*) FROM users WHERE created_at >= $1 AND created_at < $2 GROU…
-- workload cost after this step: 174 k
CREATE INDEX CONCURRENTLY users_created_at_idx ON public.users USING btree (created_at);
-- DROP INDEX CONCURRENTLY public.users_created_at_idx;

----------------------------------------------------------------------------------------------------
-- 39. agent_configurations btree (user_id) WHERE is_enabled
-- benefit 344 (< 0.1 % of the workload's cost, 19 % of the queries it helps), size 80 kB, write tax 67.5
-- why: equality on user_id
-- why: holds only the rows that every call asks for (is_enabled)
-- query 73386abb: 60 calls, cost 29.9 -> 24.1: SELECT agent_type, settings FROM agent_configurations WHERE user_id = $1 AND is_enabled
-- workload cost after this step: 174 k
CREATE INDEX CONCURRENTLY agent_configurations_user_id_where_is_enabled_idx ON public.agent_configurations USING btree (user_id) WHERE is_enabled;
-- DROP INDEX CONCURRENTLY public.agent_configurations_user_id_where_is_enabled_idx;

----------------------------------------------------------------------------------------------------
-- 40. group_members btree (group_id, joined_at) INCLUDE (user_id, role, muted)
-- benefit 1.27 k (< 0.1 % of the workload's cost, 24 % of the queries it helps), size 336 kB, write tax 12.1
-- why: one index in place of 4 narrower ones: carries user_id, role, muted for all of them
-- query 2dbd9034: 100 calls, cost 53.9 -> 41.2: SELECT u.id, u.name, m.role FROM group_members AS m JOIN users AS u ON u.id = m.user_id WHERE m.group_id = $1…
-- workload cost after this step: 173 k
CREATE INDEX CONCURRENTLY group_members_group_id_joined_at_with_user_id_role_muted_idx ON public.group_members USING btree (group_id, joined_at) INCLUDE (user_id, role, muted);
-- DROP INDEX CONCURRENTLY public.group_members_group_id_joined_at_with_user_id_role_muted_idx;

----------------------------------------------------------------------------------------------------
-- 41. users btree (plan, id) INCLUDE (email)
-- benefit 200 (< 0.1 % of the workload's cost, 40 % of the queries it helps), size 80 kB, write tax 0.3
-- why: equality on plan, then join to projects on id
-- why: covers email: index-only scan
-- query 6365bc03: 5 calls, cost 41.6 -> 10.2: SELECT u.id, u.email FROM users AS u WHERE u.plan = $1 AND EXISTS (SELECT FROM projects AS p WHERE p.user_id…
-- query bcb537a5: 8 calls, cost 36.9 -> 31.6: SELECT count(*), max(last_login_at) FROM users WHERE plan = $1 AND is_active
-- workload cost after this step: 173 k
CREATE INDEX CONCURRENTLY users_plan_id_with_email_idx ON public.users USING btree (plan, id) INCLUDE (email);
-- DROP INDEX CONCURRENTLY public.users_plan_id_with_email_idx;

----------------------------------------------------------------------------------------------------
-- 42. groups gin (member_ids)
-- benefit 208 (< 0.1 % of the workload's cost, 25 % of the queries it helps), size 88 kB, write tax 0
-- why: array operator @> on member_ids
-- query a870c67a: 20 calls, cost 41 -> 30.6: SELECT id, name FROM groups WHERE member_ids @> $1::integer[]
-- workload cost after this step: 172 k
CREATE INDEX CONCURRENTLY groups_member_ids_gin_idx ON public.groups USING gin (member_ids);
-- DROP INDEX CONCURRENTLY public.groups_member_ids_gin_idx;

----------------------------------------------------------------------------------------------------
-- 43. memories btree (created_at) WHERE deleted_at IS NULL
-- benefit 540 (< 0.1 % of the workload's cost, 7.4 % of the queries it helps), size 328 kB, write tax 41.1
-- why: newest first by created_at
-- why: holds only the rows that every call asks for (deleted_at IS NULL)
-- note: rows that pass the filter on user_id are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: rows that pass the filter on user_id, content are spread evenly along this order: else LIMIT is reached late (try it in staging)
-- note: Captured UPDATEs set deleted_at: with this index they can no longer be HOT updates
-- query 2fe45a07: 160 calls, cost 45.8 -> 42.5: SELECT id, kind, title, content, created_at FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY…
-- workload cost after this step: 172 k
CREATE INDEX CONCURRENTLY memories_created_at_where_deleted_at_is_null_idx ON public.memories USING btree (created_at) WHERE deleted_at IS NULL;
-- DROP INDEX CONCURRENTLY public.memories_created_at_where_deleted_at_is_null_idx;

----------------------------------------------------------------------------------------------------
-- 44. chat_messages gin (content gin_trgm_ops)
-- benefit 9.8 k (0.3 % of the workload's cost, 76 % of the queries it helps), size 9.04 MB, write tax 8.39 k
-- why: infix LIKE on content
-- note: the keys of content were taken from 201 sampled values
-- query fc952a92: 8 calls, cost 1.62 k -> 396: SELECT id, user_id, content, created_at FROM chat_messages WHERE content ILIKE $1 ORDER BY created_at DESC LI…
-- workload cost after this step: 162 k
CREATE INDEX CONCURRENTLY chat_messages_content_gin_trgm_gin_idx ON public.chat_messages USING gin (content gin_trgm_ops);
-- DROP INDEX CONCURRENTLY public.chat_messages_content_gin_trgm_gin_idx;
