"""Plans of one statement under changed planner settings: SET LOCAL in a read-only transaction that is rolled back.

PostgreSQL documentation, section "Query Planning" and "Resource Consumption": all of these are settings any role may change for itself.
Only those named here are ever set, whatever a finding says; names and values travel as parameters of set_config().
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

from indexadvisor.db.connection import Session
from indexadvisor.errors import StatementFailed
from indexadvisor.explain.plan import Plan
from indexadvisor.explain.run import Explainer
from indexadvisor.findings import Skipped
from indexadvisor.workload.model import Sample

ALLOWED = frozenset({
    "work_mem", "hash_mem_multiplier", "jit", "jit_above_cost", "plan_cache_mode", "random_page_cost", "seq_page_cost", "cpu_tuple_cost",
    "cpu_index_tuple_cost", "cpu_operator_cost", "effective_cache_size", "effective_io_concurrency", "cursor_tuple_fraction",
    "from_collapse_limit", "join_collapse_limit", "constraint_exclusion", "geqo", "geqo_threshold",
    "parallel_setup_cost", "parallel_tuple_cost", "max_parallel_workers_per_gather", "min_parallel_table_scan_size",
    "min_parallel_index_scan_size", "parallel_leader_participation",
    "enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_tidscan", "enable_sort",
    "enable_incremental_sort", "enable_hashagg", "enable_material", "enable_memoize", "enable_nestloop", "enable_mergejoin",
    "enable_hashjoin", "enable_gathermerge", "enable_parallel_append", "enable_parallel_hash", "enable_partition_pruning",
    "enable_partitionwise_join", "enable_partitionwise_aggregate", "enable_presorted_aggregate",
})  # fmt: skip

_SET = "SELECT pg_catalog.set_config(%s, %s, true)"
_READ_ONLY = "SELECT pg_catalog.set_config('transaction_read_only', 'on', true)"
_NO_HYPOTHETICAL = "SELECT pg_catalog.set_config('hypopg.enabled', 'off', true)"
_DISABLED_COST = 1.0e10
"""What a forbidden node costs before version 18 (costsize.c, disable_cost)."""


class SettingsTrial:
    """Plans of one statement on one session under settings changed for one transaction; hypothetical indexes are not seen.

    ``base``: settings the given plan was made with, where they may be set; they hold for every plan asked for, so that before and after
    differ in nothing else. What the server refuses of them is left out and named in ``skipped``.
    """

    def __init__(self, session: Session, sample: Sample, base: Mapping[str, str] | None = None) -> None:
        self._session = session
        self._sample = sample
        self._changed: dict[str, str] = {}
        self._explainer = Explainer(session, block=self._under)
        self._refused: dict[str, str] = {}
        self._base = self._accepted({name: value for name, value in (base or {}).items() if name in ALLOWED})

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The given plan's settings that the server refuses."""
        return tuple(Skipped("whatif", f"setting {name}", f"not planned with: {reason}") for name, reason in self._refused.items())

    @cached_property
    def present(self) -> Plan:
        """The plan without any change; raises StatementFailed when the server refuses the statement."""
        return self.plan({})

    def plan(self, settings: Mapping[str, str], sample: Sample | None = None) -> Plan:
        """Return the plan under these settings; raises StatementFailed, ValueError for a setting that is none of ours to change."""
        unknown = settings.keys() - ALLOWED
        if unknown:
            raise ValueError(f"{min(unknown)} is no setting to try")
        self._changed = {**self._base, **settings}
        return self._explainer.explain(sample or self._sample)

    def value(self, name: str) -> str:
        """Return what a setting is on this session, with the given plan's settings applied."""
        if name in self._base:
            return self._base[name]
        return str(self._session.rows("SELECT pg_catalog.current_setting(%s, true)", [name])[0][0] or "")

    def compiles(self) -> bool:
        """Return whether the server can compile statements just in time (pg_jit_available())."""
        return bool(self._session.rows("SELECT pg_catalog.pg_jit_available()")[0][0])

    @contextmanager
    def _under(self) -> Iterator[None]:
        with self._session.transaction():
            self._session.rows(_READ_ONLY)
            self._session.rows(_NO_HYPOTHETICAL)
            for name, value in self._changed.items():
                self._session.rows(_SET, [name, value])
            yield

    def _accepted(self, settings: Mapping[str, str]) -> dict[str, str]:
        found = {}
        for name, value in sorted(settings.items()):
            try:
                with self._session.transaction():
                    self._session.rows(_SET, [name, value])
                found[name] = value
            except StatementFailed as error:
                self._refused[name] = str(error)
        return found


def comparable(plan: Plan) -> bool:
    """Return whether a plan's cost is one of work alone, without what forbidden nodes are charged."""
    return plan.total_cost < _DISABLED_COST
