-- title: quoted and mixed-case names
-- schema
CREATE SCHEMA "Sales";
CREATE TABLE "Sales"."Order" ("Id" bigint PRIMARY KEY, "customerId" bigint, "User" text);
-- query calls=60
SELECT "Id" FROM "Sales"."Order" WHERE "customerId" = $1 ORDER BY "User" LIMIT 3;
-- expect
Sales.Order btree (customerId, User)
Sales.Order btree (customerId)
