"""EX08: an index scan that could do without the table."""

from __future__ import annotations

from collections.abc import Iterator

from indexadvisor.catalog.model import IndexKey, Table
from indexadvisor.explain.finding import Advice, Evidence, Finding
from indexadvisor.explain.interval import Interval
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis, PlanRule, rule
from indexadvisor.explain.rules.indexing import index_sql, listed
from indexadvisor.explain.rules.scans import catalog_index, relation
from indexadvisor.explain.rules.terms import plain_column, terms_of

_SYSTEM = frozenset({"ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"})


@rule
class CouldBeIndexOnly(PlanRule):
    """An index scan fetches rows from the table for a few columns that the index could hold.

    What it means:
        The scan hands up few columns. If the index carried them too, PostgreSQL could answer from the index alone and leave the table
        unread, as long as most of the table's pages are all-visible (kept so by VACUUM).

    Example plan:
        Index Scan using events_kind_account_idx on public.events  (actual time=0.027..56.964 rows=10200.00 loops=1)
          Output: account_id, size
          Index Cond: ((events.account_id >= 10) AND (events.account_id <= 60))

    What to do:
        Make the index again with INCLUDE for the missing columns, in place of the one there is, not beside it.

    When it is fine:
        Few rows are fetched. The table is written all the time, so that its pages are seldom all-visible. An included column that updates
        touch ends HOT updates, and wide columns make the index large: both weigh more than a saved fetch.

    Where the threshold comes from:
        Up to four columns, since an index that copies the table is a second table; 1,000 rows because each saved fetch is about a
        microsecond in memory; columns up to 64 bytes wide on average where the catalog knows.
    """

    code, name, severity = "EX08", "could-be-index-only", "info"
    needs = ("verbose",)
    thresholds = ("max_columns", "min_rows", "max_column_bytes")
    max_columns: int = 4
    min_rows: float = 1_000.0
    max_column_bytes: int = 64

    def check(self, analysis: Analysis) -> Iterator[Finding]:
        """Yield index scans whose output is a few plain columns."""
        for node in analysis.plan.walk():
            rows = analysis.returned(node) if analysis.plan.analyzed else node.rows
            if (
                node.node_type != "Index Scan"
                or node.text("Filter") is not None
                or node.text("Order By") is not None
                or rows is None
                or rows < self.min_rows
            ):
                continue
            missing = self._missing(analysis, node)
            if not missing:
                continue
            own = analysis.own_time(node)
            yield self.finding(
                f"{rows:,.0f} rows of {relation(node)} are fetched for {listed(missing)}, which {node.index} could hold.",
                node,
                evidence=(Evidence("rows fetched", rows, "rows"), Evidence("columns missing in the index", len(missing))),
                advice=(self._advice(analysis, node, missing),),
                saving_ms=None if own is None else Interval(0.0, own.high),
                confidence=0.4,
                because="how many pages are all-visible, and how often the columns are written, is not in the plan",
            )

    def _missing(self, analysis: Analysis, node: PlanNode) -> tuple[str, ...]:
        """Return the columns the index lacks; empty where the output is not a few plain, narrow columns."""
        own = frozenset(filter(None, (node.alias, node.relation)))
        output = [plain_column(text, own) for text in node.texts("Output")]
        columns = [column for column in output if column is not None]
        index, table = catalog_index(analysis, node), analysis.table(node)
        if not columns or len(columns) < len(output) or len(columns) > self.max_columns or _SYSTEM & set(columns):
            return ()
        if table is not None and len(set(columns)) == len(table.columns):
            return ()
        held = (
            set(index.definition.columns) | set(index.definition.include)
            if index is not None
            else {term.column for term in terms_of(node, "Index Cond")}
        )
        missing = tuple(dict.fromkeys(column for column in columns if column not in held))
        return (
            ()
            if (index is not None and index.definition.method != "btree") or any(self._is_wide(table, column) for column in missing)
            else missing
        )

    def _is_wide(self, table: Table | None, name: str) -> bool:
        column = None if table is None else table.column(name)
        return column is not None and column.statistics is not None and column.statistics.average_width_bytes > self.max_column_bytes

    def _advice(self, analysis: Analysis, node: PlanNode, missing: tuple[str, ...]) -> Advice:
        index = catalog_index(analysis, node)
        known: list[IndexKey] = [] if index is None else list(index.definition.keys)
        unique = index is not None and (index.definition.unique or index.definition.predicate is not None)
        include = (() if index is None else index.definition.include) + missing
        sql = index_sql(analysis, node, known, include) if known and not unique else None
        keys = tuple(dict.fromkeys(term.column for term in terms_of(node, "Index Cond") if term.column is not None))
        return Advice(
            "index", f"{node.index} with INCLUDE {listed(missing)} could answer without the table.", sql=sql, columns=(*keys, *missing)
        )
