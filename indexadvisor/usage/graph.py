"""The column-usage graph of a workload: every occurrence of every table in every query, and how it uses its columns.

Each template is parsed once (sqlglot, gated by libpg_query) and its names are resolved against the catalog scope by scope. What cannot be
parsed or resolved is named in ``skipped``; the rest of the query, and of the workload, goes on.
"""

from __future__ import annotations

from indexadvisor.catalog.model import Catalog
from indexadvisor.findings import Skipped
from indexadvisor.usage.analysis import Analysis, Definitions
from indexadvisor.usage.constants import Constants
from indexadvisor.usage.foreign_keys import foreign_key_uses
from indexadvisor.usage.model import RelationUse, UsageGraph
from indexadvisor.usage.parse import Refused, parse_statement
from indexadvisor.usage.query import visit_in_from, visit_nested, visit_statement
from indexadvisor.usage.scope import Scope
from indexadvisor.workload.model import QueryGroup, Workload

STAGE = "usage"


def usage_graph(workload: Workload, catalog: Catalog) -> UsageGraph:
    """Return how the queries of a workload use the columns of a database, in the order of the workload."""
    definitions = Definitions(catalog)
    relations: list[RelationUse] = []
    skipped: list[Skipped] = []
    for group in workload.groups:
        found, reasons = _of_group(group, catalog, definitions)
        relations += found
        skipped += [Skipped(STAGE, f"query {group.query_id}", reason) for reason in reasons]
    calls = {group.query_id: group.calls for group in workload.groups}
    probes, probe_calls = foreign_key_uses(catalog, relations, calls)
    return UsageGraph((*relations, *probes), calls | probe_calls, tuple(skipped))


def _of_group(group: QueryGroup, catalog: Catalog, definitions: Definitions) -> tuple[list[RelationUse], list[str]]:
    try:
        tree, source = parse_statement(group.text)
    except Refused as refused:
        return [], [str(refused)]
    analysis = Analysis(catalog, definitions, visit_nested, visit_in_from)
    scope = Scope(source, analysis.new_level(), Constants(source, group.samples))
    try:
        visit_statement(tree, scope, analysis)
    except RecursionError:
        return [], ["nested too deeply"]
    reasons = list(analysis.reasons)
    if not analysis.relations and not reasons:
        reasons.append("reads only system catalogs" if analysis.reads_system else "names no table of this database")
    return [relation.frozen(group.query_id) for relation in analysis.relations], reasons
