-- title: a row-security policy is part of every query
-- schema
CREATE TABLE invoices (id bigint PRIMARY KEY, tenant_id int, due date, total numeric);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON invoices USING (tenant_id = current_setting('app.tenant')::int);
-- query calls=900
SELECT * FROM invoices WHERE due < $1;
-- expect
invoices btree (tenant_id, due)
invoices btree (tenant_id)
