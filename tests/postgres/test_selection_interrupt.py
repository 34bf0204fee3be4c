"""Ctrl-C while several statements are planned side by side: what the server still plans is cancelled, and the sources go on answering."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from indexadvisor.catalog.load import load
from indexadvisor.db.connection import Session, Timeouts
from indexadvisor.errors import StatementFailed
from indexadvisor.selection.parallel import in_parallel
from indexadvisor.selection.problem import Deadline, Plans, Statement
from indexadvisor.whatif.cache import CachedCosts
from indexadvisor.whatif.hypopg import HypopgCosts
from indexadvisor.whatif.pool import PooledCosts
from indexadvisor.workload.model import Sample

pytestmark = pytest.mark.postgres
JOBS = 2
# an immutable function of constants is run by the planner, so that EXPLAIN alone waits
SCHEMA = """
CREATE EXTENSION hypopg;
CREATE FUNCTION nap(seconds int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(seconds); RETURN 1; END';
"""
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"


def press_ctrl_c_when_all_wait(dsn):
    with Session(dsn) as watcher:
        while watcher.rows(WAITING) != [(JOBS,)]:
            threading.Event().wait(0.05)
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_cancels_what_the_server_still_plans(db15, run_sql):
    run_sql(db15, SCHEMA)
    texts = [f"SELECT nap(600), {number}" for number in range(3 * JOBS)]
    statements = [Statement(text, Sample(text), 1.0, frozenset()) for text in texts]
    with Session(db15) as session:
        catalog = load(session)
    sources = [
        HypopgCosts(Session(db15, timeouts=Timeouts(statement_ms=60_000)), catalog, owns_session=True).open() for _ in range(JOBS)
    ]
    with PooledCosts(sources) as pool:
        costs = CachedCosts(pool)
        plans = Plans(costs, statements)
        deadline, refusals, begun = Deadline(), [], []

        def work(statement):
            begun.append(statement)
            try:
                plans.ask(statement, frozenset())
            except StatementFailed as error:
                refusals.append(str(error))

        finger = threading.Thread(target=press_ctrl_c_when_all_wait, args=(db15,))
        finger.start()
        with pytest.raises(KeyboardInterrupt):
            list(in_parallel(work, statements, JOBS, deadline, plans.interrupt))
        finger.join()
        assert refusals == ["canceling statement due to user request"] * JOBS
        assert len(begun) == JOBS
        assert deadline.passed
        assert costs.cost(Sample("SELECT 1"), frozenset()).total_cost > 0
