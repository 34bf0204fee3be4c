"""The lookups that PostgreSQL itself runs for foreign keys, added to the workload so that they can be costed.

Deleting a parent row (or changing its key) makes the server search the referencing table; EXPLAIN of the DELETE shows nothing
of it. The probe is written as the server writes it (src/backend/utils/adt/ri_triggers.c, ri_restrict), without the row lock,
and costed with a generic plan, as the server plans it.
"""

from __future__ import annotations

from dataclasses import replace

from indexadvisor.catalog.ddl import quote_identifier
from indexadvisor.catalog.model import Catalog, ForeignKey
from indexadvisor.usage.foreign_keys import probe_id
from indexadvisor.usage.model import UsageGraph
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload


def with_key_probes(workload: Workload, usage: UsageGraph, catalog: Catalog) -> Workload:
    """Return the workload with one template per foreign key that the usage graph says is probed, weighed by its calls."""
    keys = {probe_id(key, catalog): key for key in sorted(catalog.foreign_keys, key=lambda key: key.table == catalog.root(key.table))}
    probed = dict.fromkeys(relation.query_id for relation in usage.relations if relation.query_id in keys)
    probes = [_probe(query_id, keys[query_id], usage.calls[query_id], catalog) for query_id in probed if usage.calls.get(query_id)]
    return replace(workload, groups=workload.groups + tuple(probes))


def _probe(query_id: str, key: ForeignKey, calls: int, catalog: Catalog) -> QueryGroup:
    table = catalog.table(key.table)
    only = "" if table is not None and table.kind == "p" else "ONLY "
    name = f"{quote_identifier(key.table.schema)}.{quote_identifier(key.table.name)}"
    conditions = " AND ".join(f"{quote_identifier(column)} = ${number}" for number, column in enumerate(key.columns, start=1))
    text = f"SELECT 1 FROM {only}{name} x WHERE {conditions}"  # noqa: S608  identifiers are quoted, values are placeholders
    return QueryGroup(
        query_id=query_id,
        text=text,
        normalized=f"/* probe of foreign key {key.name.replace('*/', '* /')} */ {text}",
        kind=StatementKind.SELECT,
        calls=calls,
        samples=(Sample(text, None),),
        source=f"foreign key {key.name}",
    )
