"""The same input gives the same questions and the same answer, whatever order sets come in (PYTHONHASHSEED)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from itertools import permutations

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import Catalog, Column, IndexDef, IndexKey, ServerInfo, Table, TableName
from indexadvisor.selection.choose import choose
from indexadvisor.settings import Limits
from indexadvisor.usage.model import RelationUse, UsageGraph
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.workload.model import QueryGroup, Sample, StatementKind, Workload
from tests.fakes.costs import NONE, ModelCosts

THINGS = TableName("public", "things")
NAMES = "abcdef"
SEARCH = "from tests.unit.selection.test_same_answer import searched; print(searched())"


def searched() -> str:
    """Choose among 36 indexes, half of them in conflict with another, for 25 statements; return every question and the answer."""
    chance = random.Random(5)
    indexes = [IndexDef(THINGS, tuple(map(IndexKey, names))) for count in (1, 2) for names in permutations(NAMES, count)]
    plans = {}
    for number in range(25):
        some = [frozenset(chance.sample(indexes, chance.choice((1, 1, 2)))) for _ in range(8)]
        plans[f"q{number}"] = [(NONE, 1000.0), *((used, chance.uniform(10, 900)) for used in some)]
    groups = tuple(QueryGroup(text, text, text, StatementKind.SELECT, chance.randrange(1, 9), (Sample(text, ()),)) for text in plans)
    usage = UsageGraph(tuple(RelationUse(each.query_id, THINGS, "things", ()) for each in groups))
    table = Table(THINGS, "r", tuple(Column(name, n, "integer", "int4", "N") for n, name in enumerate(NAMES, 1)), rows=1e6)
    costs = ModelCosts(plans, sizes={index: 8192 * chance.randrange(1, 40) for index in indexes})
    choice = choose(
        Workload(groups), usage, CandidateSet(tuple(Candidate(index, "btree") for index in indexes)), CachedCosts(costs),
        Catalog(ServerInfo(150000, "15.0", "shop"), (table,)),
        Limits(budget_bytes=8192 * 90, min_benefit=0.0, min_saving=0.0, max_explains=450),
    )  # fmt: skip
    asked = [f"{sample.text}: {sorted(map(str, enabled))}" for sample, enabled in costs.asked]
    return "\n".join([*asked, *(str(step.candidate.index) for step in choice.steps), str(choice.gap)])


def test_the_order_of_sets_decides_nothing():
    answers = {
        subprocess.run(
            [sys.executable, "-c", SEARCH], env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
