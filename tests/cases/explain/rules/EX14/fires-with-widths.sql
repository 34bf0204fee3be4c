CREATE TABLE wide (id int PRIMARY KEY, filler char(600));
-- rows wide 1000
-- stats wide.id n_distinct=-1 width=4
-- stats wide.filler n_distinct=1 width=604
