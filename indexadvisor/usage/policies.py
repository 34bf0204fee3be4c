"""Row-security policies: their USING condition is part of every query on the table.

Permissive policies of a table are alternatives (OR), restrictive ones are added (AND): PostgreSQL documentation, section "Row Security
Policies". Roles are not weighed: whom a policy spares cannot be told from a capture. ``current_setting(..)`` and the like are
values to the index, never constants.
"""

from __future__ import annotations

from sqlglot import exp

from indexadvisor.catalog.model import Policy
from indexadvisor.usage.analysis import Analysis
from indexadvisor.usage.classify import classify
from indexadvisor.usage.parse import Refused
from indexadvisor.usage.record import Place
from indexadvisor.usage.scope import Relation, Scope


def apply(relation: Relation, commands: frozenset[str], scope: Scope, analysis: Analysis) -> None:
    """Add the uses of the policies that hold for these commands; tables read by a policy itself are not protected again."""
    if not relation.table.row_security or scope.origin != "query":
        return
    mine = [
        policy
        for policy in sorted(analysis.catalog.policies, key=lambda each: each.name)
        if policy.table == relation.table.name and policy.using and policy.command in commands | {"ALL"}
    ]
    permissive = [policy for policy in mine if policy.permissive]
    number = analysis.new_or() if len(permissive) > 1 else 0
    for arm, policy in enumerate(permissive):
        _add(policy, relation, scope, analysis, Place().arm(number, arm) if len(permissive) > 1 else Place())
    for policy in mine:
        if not policy.permissive:
            _add(policy, relation, scope, analysis, Place())


def _add(policy: Policy, relation: Relation, scope: Scope, analysis: Analysis, place: Place) -> None:
    try:
        tree, source = analysis.definitions.parsed(f"SELECT 1 WHERE {policy.using}")
    except Refused as refused:
        analysis.note(f"policy {policy.name} of {relation.name} is {refused}")
        return
    where = tree.find(exp.Where)
    inner = Scope(source, scope.level, origin=f"policy {policy.name}", members={relation.table.name.name: relation})
    classify(where.this if where is not None else None, inner, analysis, place)
