-- title: a policy's condition is part of every query on its table
-- schema
CREATE TABLE notes (id bigint PRIMARY KEY, owner_id bigint, shared boolean, body text);
CREATE TABLE members (note_id bigint, user_id bigint);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON notes USING (owner_id = current_setting('app.user')::bigint);
CREATE POLICY lent ON notes FOR SELECT USING (EXISTS (SELECT 1 FROM members m WHERE m.note_id = notes.id AND m.user_id = current_setting('app.user')::bigint));
CREATE POLICY hidden ON notes AS RESTRICTIVE FOR DELETE USING (NOT shared);
-- query id=read
SELECT body FROM notes n WHERE id = $1;
-- query id=remove
DELETE FROM notes WHERE id = $1;
-- expect
read: notes n
  equality owner_id = in branch 0.1 by policy mine
  equality id =
  output id, body
read: members m (level 1)
  join note_id = n.id by policy lent
  equality user_id = by policy lent
remove: notes (target, deletes, outputs all)
  equality owner_id = in branch 0.1 by policy mine
  boolean shared false where NOT shared by policy hidden
  equality id =
remove: members m (level 1)
  join note_id = notes.id by policy lent
  equality user_id = by policy lent
