"""What is left to do where statistics exist already on the columns, or the expression, of a wrong estimate: creating them is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexadvisor.catalog.ddl import quote_table
from indexadvisor.catalog.extended import EQUALITY, GROUPS, holding, on_expression
from indexadvisor.catalog.model import Index, StatisticsObject, Table, TableName
from indexadvisor.catalog.statistics import KINDS
from indexadvisor.explain.finding import Advice
from indexadvisor.explain.plan import PlanNode
from indexadvisor.explain.rule import Analysis
from indexadvisor.explain.rules.indexing import listed

_DEFAULT_TARGET, _HIGHEST_TARGET, _STEP = 100, 10_000, 10
"""Of default_statistics_target (PostgreSQL documentation, section "Query Planning"); ten times the target samples ten times the rows."""
_OWN_TARGETS = 13
"""The version from which on ALTER STATISTICS ... SET STATISTICS exists."""
_MUCH_CHANGED = 0.1
"""The share of changed rows at which autovacuum itself analyzes a table (autovacuum_analyze_scale_factor)."""
_COARSE = "the statistics are older than the data, or too coarse for these values"


@dataclass(frozen=True)
class Cure:
    """Advice against a misestimate, how sure it is, and why."""

    advice: tuple[Advice, ...]
    confidence: float
    because: str


def known_together(analysis: Analysis, node: PlanNode, columns: Sequence[str], kinds: Sequence[str]) -> Cure | None:
    """Return what helps where statistics of one of these kinds hold the columns of a scan's table together; None where none do.

    Groups of a partition's rows are counted by the statistics of the whole table, too.
    """
    table, catalog = analysis.table(node), analysis.catalog
    if table is None or catalog is None:
        return None
    tables = (table.name, catalog.root(table.name)) if tuple(kinds) == GROUPS else (table.name,)
    found = holding((each for name in dict.fromkeys(tables) for each in catalog.statistics_of(name)), columns, kinds)
    if found is None:
        return None
    what = f"The statistics {quote_table(found.full_name)} on {listed(found.columns)}"
    plain = _advice(analysis, found, what, catalog.table(found.table) or table)
    advice = tuple(replace(each, columns=tuple(columns)) for each in plain)
    if found.analyzed is False:
        return Cure(advice, 0.8, "statistics over these columns exist, but hold no data")
    if tuple(kinds) == EQUALITY and "m" not in found.kinds:
        text = f"{advice[-1].text} Being of kind dependencies alone they do not tell one combination from another, as kind mcv would."
        advice = (*advice[:-1], replace(advice[-1], text=text))
    return Cure(advice, 0.4, f"the columns are known together: {_COARSE}")


def known_expression(analysis: Analysis, node: PlanNode, expression: str) -> Cure | None:
    """Return what helps where an expression over a scan's table has statistics, or what ANALYZE would give some; None where it has not."""
    table = analysis.table(node)
    found = None if table is None or analysis.catalog is None else on_expression(analysis.catalog, table.name, expression)
    if table is None or found is None:
        return None
    if isinstance(found.holder, Index):
        name = quote_table(TableName(found.holder.schema, found.holder.name))
        advice = _of_index(f"The index {name} on the expression {expression}", table, found.analyzed)
    else:
        what = f"The statistics {quote_table(found.holder.full_name)} on the expression {expression}"
        advice = _advice(analysis, found.holder, what, table)
    if found.analyzed is False:
        return Cure(advice, 0.8, "what would hold statistics on the expression exists, but has none")
    return Cure(advice, 0.4, f"there are statistics on the expression: {_COARSE}")


def other_kinds(analysis: Analysis, node: PlanNode, columns: Sequence[str], kinds: Sequence[str]) -> str:
    """Return a sentence on statistics over the columns that do not help here, being of another kind; empty for none."""
    table = analysis.table(node)
    if table is None or analysis.catalog is None:
        return ""
    found = holding(analysis.catalog.statistics_of(table.name), columns, [kind for kind in "dfm" if kind not in kinds])
    if found is None:
        return ""
    shown = ", ".join(KINDS[kind] for kind in found.kinds if kind in "dfm")
    return f" The statistics {quote_table(found.full_name)} over them do not help here: they are of kind {shown}."


def _advice(analysis: Analysis, found: StatisticsObject, what: str, table: Table) -> tuple[Advice, ...]:
    analyze, name = f"ANALYZE {quote_table(table.name)}", quote_table(found.full_name)
    if found.target == 0:
        text = f"{what} have the target 0, so that ANALYZE leaves them out: give them the usual one."
        return (Advice("statistics", text, sql=f"ALTER STATISTICS {name} SET STATISTICS -1; {analyze};"),)
    if found.analyzed is False:
        return (Advice("analyze", f"{what} exist, but hold no data: {analyze}.", sql=f"{analyze};"),)
    if found.analyzed is None:
        unknown = "whether they hold data is not shown to this role"
        fresh = Advice("analyze", f"{what} exist; {unknown}: {analyze}, unless that was done since they were made.", sql=f"{analyze};")
        return fresh, _finer(analysis, found, "If the estimate stays wrong", table)
    if _changed(table):
        fresh = Advice("analyze", f"{what} exist, but many rows changed since they were filled: {analyze}.", sql=f"{analyze};")
        return fresh, _finer(analysis, found, "If the estimate stays wrong", table)
    return (_finer(analysis, found, f"{what} exist and hold data. If this plan is not older than they are", table),)


def _finer(analysis: Analysis, found: StatisticsObject, lead: str, table: Table) -> Advice:
    """Return the advice to sample more for statistics, with the reservation ``lead``."""
    catalog = analysis.catalog
    today = found.target or _default_target("" if catalog is None else catalog.settings.get("default_statistics_target", ""))
    target = min(_HIGHEST_TARGET, today * _STEP)
    if target <= today:
        return Advice("none", f"{lead}, it cannot be mended by statistics: their target is the highest there is.")
    if catalog is None or catalog.server.major < _OWN_TARGETS:
        change = f"ALTER TABLE {quote_table(table.name)} ALTER COLUMN ... SET STATISTICS"
        return Advice("statistics", f"{lead}, raise the statistics targets of their columns: {change} {target}, then ANALYZE.")
    sql = f"ALTER STATISTICS {quote_table(found.full_name)} SET STATISTICS {target}; ANALYZE {quote_table(table.name)};"
    return Advice("statistics", f"{lead}, raise their statistics target, say to {target}.", sql=sql)


def _default_target(setting: str) -> int:
    """Return default_statistics_target; the usual one where the text is none of its values, 1 to 10000."""
    few = setting.isdecimal() and len(setting) <= len(str(_HIGHEST_TARGET))
    return int(setting) if few and 1 <= int(setting) <= _HIGHEST_TARGET else _DEFAULT_TARGET


def _of_index(what: str, table: Table, analyzed: bool | None) -> tuple[Advice, ...]:
    analyze = f"ANALYZE {quote_table(table.name)}"
    if not analyzed:
        text = f"{what} exists, but there are no statistics on it: {analyze}."
        return (Advice("analyze", text, sql=f"{analyze};"),)
    fresh = Advice("analyze", f"{what} exists and has statistics: {analyze}, and compare the estimate again.", sql=f"{analyze};")
    return fresh, Advice("statistics", "If the estimate stays wrong, raise the target of its column: ALTER INDEX ... SET STATISTICS.")


def _changed(table: Table) -> bool:
    """Return whether so many rows changed since the last ANALYZE that another one is due."""
    if table.activity is None:
        return False
    rows = max(float(table.activity.live_rows), table.rows or 0.0)
    return rows > 0 and table.activity.modified_since_analyze >= _MUCH_CHANGED * rows
