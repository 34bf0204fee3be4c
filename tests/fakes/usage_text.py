"""A usage graph as text that a person can write and read; see tests/cases/README.md for the spelling."""

from __future__ import annotations

from indexadvisor.usage.model import ColumnUse, RelationUse, UsageGraph, UseKind

_POSITIONED = {UseKind.ORDER, UseKind.GROUP, UseKind.DISTINCT, UseKind.DISTANCE}


def usage_text(usage: UsageGraph) -> str:
    """Return one paragraph per occurrence of a table, then what was skipped."""
    lines: list[str] = []
    several = len({relation.query_id for relation in usage.relations}) > 1
    for relation in usage.relations:
        lines.append((f"{relation.query_id}: " if several else "") + _head(relation))
        lines += [f"  {_use(use)}" for use in relation.uses if use.kind is not UseKind.OUTPUT]
        outputs = [use.column for use in relation.uses if use.kind is UseKind.OUTPUT]
        if outputs:
            lines.append(f"  output {', '.join(outputs)}")
    lines += [f"skipped {each.subject}: {each.reason}" for each in usage.skipped]
    return "\n".join(lines) + "\n"


def _head(relation: RelationUse) -> str:
    flags = [f"level {relation.level}"] if relation.level else []
    names = ("target", "deletes", "limited", "ordered_alone", "outputs_all")
    flags += [name.replace("_", " ") for name in names if getattr(relation, name)]
    alias = f" {relation.alias}" if relation.alias != relation.table.name else ""
    return f"{relation.table}{alias}" + (f" ({', '.join(flags)})" if flags else "")


def _use(use: ColumnUse) -> str:
    text = f"{use.kind} {f'[{use.expression}] of ' if use.expression else ''}{', '.join(use.columns)}"
    text += f" {use.operator}" if use.operator else ""
    if use.partner is not None:
        text += f" {use.partner.alias}.{use.partner.column}"
    if use.kind in _POSITIONED or use.row_comparison is not None:
        text += f" #{use.position}"
    text += " desc" if use.descending else ""
    if use.kind is UseKind.ORDER and use.nulls_first != use.descending:
        text += " nulls first" if use.nulls_first else " nulls last"
    text += f" row {use.row_comparison}" if use.row_comparison is not None else ""
    text += f" in branch {'.'.join(map(str, use.branch))}" if use.branch else ""
    text += f" where {use.predicate}" if use.predicate else ""
    text += " (captured parameter)" if use.from_parameter else ""
    return text + (f" by {use.origin}" if use.origin != "query" else "")
