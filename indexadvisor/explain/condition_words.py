"""Words with a meaning of their own in the expressions that EXPLAIN prints."""

from __future__ import annotations

CONSTANT_WORDS = frozenset({"NULL", "TRUE", "FALSE", "DEFAULT"})
AFTER_IS = frozenset({
    "NOT", "NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT", "FROM", "DOCUMENT", "JSON", "NORMALIZED", "OBJECT", "ARRAY", "SCALAR", "VALUE",
    "NFC", "NFD", "NFKC", "NFKD",
})  # fmt: skip
BINARY_WORDS = frozenset({"OPERATOR", "AT", "LIKE", "ILIKE", "OVERLAPS"})
TYPE_WORDS = frozenset({
    "VARYING", "PRECISION", "WITH", "WITHOUT", "TIME", "ZONE", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO",
})  # fmt: skip
"""Second and later words of the names of types."""
BARE_FUNCTIONS = frozenset({
    "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "CURRENT_ROLE", "SESSION_USER",
    "USER", "CURRENT_CATALOG", "CURRENT_SCHEMA",
})  # fmt: skip
PREFIXES = frozenset({"hashed", "alternatives", "rescan"})
"""What stands before the name of a subplan."""
WITHIN_CALLS = frozenset({
    "DISTINCT", "VARIADIC", "FROM", "FOR", "BOTH", "LEADING", "TRAILING", "PLACING", "ORDER", "BY", "ASC", "DESC", "IN", "NULLS",
    "FIRST", "LAST",
})  # fmt: skip
"""Words between the arguments of a function."""
WITHIN_CLAUSES = frozenset({
    "WHERE", "PARTITION", "BY", "ORDER", "ROWS", "RANGE", "GROUPS", "BETWEEN", "UNBOUNDED", "PRECEDING", "FOLLOWING", "CURRENT", "ROW",
    "AND", "ASC", "DESC", "NULLS", "FIRST", "LAST",
})  # fmt: skip
"""Words of ``OVER (..)`` and ``FILTER (..)``."""
KEYWORDS = CONSTANT_WORDS | BARE_FUNCTIONS | frozenset({
    "AND", "OR", "NOT", "IS", "ANY", "ALL", "SOME", "ARRAY", "ROW", "CASE", "WHEN", "THEN", "ELSE", "END", "COLLATE", "DISTINCT", "FROM",
    "SELECT", "WHERE", "ORDER", "GROUP", "HAVING", "LIMIT", "ON", "USING", "IN", "DESC", "ASC", "NULLS", "FIRST", "LAST",
})  # fmt: skip
"""Words that are no column unless quoted."""
