-- no row: before version 14 extended statistics have no expressions
SELECT NULL WHERE false
