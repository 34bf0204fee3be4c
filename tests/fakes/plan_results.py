"""Analysed plans for tests of their writers: one that was timed and tested, and one whose every text field is hostile."""

from __future__ import annotations

from indexadvisor.catalog.model import IndexDef, IndexKey, TableName
from indexadvisor.diagnosis.model import Alternative, ProposedIndex, TriedAdvice, TriedOther, TriedPlan
from indexadvisor.explain.diff import diff
from indexadvisor.explain.engine import analyse
from indexadvisor.explain.plan import (
    Actual,
    Buffers,
    IoTimes,
    Jit,
    Plan,
    Planning,
    PlanNode,
    Serialization,
    Trigger,
    Unread,
    Wal,
    Worker,
    numbered,
)
from indexadvisor.explain.reading import read
from indexadvisor.findings import Skipped
from indexadvisor.report.plan.model import PlanResult
from indexadvisor.report.plan.tree import flattened
from indexadvisor.whatif.interface import SourceInfo

STATEMENT = "SELECT c.name, sum(o.amount) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open' GROUP BY c.name"
TIMED = """HashAggregate  (cost=21700.00..21710.00 rows=100 width=40) (actual time=812.000..812.500 rows=90 loops=1)
  Group Key: c.name
  Buffers: shared hit=120 read=9800
  ->  Hash Join  (cost=30.00..21650.00 rows=5000 width=40) (actual time=0.900..800.000 rows=4800 loops=1)
        Hash Cond: (o.customer_id = c.id)
        Buffers: shared hit=120 read=9800
        ->  Seq Scan on public.orders o  (cost=0.00..21500.00 rows=5000 width=16) (actual time=0.100..780.000 rows=4800 loops=1)
              Filter: (o.status = 'open'::text)
              Rows Removed by Filter: 995200
              Buffers: shared hit=100 read=9800
        ->  Hash  (cost=18.00..18.00 rows=1000 width=36) (actual time=0.700..0.700 rows=1000 loops=1)
              Buckets: 1024  Batches: 1  Memory Usage: 60kB
              Buffers: shared hit=20
              ->  Seq Scan on public.customers c  (cost=0.00..18.00 rows=1000 width=36) (actual time=0.010..0.300 rows=1000 loops=1)
                    Buffers: shared hit=20
Planning Time: 0.400 ms
Execution Time: 813.000 ms
"""
PREDICTED = """HashAggregate  (cost=1200.00..1210.00 rows=100 width=40)
  Group Key: c.name
  ->  Hash Join  (cost=30.00..1150.00 rows=5000 width=40)
        Hash Cond: (o.customer_id = c.id)
        ->  Index Scan using orders_status_idx on public.orders o  (cost=0.42..1000.00 rows=5000 width=16)
              Index Cond: (o.status = 'open'::text)
        ->  Hash  (cost=18.00..18.00 rows=1000 width=36)
              ->  Seq Scan on public.customers c  (cost=0.00..18.00 rows=1000 width=36)
"""
HOSTILE = "<script>window.pwned=1</script><img src=x onerror='window.pwned=2'>\"'`|\x1b[31m\u202e]]>&amp;</style></pre>"


def timed_result() -> PlanResult:
    """Return a timed plan with findings, whose index advice the planner took up."""
    (plan,) = read(TIMED).plans
    report = analyse(plan)
    advised = [one for one in flattened(report.findings) if any(advice.kind == "index" for advice in one.advice)]
    changes = diff(plan, read(PREDICTED).plans[0])
    index = ProposedIndex(
        IndexDef(TableName("public", "orders"), (IndexKey("status"),)),
        ("CREATE INDEX CONCURRENTLY orders_status_idx ON public.orders USING btree (status)",),
        22_000_000,
        "orders_status_idx",
    )
    wider = ProposedIndex(
        IndexDef(TableName("public", "orders"), (IndexKey("status"), IndexKey("customer_id")), include=("amount",)),
        ("CREATE INDEX CONCURRENTLY orders_wider_idx ON public.orders USING btree (status, customer_id) INCLUDE (amount)",),
        39_000_000,
        "orders_wider_idx",
    )
    best = Alternative((wider,), 1100.0, changes)
    words = "with orders_status_idx the statement costs 1,210.00"
    advice = tuple(TriedAdvice(one, "taken", words, (index,), 21710.0, 1210.0, 2, changes, best) for one in advised)
    tried = TriedPlan(advice, SourceInfo("hypopg", "15.4", "HypoPG on the server itself"), True, plan, changes, None)
    return PlanResult("slow query.txt", report, STATEMENT, tried)


def hostile_result() -> PlanResult:
    """Return a plan in which everything that is text, outside of PostgreSQL's own words too, is markup."""
    text = HOSTILE
    worker = Worker(0, Actual(1, 1, 0.1, 0.2), Buffers(shared_hit=1), IoTimes(1.0), Wal(1), {text: text, "Sort Method": text})
    details = {
        text: text, "Filter": f"(x = '{text}')", "Output": [text, text], "Group Key": [text], "Unknown": {text: [text]}, "Join Type": text,
    }  # fmt: skip
    scan = PlanNode(
        text, 0.0, 1e6, 5.0, 4, text, text, text + "a", text + "i", (), {**details, "Rows Removed by Filter": 10**9}, 0, "Outer", text,
        Actual(1.0, 1, 0.1, 5000.0), Buffers(1, 2), IoTimes(3.0), Wal(1, 2, 3), (worker,),
    )  # fmt: skip
    seq = PlanNode(
        "Seq Scan", 0.0, 1e6, 5.0, 4, text, text, text + "a", None, (), {**details, "Rows Removed by Filter": 10**7}, 0, "Inner", None,
        Actual(1.0, 1, 0.1, 4000.0),
    )  # fmt: skip
    root = numbered(PlanNode("Nested Loop", 0.0, 2e6, 5.0, 4, children=(scan, seq), details=details, actual=Actual(1.0, 1, 0.1, 9900.0)))
    plan = Plan(
        root, {text: text}, frozenset({text}), Planning(1.0, Buffers(1), IoTimes(1.0), 5, 6), 10_000.0,
        (Trigger(text, 1, 2.0, text, text),),
        Jit(1, {text: True}, 1.0), Serialization(1, 1.0, text), text, text, 5, text, (Unread(1, 1, text, text),), text, 1, {text: text},
    )  # fmt: skip
    report = analyse(plan)
    index = ProposedIndex(IndexDef(TableName(text, text), (IndexKey(text),)), (text,), 1, text, text)
    changes = diff(plan, plan)
    findings = tuple(flattened(report.findings))
    advice = tuple(TriedAdvice(one, "taken", text, (index,), 5.0, 1.0, 0, changes, Alternative((index,), 1.0, changes)) for one in findings)
    others = tuple(TriedOther(one, "rewrite", "taken", text, text, 5.0, 1.0, text, False, changes, (index,)) for one in findings)
    tried = TriedPlan(advice, SourceInfo(text, text, text), False, plan, changes, None, (Skipped(text, text, text),), others, text)
    return PlanResult(text, report, text, tried, text)
