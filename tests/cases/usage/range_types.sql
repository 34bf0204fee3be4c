-- title: range types by operator
-- schema
CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange, room int);
-- query
SELECT id FROM bookings WHERE during && $1 AND during @> $2::timestamptz AND during -|- $3 AND during << $4 AND $5 <@ during;
-- expect
bookings
  range-operator during &&
  range-operator during @>
  range-operator during -|-
  range-operator during <<
  output id
