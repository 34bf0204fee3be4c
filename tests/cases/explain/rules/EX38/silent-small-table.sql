CREATE TABLE never_seen (id int, kind int);
-- rows never_seen 300
-- activity never_seen inserted=300
