-- title: quoted mixed-case names, as Prisma and TypeORM write them
-- schema
CREATE TABLE "UserProfile" ("userId" int PRIMARY KEY, "displayName" text, "order" int);
-- query
SELECT "UserProfile"."userId" FROM "UserProfile" WHERE "UserProfile"."displayName" = $1 AND lower("displayName") = $2 AND "order" = 5 AND upper("UserProfile"."displayName") = 'X';
-- expect
UserProfile
  equality displayName =
  equality [lower("displayName")] of displayName =
  equality order = where "order" = 5
  equality [upper("displayName")] of displayName = where upper("displayName") = 'X'
  output userId
