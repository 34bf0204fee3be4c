CREATE TABLE fresh (id int, kind int, v text);
-- rows fresh 50000
