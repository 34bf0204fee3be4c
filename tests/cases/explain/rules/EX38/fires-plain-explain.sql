CREATE TABLE fresh (id int, kind int, v text);
-- rows fresh 50000
-- activity fresh inserted=50000
