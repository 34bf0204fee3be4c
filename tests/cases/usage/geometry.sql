-- title: geometry by operator, nearest first
-- schema
CREATE TABLE places (id bigint PRIMARY KEY, location point, area box);
-- query
SELECT id FROM places WHERE location <@ box '((0,0),(1,1))' AND area ~= $1 AND area |>> $2 ORDER BY location <-> point '(1,2)' LIMIT 10;
-- expect
places (limited, ordered alone)
  geometric location <@
  geometric area ~=
  geometric area |>>
  distance location <-> #0
  output id
