"""Which index could serve a scan's terms, and whether one does already; advice names columns, operators and operator classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from indexadvisor.catalog.ddl import create_index, index_name, quote_identifier
from indexadvisor.catalog.model import Index, IndexDef, IndexKey, Table, TableName
from indexadvisor.explain.finding import Advice
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.terms import Term

_RELABELS = {("varchar", "text"), ("varchar", "bpchar"), ("cidr", "inet")}
_REAL_CASTS = ("date", "time", "interval", "numeric", "double precision", "real")  # seldom those of a domain; the catalog tells
_PLACES = ("=", "= ANY", "IS NULL")
_LITERAL = re.compile(r"'((?:[^']|'')*)'(?:::.*)?", re.DOTALL)
_RANGE_TYPES = ("range", "::box", "::circle", "::polygon", "::point")


@dataclass(frozen=True)
class Keys:
    """Columns of one B-tree: those compared by equality, then at most one with bounds."""

    equal: tuple[str, ...]
    bounded: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, in index order."""
        return self.equal + self.bounded


def literal(value: str) -> str | None:
    """Return the text of a string constant as EXPLAIN prints it, None for anything else.

    >>> literal("'it''s'::text")
    "it's"
    """
    found = _LITERAL.fullmatch(value)
    return found[1].replace("''", "'") if found and found[0].count("::") <= 1 + found[1].count("::") else None


def relabelled(term: Term, table: Table | None) -> bool | None:
    """Return whether the cast on a term's column changes nothing (``varchar`` shown as ``::text``), so that an index on the column serves
    it; None when unknown.
    """
    if term.cast is None:
        return True
    column = None if table is None or term.column is None else table.column(term.column)
    if column is None:
        return False if term.cast.startswith(_REAL_CASTS) else None
    return (column.base_type, term.cast) in _RELABELS or column.base_type == term.cast


def usable(terms: Iterable[Term], table: Table | None) -> tuple[Term, ...]:
    """Return the terms that a B-tree on the column itself can find rows by."""
    return tuple(term for term in terms if (term.equality or term.range) and relabelled(term, table) is not False)


def keys(terms: Iterable[Term], table: Table | None) -> Keys:
    """Return the columns for a B-tree: equality first (single values, then lists, then nulls, which most rows often are), those with most
    distinct values leading where that is known, then one range.
    """
    good = usable(terms, table)
    places: dict[str, int] = {}
    for term in good:
        if term.equality and term.column is not None:
            place = _PLACES.index(term.operator or "")
            places[term.column] = min(place, places.get(term.column, place))
    in_order = sorted(places, key=lambda name: places[name])
    bounded = [term.column for term in good if term.range and term.column is not None and term.column not in places]
    ordered = sorted(in_order, key=lambda name: (places[name], -distinct(name, table)))
    return Keys(tuple(ordered), tuple(dict.fromkeys(bounded))[:1])


def reach(terms: Iterable[Term], table: Table | None) -> float:
    """Return how much of a filter a B-tree on its keys answers: 1 all of it, 0.5 part of it, 0 nothing that is known to narrow anything.

    A part counts when it has an equality or a range with both ends; one bound alone (``size >= 1``) may keep every row.
    """
    every = tuple(terms)
    good, wanted = usable(every, table), keys(every, table)
    served = [term for term in good if term.column in wanted.columns]
    if served and len(served) == len(every):
        return 1.0
    ends = {(term.column, (term.operator or "")[0]) for term in served if term.range}
    both = any((column, "<") in ends and (column, ">") in ends for column in wanted.bounded)
    return 0.5 if wanted.equal or both else 0.0


def distinct(name: str, table: Table | None) -> float:
    """Return a column's number of distinct values, 0 where unknown."""
    column = None if table is None else table.column(name)
    if column is None or column.statistics is None or table is None or table.rows is None:
        return 0.0
    return column.statistics.distinct_values(table.rows)


def share_found(terms: Iterable[Term], table: Table | None) -> float | None:
    """Return the share of a table's rows that equal the terms' fixed values, by its statistics and as if columns were independent; None
    where nothing is known. Lists and ranges are taken to keep every row.
    """
    shares = [found for term in usable(terms, table) if term.equality and (found := _share_equal(term, table)) is not None]
    return prod(shares) if shares else None


def _share_equal(term: Term, table: Table | None) -> float | None:
    column = None if table is None or term.column is None else table.column(term.column)
    if column is None or column.statistics is None or table is None or not table.rows or term.operator == "= ANY":
        return None
    known = column.statistics
    if term.operator == "IS NULL":
        return known.null_fraction
    text = literal(term.value)
    common = dict(zip(known.common_values, known.common_frequencies, strict=False))
    value = term.value if text is None else text
    if value in common:
        return common[value]
    values = known.distinct_values(table.rows)
    return (1.0 - known.null_fraction) / values if values >= 1 else None


def serving(analysis: Analysis, node: PlanNode, wanted: Keys) -> Index | None:
    """Return an existing, valid B-tree whose leading columns are the wanted ones; None without a catalog."""
    table = analysis.table(node)
    if table is None or analysis.catalog is None:
        return None
    for index in analysis.catalog.indexes_of(table.name):
        found = index.definition
        names = [key.column for key in found.keys]
        if index.valid and found.method == "btree" and found.predicate is None and set(names[: len(wanted.equal)]) == set(wanted.equal):
            following = names[len(wanted.equal) : len(wanted.columns)]
            if tuple(following) == wanted.bounded:
                return index
    return None


def index_sql(
    analysis: Analysis, node: PlanNode, index_keys: Sequence[IndexKey], include: tuple[str, ...] = (), method: str = "btree"
) -> str | None:
    """Return CREATE INDEX where the table's schema is known; None for partitions, whose parent should get it, and where it is not."""
    table = analysis.table(node)
    if table is not None and (table.kind != "r" or table.partition_of is not None):
        return None
    name = table.name if table is not None else TableName(node.schema, node.relation) if node.schema and node.relation else None
    if name is None or name.schema.startswith("pg_"):
        return None
    definition = IndexDef(name, tuple(index_keys), method=method, include=include)
    try:
        return create_index(definition, index_name(definition))
    except ValueError:  # a name or an expression that cannot be spelled
        return None


def listed(columns: Iterable[str]) -> str:
    """Return columns as DDL lists them: ``(customer_id, "Status")``."""
    return "(" + ", ".join(quote_identifier(column) for column in columns) + ")"


def table_name(node: PlanNode) -> str:
    """Return the table of a scan, quoted as SQL."""
    return quote_identifier(node.relation) if node.relation else node.node_type


def btree_advice(analysis: Analysis, node: PlanNode, terms: Sequence[Term]) -> Advice | None:
    """Return the advice for a B-tree on a scan's terms, or that one exists; None where no term can use one."""
    table = analysis.table(node)
    wanted, share = keys(terms, table), reach(terms, table)
    if not share:
        return None
    existing = serving(analysis, node, wanted)
    used = [term for term in usable(terms, table) if term.column in wanted.columns]
    why = " and ".join(f"{term.column} {term.operator}" for term in used)
    if existing is not None:
        why_not = "look at the row estimates, at enable_ settings and at random_page_cost"
        return Advice("none", f"The index {existing.name} on {listed(wanted.columns)} exists and was not taken: {why_not}.")
    order = "equality first, then the range" if wanted.equal and wanted.bounded else "for " + why
    more = "; the table is a partition: create it on the partitioned table" if table is not None and table.partition_of is not None else ""
    if any(relabelled(term, table) is None for term in used):
        more += ", provided that the cast shown is that of a varchar column, which changes nothing"
    does = "finds these rows" if share == 1.0 else "narrows the search"
    text = f"A B-tree index on {table_name(node)} {listed(wanted.columns)} {does} ({order}){more}."
    return Advice("index", text, sql=index_sql(analysis, node, [IndexKey(column) for column in wanted.columns]), columns=wanted.columns)


def other_advice(analysis: Analysis, node: PlanNode, terms: Iterable[Term]) -> Advice | None:
    """Return the advice for the first term that another kind of index serves: arrays, jsonb, full text, ranges, prefixes, booleans."""
    for term in terms:
        if term.column is None or not term.fixed:
            continue
        if term.operator == "ANY =":
            text = f"Write {term.column} @> ARRAY[{term.value}], which a GIN index on {table_name(node)} {listed([term.column])} serves:"
            return Advice("rewrite", f"{text} = ANY over a column can use none.", columns=(term.column,))
        found = _by_operator(analysis, node, term)
        if found is not None:
            return found
    return None


def _by_operator(analysis: Analysis, node: PlanNode, term: Term) -> Advice | None:
    column, value, name = term.column or "", term.value, table_name(node)
    shown = listed([column])
    if term.operator in {"@>", "?", "?|", "?&", "@?", "@@", "&&", "<@"} and (kind := _gin_class(term)) is not None:
        spelled = f"({quote_identifier(column)} {kind})" if kind else shown
        sql = index_sql(analysis, node, [IndexKey(column, operator_class=kind or None)], method="gin")
        return Advice("index", f"A GIN index on {name} {spelled} serves {column} {term.operator}.", sql=sql, columns=(column,))
    if term.operator in {"&&", "@>", "<@", "-|-", "<<", ">>"} and any(kind in value for kind in _RANGE_TYPES):
        sql = index_sql(analysis, node, [IndexKey(column)], method="gist")
        return Advice("index", f"A GiST index on {name} {shown} serves {column} {term.operator}.", sql=sql, columns=(column,))
    if term.operator == "~~" and is_prefix(literal(value)) and term.cast in {None, "text"}:
        bytewise = analysis.catalog is not None and analysis.catalog.server.bytewise
        kind = "" if bytewise else " text_pattern_ops"
        text = f"A B-tree index on {name} ({quote_identifier(column)}{kind}) serves LIKE with a fixed beginning"
        return Advice("index", f"{text}{'' if bytewise else '; under a collation other than C a plain index does not'}.", columns=(column,))
    if term.operator in {"IS TRUE", "IS FALSE"} and term.cast is None:
        predicate = ("" if term.operator == "IS TRUE" else "NOT ") + quote_identifier(column)
        return Advice(
            "index", f"A partial index on {name} WHERE {predicate} holds just these rows, under the columns the query sorts or joins by."
        )
    return None


def _gin_class(term: Term) -> str | None:
    """Return the operator class for a GIN index ('' for the default), None where the operator and value are not of GIN's."""
    value = term.value
    if "::jsonb" in value or term.operator in {"@?"} or "::jsonpath" in value:
        return "" if term.operator in {"?", "?|", "?&"} else "jsonb_path_ops" if term.operator in {"@>", "@?", "@@"} else None
    if term.operator in {"?", "?|", "?&"} or (term.operator == "@@" and "tsquery" in value):
        return ""
    return "" if term.operator in {"@>", "<@", "&&"} and (value.endswith("[]") or value.startswith("ARRAY[")) else None


def is_prefix(pattern: str | None) -> bool:
    """Return whether a LIKE pattern begins with characters that stand for themselves.

    >>> is_prefix("user%"), is_prefix("%user"), is_prefix("_x")
    (True, False, False)
    """
    return bool(pattern) and pattern is not None and pattern[0] not in "%_"


def index_advice(analysis: Analysis, node: PlanNode, terms: Sequence[Term]) -> Advice | None:
    """Return the one index that serves a scan's terms best, None where none could."""
    return btree_advice(analysis, node, terms) or other_advice(analysis, node, terms)
