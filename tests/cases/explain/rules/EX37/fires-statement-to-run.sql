CREATE TABLE hard (a int, b int, v text);
-- rows hard 100000
