"""Definitions of tables that a role may not SELECT, read from the system catalogs: pg_dump would refuse to describe them.

The catalogs are open to every role, so columns, keys, indexes, partition bounds, rows and pages are known; column statistics are not.
Defaults, checks and triggers are left out: no plan depends on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from indexadvisor.db.connection import Session

_TABLES = """
SELECT c.oid, pg_catalog.format('CREATE TABLE %%s (%%s)%%s;', c.oid::pg_catalog.regclass, (
           SELECT pg_catalog.string_agg(pg_catalog.concat(
                      pg_catalog.quote_ident(a.attname), ' ', pg_catalog.format_type(a.atttypid, a.atttypmod),
                      ' COLLATE ' || (SELECT pg_catalog.format('%%I.%%I', n.nspname, o.collname)
                                      FROM pg_catalog.pg_collation AS o JOIN pg_catalog.pg_namespace AS n ON n.oid = o.collnamespace
                                      WHERE o.oid = a.attcollation AND a.attcollation <> t.typcollation),
                      CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')' END,
                      CASE a.attgenerated WHEN 's' THEN ' STORED' WHEN 'v' THEN ' VIRTUAL' END,
                      CASE WHEN a.attnotnull THEN ' NOT NULL' END), ', ' ORDER BY a.attnum)
           FROM pg_catalog.pg_attribute AS a
           JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
           LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       ), CASE WHEN c.relkind = 'p' THEN ' PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid) END)
FROM pg_catalog.pg_class AS c WHERE c.oid = ANY (%s) ORDER BY c.oid
"""
_INDEXES = """
SELECT c.relkind = 'p', COALESCE(
           (SELECT pg_catalog.format('ALTER TABLE ONLY %%s ADD CONSTRAINT %%I %%s;', k.conrelid::pg_catalog.regclass, k.conname,
                                     pg_catalog.pg_get_constraintdef(k.oid))
            FROM pg_catalog.pg_constraint AS k
            WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
           pg_catalog.pg_get_indexdef(i.indexrelid) || ';')
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
WHERE i.indrelid = ANY (%s) ORDER BY i.indrelid, i.indexrelid
"""
_PARTS = """
SELECT CASE WHEN c.relispartition
            THEN pg_catalog.format('ALTER TABLE ONLY %%s ATTACH PARTITION %%s %%s;', i.inhparent::pg_catalog.regclass,
                                   c.oid::pg_catalog.regclass, pg_catalog.pg_get_expr(c.relpartbound, c.oid))
            ELSE pg_catalog.format('ALTER TABLE %%s INHERIT %%s;', c.oid::pg_catalog.regclass, i.inhparent::pg_catalog.regclass) END
FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
WHERE c.relkind IN ('r', 'p') AND i.inhrelid = ANY (%s) ORDER BY i.inhparent, i.inhrelid, i.inhseqno
"""
_FOREIGN_KEYS = """
SELECT pg_catalog.format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s;', k.conrelid::pg_catalog.regclass, k.conname,
                         pg_catalog.pg_get_constraintdef(k.oid))
FROM pg_catalog.pg_constraint AS k
WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid = ANY (%s) ORDER BY k.conrelid, k.conname
"""
_STATISTICS = """
SELECT pg_catalog.format(
           'SELECT * FROM pg_catalog.pg_restore_relation_stats(%%1$s''version'', ''%%2$s''::integer,%%1$s''schemaname'', %%3$L,'
           || '%%1$s''relname'', %%4$L,%%1$s''relpages'', ''%%5$s''::integer,'
           || '%%1$s''reltuples'', ''%%6$s''::real,%%1$s''relallvisible'', ''%%7$s''::integer%%8$s);',
           E'\\n\\t',
           pg_catalog.current_setting('server_version_num'), n.nspname, c.relname, c.relpages, c.reltuples, c.relallvisible, E'\\n')
FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = ANY (%s) OR c.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = ANY (%s))
ORDER BY c.oid
"""


def bare_definitions(session: Session, oids: Iterable[int]) -> tuple[str, str, str]:
    """Return SQL for these tables: (tables with their keys and indexes, what ties them together, relation statistics).

    The first part goes before all other tables and views; the second (indexes of partitioned tables, partitions, foreign keys) between the
    others' indexes and what ties these together. Read with an empty search path, so that every name is qualified, as in pg_dump's script.
    """
    asked = [list(oids)]
    if not asked[0]:
        return "", "", ""

    def lines(statement: LiteralString, times: int = 1) -> list[str]:
        return [str(row[-1]) for row in session.rows(statement, asked * times)]

    with session.transaction():
        session.rows("SELECT pg_catalog.set_config('search_path', '', true)")
        indexes = session.rows(_INDEXES, asked)
        first = [*lines(_TABLES), *(sql for partitioned, sql in indexes if not partitioned)]
        # attached to a parent that has its indexes already, a partition gives it those of its own that match; pg_dump's script attaches
        # the partitions that it describes before it creates their indexes, which would then be made twice
        last = [*(sql for partitioned, sql in indexes if partitioned), *lines(_PARTS), *lines(_FOREIGN_KEYS)]
        statistics = lines(_STATISTICS, 2)
    return _script(first), _script(last), _script(statistics)


def _script(statements: Iterable[str]) -> str:
    return "".join(f"{statement}\n" for statement in statements)
