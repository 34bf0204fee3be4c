"""EX19: the filter wraps a column in a function, a cast or arithmetic, so that an index on the column cannot be used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import IndexKey
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, rule
from indexadvisor.explain.rules.indexing import index_sql, relabelled, table_name, usable
from indexadvisor.explain.rules.scans import relation
from indexadvisor.explain.rules.terms import Term, terms_of
from indexadvisor.explain.rules.wasteful import WastefulScanRule

_COMPARISONS = frozenset({"=", "= ANY", "<", "<=", ">", ">=", "~~"})
_DATE_FUNCTIONS = frozenset({"date_trunc", "date_part", "EXTRACT", "to_char", "date", "date_bin", "timezone"})
_DATE_CASTS = ("date", "timestamp", "time")
_IMMUTABLE = frozenset({
    "lower", "upper", "md5", "abs", "length", "char_length", "substr", "substring", "left", "right", "ltrim", "rtrim", "btrim", "replace",
    "reverse", "round", "floor", "ceil", "ceiling", "mod", "strpos", "split_part", "initcap", "translate", "jsonb_extract_path_text",
    "cardinality", "array_length", "COALESCE", "NULLIF", "SUBSTRING", "TRIM", "regexp_replace", "octet_length", "bit_length",
})  # fmt: skip
_ARITHMETIC = re.compile(r"(\"?[\w.$]+\"?)\s*([-+])\s*(\S+)", re.ASCII)


@rule
class WrappedColumn(WastefulScanRule):
    """The filter compares an expression over a column, so that an index on the column cannot be used.

    What it means:
        An index on ``email`` knows nothing of ``lower(email)``. A function, a cast or arithmetic around the column hides it from every
        plain index, and the whole table is read.

    Example plan:
        Seq Scan on customers  (cost=0.00..1867.00 rows=250 width=157) (actual time=0.089..35.601 rows=1 loops=1)
          Filter: (lower(email) = 'user77@example.com'::text)
          Rows Removed by Filter: 49999

    What to do:
        Write the comparison so that the column stands alone: a range of dates instead of ``date_trunc`` or ``::date``, the constant moved
        to the other side of the arithmetic. Where the function is needed and IMMUTABLE, index the expression, exactly as the filter
        spells it, then ANALYZE.

    When it is fine:
        A small table. Another part of the filter that an index serves (EX01 names it): the rule is silent. A cast that EXPLAIN prints
        although it changes nothing (``varchar`` shown as ``::text``) does not count.

    Where the threshold comes from:
        Nine in ten rows removed and 10,000 in all, as in EX01. Without ANALYZE the scan must cost 2,000 units and be expected to keep at
        most a tenth of the table.
    """

    code, name, severity = "EX19", "wrapped-column", "warning"
    explained_by = ("EX01", "EX04")

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield scans that only an expression index, or a rewrite, could help."""
        for node, waste in self.wasteful(analysis):
            table, terms = analysis.table(node), terms_of(node)
            if any(term.equality for term in usable(terms, table)):
                continue
            hidden = [term for term in terms if self._is_hidden(analysis, node, term)]
            if not hidden:
                continue
            expression = hidden[0].text
            advice = [one for term in hidden if (one := self._advice(analysis, node, term)) is not None]
            yield self.finding(
                f"The filter of {relation(node)} hides a column from its indexes: {expression}",
                node,
                evidence=(*waste.evidence, Evidence("term", expression)),
                advice=tuple(advice),
                saving_ms=waste.saving_ms,
                confidence=waste.confidence * 0.9,
                because=waste.because,
            )

    def _is_hidden(self, analysis: Analysis, node: PlanNode, term: Term) -> bool:
        if term.operator not in _COMPARISONS or not term.fixed or len(term.columns) != 1 or "SubPlan" in term.text:
            return False
        if term.operator == "~~" and term.wrapped is not None:
            return False  # a pattern over an expression is EX20's
        return term.wrapped is not None or (term.operator != "~~" and relabelled(term, analysis.table(node)) is False)

    def _advice(self, analysis: Analysis, node: PlanNode, term: Term) -> Advice | None:
        column = term.columns[0]
        over_dates = (term.cast is not None and term.cast.startswith(_DATE_CASTS)) or bool(_DATE_FUNCTIONS & set(term.functions))
        if over_dates:
            text = f"Compare {column} itself with a range: {column} >= start AND {column} < end; a plain index on {column} then serves it."
            return Advice("rewrite", text, columns=(column,))
        if term.cast is not None:
            return Advice(
                "rewrite", f"Compare {column} with a value of its own type instead of casting it to {term.cast}.", columns=(column,)
            )
        wrapped = term.wrapped or ""
        moved = _ARITHMETIC.fullmatch(wrapped)
        if moved is not None and not term.functions and "::" not in wrapped:
            other = "-" if moved[2] == "+" else "+"
            return Advice(
                "rewrite",
                f"Move the constant: {moved[1]} {term.operator} {term.value} {other} {moved[3]}; a plain index on {column} then serves it.",
                columns=(column,),
            )
        return self._expression_index(analysis, node, term, wrapped)

    def _expression_index(self, analysis: Analysis, node: PlanNode, term: Term, wrapped: str) -> Advice:
        wrapped = _unqualified(wrapped)
        dated = re.search(r"'::(?:interval|date|time)", wrapped) is not None
        known = set(term.functions) <= _IMMUTABLE and ("::" not in re.sub(r"'(?:[^']|'')*'::\w+", "", wrapped)) and not dated
        keys: Sequence[IndexKey] = [IndexKey(expression=wrapped)]
        if known and not re.search(r"[\w\"]\.[\w\"]", wrapped):
            sql = index_sql(analysis, node, keys)
            return Advice(
                "index", f"An index on {table_name(node)} (({wrapped})) serves the filter as it is spelled; ANALYZE afterwards.", sql=sql
            )
        where = f"{table_name(node)} (({wrapped}))"
        text = f"If every function in it is IMMUTABLE, an index on {where} serves the filter as it is spelled; ANALYZE afterwards."
        return Advice("index", text)


def _unqualified(text: str) -> str:
    """Return an expression over one table as an index spells it: columns without the table's name, which VERBOSE prints.

    >>> _unqualified("(c.metadata ->> 'c.id'::text)")
    "(metadata ->> 'c.id'::text)"
    """
    for part in sorted(parse_condition(text).root.walk(), key=lambda part: -part.start):
        if part.kind == "column" and part.column is not None and part.column.alias is not None:
            text = text[: part.start] + quote_identifier(part.column.name) + text[part.end :]
    return text
