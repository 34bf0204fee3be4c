-- title: containment of networks
-- schema
CREATE TABLE hosts (id int PRIMARY KEY, address inet);
-- query
SELECT id FROM hosts WHERE address << '10.0.0.0/8' AND $1 >>= address;
-- expect
hosts
  range-operator address <<
  range-operator address <<=
  output id
