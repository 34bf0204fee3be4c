"""Read a corpus made by corpus.py with the readers of the project and check all that can be checked.

    python benchmarks/explain/check_corpus.py DIR [--show 10]

Checked: every file holds one plan and nothing that was not understood; formats agree (`plain` and `untimed` over four executions where
nothing varies, every other file with its twin, the same execution in another format); own times add up to the statement's and none is
negative; node totals are PostgreSQL's, as the JSON files have them before we read them; rows and removed rows contain them too. Exit code 1
otherwise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus import HERE, queries

from indexadvisor.errors import CaptureError
from indexadvisor.explain import Plan, PlanNode, read
from indexadvisor.explain.plan import Buffers, IoTimes, Wal
from indexadvisor.explain.processes import MAIN, measured, regions
from indexadvisor.explain.rows import row_counts
from indexadvisor.explain.timing import timings

NODE_TYPES = frozenset({
    "Aggregate", "Append", "Bitmap Heap Scan", "Bitmap Index Scan", "BitmapAnd", "BitmapOr", "CTE Scan", "Foreign Scan",
    "Function Scan", "Gather", "Gather Merge", "Group", "Hash", "Hash Join", "Incremental Sort", "Index Only Scan", "Index Scan", "Limit",
    "LockRows", "Materialize", "Memoize", "Merge Append", "Merge Join", "ModifyTable", "Named Tuplestore Scan", "Nested Loop",
    "ProjectSet", "Recursive Union", "Result", "Sample Scan", "Seq Scan", "SetOp", "Sort", "Subquery Scan", "Table Function Scan",
    "Tid Range Scan", "Tid Scan", "Unique", "Values Scan", "WindowAgg", "WorkTable Scan", "Custom Scan",
})  # fmt: skip
NOT_IN_TEXT = frozenset({
    "Parent Relationship", "Parallel Aware", "Async Capable", "Scan Direction", "Strategy", "Partial Mode", "Join Type", "Operation",
    "Command", "Single Copy", "Subplans Removed", "Disabled", "Inner Unique", "Function Name", "Planned Partitions",
})  # fmt: skip
"""Properties that TEXT prints in a node's name, only where they are true, or not at all."""
_FIELDS = (
    "node_type", "startup_cost", "total_cost", "rows", "width_bytes", "relation", "schema", "alias", "index", "relationship",
    "subplan_name", "actual", "buffers", "io", "wal",
)  # fmt: skip
_COUNTERS = {"buffers": Buffers(), "io": IoTimes(), "wal": Wal()}
_TOLERANCE_MS = 1e-6


@dataclass
class Result:
    """What was found. ``faults``: failures as text, by kind. ``one_sided``: properties found in one of two formats alone."""

    plans: int = 0
    timed: int = 0
    compared: int = 0
    node_types: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)
    one_sided: Counter[str] = field(default_factory=Counter)

    def fault(self, kind: str, text: str) -> None:
        """Note one failure."""
        self.faults.setdefault(kind, []).append(text)


def check(directory: Path) -> Result:
    """Read and check every file of a corpus."""
    result = Result()
    varies = {query.name for query in queries((HERE / "queries.sql").read_text(encoding="utf-8")) if query.varies}
    for major in sorted(path for path in directory.iterdir() if path.is_dir()):
        groups: dict[str, dict[str, Plan]] = {}
        for file in sorted(major.iterdir()):
            plan = _read(file, result)
            if plan is None:
                continue
            name, variant, form = file.name.split(".")[:3]
            if ".twin." in file.name:
                _same(groups[f"{name}.{variant}"][form], plan, f"{major.name}/{file.name}", result)
                _add_up(plan, f"{major.name}/{file.name}", result)
                continue
            result.plans += form == "txt"
            groups.setdefault(f"{name}.{variant}", {})[form] = plan
            _add_up(plan, f"{major.name}/{file.name}", result)
            if form == "json" and not variant.startswith("nested"):
                _totals(plan, json.loads(file.read_text(encoding="utf-8"))[0]["Plan"], f"{major.name}/{file.name}", result)
        for key, plans in groups.items():
            if key.endswith((".plain", ".untimed")) and (key.endswith(".plain") or key.split(".")[0] not in varies):
                for form in ("txt", "xml", "yaml"):
                    if "json" in plans and form in plans:
                        _same(plans["json"], plans[form], f"{major.name}/{key}.{form}", result)
    return result


def _read(file: Path, result: Result) -> Plan | None:
    try:
        reading = read(file.read_bytes(), file.name)
    except CaptureError as error:
        result.fault("not read", f"{file.parent.name}/{file.name}: {error}")
        return None
    if len(reading.plans) != 1:
        result.fault("not read", f"{file.parent.name}/{file.name}: {len(reading.plans)} plans")
    if reading.unread:
        result.fault("not understood", f"{file.parent.name}/{file.name}: {reading.unread[0]}")
    plan = reading.plans[0]
    result.node_types.update({node.node_type for node in plan.walk()})
    return plan


def _same(one: Plan, other: Plan, name: str, result: Result) -> None:
    """Compare every number and every condition that two formats share."""
    result.compared += 1
    nodes, others = list(one.walk()), list(other.walk())
    if len(nodes) != len(others):
        result.fault("formats disagree", f"{name}: {len(nodes)} nodes and {len(others)}")
        return
    for node, twin in zip(nodes, others, strict=True):
        above, beyond = ((parent := plan.parents.get(each.number)) and parent.number for plan, each in ((one, node), (other, twin)))
        if above != beyond:
            result.fault("formats disagree", f"{name} node {node.number} {node.node_type}: below node {above} and {beyond}")
        for difference in _differences(node, twin, result):
            result.fault("formats disagree", f"{name} node {node.number} {node.node_type}: {difference}")
    if one.settings != other.settings:
        result.fault("formats disagree", f"{name}: settings {one.settings} and {other.settings}")
    if one.jit != other.jit:
        result.fault("formats disagree", f"{name}: JIT {one.jit} and {other.jit}")
    # EXPLAIN does not print the query, its twin does
    if one.query_text != other.query_text and None not in (one.query_text, other.query_text):
        result.fault("formats disagree", f"{name}: query {one.query_text} and {other.query_text}")
    # TEXT prints the relation only where there are several, and an internal trigger's name only with VERBOSE
    fired, again = ([(trigger.calls, trigger.time_ms, trigger.constraint) for trigger in plan.triggers] for plan in (one, other))
    if fired != again:
        result.fault("formats disagree", f"{name}: triggers {fired} and {again}")


def _differences(node: PlanNode, twin: PlanNode, result: Result) -> Iterator[str]:
    yield from _fields_differ(node, twin, _FIELDS)
    for worker, other in zip(node.workers, twin.workers, strict=False):
        yield from _fields_differ(worker, other, ("number", "actual", "buffers", "io", "wal"))
        shared = worker.details.keys() & other.details.keys() - {"JIT"}
        yield from (f"worker's {name}: {worker.details[name]!r} and {other.details[name]!r}" for name in sorted(shared)
                    if worker.details[name] != other.details[name])  # fmt: skip
    if len(node.workers) != len(twin.workers):
        yield f"{len(node.workers)} workers and {len(twin.workers)}"
    for name in sorted(node.details.keys() | twin.details.keys()):
        if name in node.details and name in twin.details:
            values = node.details[name], twin.details[name]
            # a scan that goes in no direction is called forward in TEXT
            if values[0] != values[1] and not (name == "Scan Direction" and "NoMovement" in values):
                yield f"{name}: {node.details[name]!r} and {twin.details[name]!r}"
        elif node.details.get(name, twin.details.get(name)) and name not in NOT_IN_TEXT:
            result.one_sided[f"{node.node_type}: {name}"] += 1
        elif name not in NOT_IN_TEXT:
            result.one_sided[f"{name} (zero or false)"] += 1


def _fields_differ(one: object, other: object, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        value, twin = getattr(one, name), getattr(other, name)
        # TEXT leaves out what is zero
        if value != twin and not (name in _COUNTERS and (value or _COUNTERS[name]) == (twin or _COUNTERS[name])):
            yield f"{name}: {value} and {twin}"


def _add_up(plan: Plan, name: str, result: Result) -> None:
    """Check times and rows of one plan against themselves."""
    times, rows = timings(plan), row_counts(plan)
    if (times is not None) != plan.timed or bool(rows) != plan.analyzed:
        result.fault("no times or rows", name)
    for count in rows.values():
        if count.returned.low < 0 or count.removed.low < 0 or (count.factor is not None and (count.factor < 1 or count.excuse)):
            result.fault("rows", f"{name}: {count}")
    if times is None:
        return
    result.timed += 1
    if not times.conservation.holds:
        result.fault("does not add up", f"{name}: {times.conservation}")
    found = regions(plan)
    for number, time in times.nodes.items():
        if time.own.low < 0 or time.own.high < time.own.low or time.inclusive.high < time.inclusive.low:
            result.fault("negative self time", f"{name} node {number}: {time}")
        beside = time.inclusive.low > time.measured.high + _TOLERANCE_MS
        if found[number] == MAIN and (beside or time.inclusive.high < time.measured.low - _TOLERANCE_MS):
            result.fault("not PostgreSQL's total", f"{name} node {number}: {time}")
        if time.own.high > time.inclusive.high + _TOLERANCE_MS:
            result.fault("own above inclusive", f"{name} node {number}: {time}")


def _totals(plan: Plan, printed: Mapping[str, Any], name: str, result: Result) -> None:
    """Compare the totals of every node with those of the file, read by nothing of ours."""
    rows = row_counts(plan)
    for node, raw in zip(plan.walk(), _printed(printed), strict=True):
        loops = raw.get("Actual Loops", 0)
        if "Actual Total Time" in raw and not _within(measured(node).low, raw["Actual Total Time"] * loops, measured(node).high):
            result.fault("not PostgreSQL's total", f"{name} node {node.number}: {raw['Actual Total Time']} x {loops}, {measured(node)}")
        if loops:
            removed = sum(value for key, value in raw.items() if key.startswith("Rows Removed by ")) * loops
            count, returned = rows[node.number], raw["Actual Rows"] * loops
            within = _within(count.returned.low, returned, count.returned.high)
            if not within or not _within(count.removed.low, removed, count.removed.high):
                result.fault("not PostgreSQL's total", f"{name} node {node.number}: {returned} rows, {removed} removed, {count}")


def _printed(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _printed(child)


def _within(low: float, value: float, high: float) -> bool:
    # half a row: bounds of rows are whole numbers
    return low - 0.5 <= value <= high + 0.5


def main() -> int:
    """Check a directory and print what was found."""
    parser = argparse.ArgumentParser(description="Check the readers, times and rows over a corpus of plans.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--show", type=int, default=10, help="failures shown of each kind")
    arguments = parser.parse_args()
    result = check(arguments.directory)
    print(f"{result.plans} plans, {result.timed} readings with times, {result.compared} comparisons of formats")
    print(f"{len(result.node_types)} node types; not seen: {', '.join(sorted(NODE_TYPES - result.node_types.keys())) or 'none'}")
    unknown = sorted(result.node_types.keys() - NODE_TYPES)
    if unknown:
        print(f"unknown node types: {', '.join(unknown)}")
    for kind in ("not read", "not understood", "formats disagree", "does not add up", "negative self time", "own above inclusive",
                 "not PostgreSQL's total", "no times or rows", "rows"):  # fmt: skip
        found = result.faults.get(kind, [])
        print(f"{kind}: {len(found)}")
        print(*(f"  {each[:400]}" for each in found[: arguments.show]), sep="\n", end="\n" if found else "")
    print("only in one of two formats:", *(f"{name} x{count}" for name, count in result.one_sided.most_common(arguments.show)), sep="\n  ")
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
