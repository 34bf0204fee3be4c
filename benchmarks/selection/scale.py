"""How time, memory and EXPLAINs grow with the number of tables and templates, stage by stage.

    python benchmarks/selection/scale.py [--full] [--sizes 50:500 200:2000] [--compress off|auto] [--time-limit 60] [--keep DIR]

A generated application (``scale_workload.py``) is put into a snapshot and a log, without any rows; each size then runs in a process of its
own, against a lab. Printed for each stage are seconds, CPU seconds (the lab's server included: what counts on a machine with other work),
the peak of resident memory (of the advisor alone) and EXPLAINs, and at the end the exponent of growth: CPU time ~ templates ** exponent,
between the smallest and the largest size. Ends with exit code 1 where a stage that takes more than 5 s of CPU grows by more than --most.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from indexadvisor.catalog.model import IndexDef
    from indexadvisor.whatif.interface import CostSource
    from indexadvisor.workload.model import Workload

SIZES, FULL = ("50:500", "100:1000", "200:2000"), ("50:500", "200:2000", "1000:10000")
NOTICED_S = 5.0
Result = TypeVar("Result")


@dataclass
class Stage:
    """What one stage took; ``made`` is what it yields, counted."""

    name: str
    seconds: float
    cpu_s: float
    peak_mb: float
    explains: int
    made: str


class Stopwatch:
    """Measures stages one after another; ``explains`` tells the EXPLAINs so far."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []
        self.explains: Callable[[], int] = lambda: 0

    def run(self, name: str, work: Callable[[], Result], made: Callable[[Result], str]) -> Result:
        """Do the work of a stage and note what it took."""
        _forget_peak()
        asked, cpu, start = self.explains(), _cpu_s(), time.monotonic()
        result = work()
        seconds, used = time.monotonic() - start, _cpu_s() - cpu
        stage = Stage(name, seconds, used, _peak_mb(), self.explains() - asked, made(result))
        self.stages.append(stage)
        print(f"  {name:10} {seconds:9.1f} s {used:9.1f} s CPU {stage.peak_mb:8,.0f} MB {stage.explains:9,}  {stage.made}",
              file=sys.stderr, flush=True)  # fmt: skip
        return result


def _forget_peak() -> None:
    """Let the kernel count the peak of resident memory from now on (proc(5), clear_refs)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _cpu_s() -> float:
    """Return the CPU time of this process and of all below it, those that ended included."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            ticks[int(entry.name)] = sum(int(fields[n]) for n in (11, 12, 13, 14))

    def below(pid: int) -> bool:
        while pid and pid != os.getpid():
            pid = parents.get(pid, 0)
        return pid == os.getpid()

    return sum(ticks[pid] for pid in ticks if below(pid)) / os.sysconf("SC_CLK_TCK") if parents else time.process_time()


def measure(directory: Path, options: argparse.Namespace) -> list[Stage]:
    """Run the stages of one size, whose snapshot and log are in a directory."""
    from indexadvisor.candidates.generate import generate
    from indexadvisor.candidates.represented import smaller
    from indexadvisor.capture.logs import LogSource
    from indexadvisor.catalog.snapshot_file import load
    from indexadvisor.report.document import document
    from indexadvisor.report.write import write
    from indexadvisor.selection.choose import pick
    from indexadvisor.selection.problem import Deadline
    from indexadvisor.selection.task import prepare
    from indexadvisor.settings import Limits
    from indexadvisor.usage.graph import usage_graph
    from indexadvisor.usage.key_probes import with_key_probes
    from indexadvisor.whatif.cache import CachedCosts
    from indexadvisor.whatif.open import open_snapshot
    from indexadvisor.workload.group import group, usable

    watch, limits = Stopwatch(), Limits(time_limit_s=options.time_limit)
    snapshot = watch.run("snapshot", lambda: load(directory / "scale.snapshot"), lambda made: f"{len(made.catalog.tables)} tables")
    catalog = snapshot.catalog
    log = str(directory / "scale.json")
    captured = watch.run("capture", lambda: usable(group(LogSource((log,)))), lambda made: f"{len(made.groups)} templates")
    usage = watch.run("usage", lambda: usage_graph(captured, catalog), lambda made: f"{len(made.relations)} occurrences")
    whole = with_key_probes(captured, usage, catalog)
    candidates = watch.run("candidates", lambda: generate(usage, catalog, limits), lambda made: f"{len(made.candidates)} candidates")
    workload = whole
    if options.compress == "auto":
        small = watch.run("compress", lambda: smaller(whole, usage, catalog, candidates), lambda made: made[0].sentence())
        workload, candidates = small[0].workload, small[1]
    tables = {sample: usage.tables_of(each.query_id) for part in (whole, workload) for each in part.groups for sample in each.samples}
    source = watch.run("lab", lambda: open_snapshot("lab", snapshot, jobs=options.jobs), lambda made: made.info.kind)
    with source:
        costs = CachedCosts(source, tables=tables.get)
        watch.explains = lambda: costs.effort.explains
        deadline = Deadline(limits.time_limit_s)
        task = watch.run("costing", lambda: prepare(workload, usage, candidates, costs, catalog, deadline),
                         lambda made: f"{len(made.plans.statements)} statements")  # fmt: skip
        choice = watch.run("choosing", lambda: pick(task, limits, deadline), lambda made: (
            f"{len(made.steps)} indexes, {1 - made.cost_after / made.cost_before:.2%} saved, gap {made.gap}"))  # fmt: skip
        if options.judge:
            watch.run("judging", lambda: saved_of(whole, choice.indexes, costs), lambda share: f"{share:.2%} saved of the whole workload")
        made = watch.run("document", lambda: document(whole, usage, candidates, choice, catalog, costs.info, costs.effort,
                         seconds=0.0, limits=limits), lambda made: f"{len(made.workload.queries)} queries")  # fmt: skip
    for kind in ("json", "html", "md", "sql"):
        watch.run(kind, lambda: write(made, directory / "report", (kind,)),  # noqa: B023
                  lambda paths: ", ".join(f"{path.name} {path.stat().st_size / 1e6:.1f} MB" for path in paths))  # fmt: skip
    return watch.stages


def saved_of(workload: Workload, chosen: frozenset[IndexDef], costs: CostSource) -> float:
    """Return what a set saves of a workload's cost, every sample of every template costed."""
    before = after = 0.0
    for each in workload.groups:
        for sample in each.samples:
            before += each.calls * sample.share * costs.cost(sample, frozenset()).total_cost
            after += each.calls * sample.share * costs.cost(sample, chosen).total_cost
    return 1 - after / before


def make(directory: Path, size: str, seed: int) -> None:
    """Put the snapshot and the log of one size into a directory, unless they are there."""
    from scale_workload import snapshot, tables, templates, write_log

    from indexadvisor.catalog.snapshot_file import save

    if (directory / "scale.json").exists():
        return
    directory.mkdir(parents=True, exist_ok=True)
    count, queries = map(int, size.split(":"))
    chance = random.Random(seed)
    made = tables(count, chance)
    save(snapshot(made, chance), directory / "scale.snapshot")
    write_log(directory / "scale.json", templates(queries, made, chance), chance)


def _exponents(runs: dict[str, list[dict[str, Any]]], most: float) -> bool:
    """Print how each stage grows from the smallest to the largest size; return whether every one that counts grows slowly enough."""
    sizes = list(runs)
    growth = math.log(int(sizes[-1].split(":")[1]) / int(sizes[0].split(":")[1]))
    fine = True
    print(f"\n{'stage':10} " + " ".join(f"{size:>12}" for size in sizes) + "   exponent   peak MB   EXPLAINs (CPU seconds)")
    last = {stage["name"]: stage for stage in runs[sizes[-1]]}
    for name in last:
        cpu = [next((stage["cpu_s"] for stage in stages if stage["name"] == name), 0.0) for stages in runs.values()]
        exponent = math.log(max(cpu[-1], 0.01) / max(cpu[0], 0.01)) / growth
        slow = cpu[-1] > NOTICED_S and exponent > most
        fine &= not slow
        print(f"{name:10} " + " ".join(f"{seconds:12.2f}" for seconds in cpu)
              + f" {exponent:10.2f} {last[name]['peak_mb']:9,.0f} {last[name]['explains']:10,}{'  TOO FAST' if slow else ''}")  # fmt: skip
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="TABLES:TEMPLATES")
    parser.add_argument("--full", action="store_true", help=f"the sizes {', '.join(FULL)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="labs side by side")
    parser.add_argument("--compress", choices=("off", "auto"), default="auto", help="auto compresses whatever the size, here")
    parser.add_argument("--judge", action="store_true", help="cost the choice on every template, compressed or not")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="for costing and choosing together")
    parser.add_argument("--most", type=float, default=1.3, help="greatest exponent of a stage")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make snapshots and logs there, or use those that are there")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run is not None:
        print(json.dumps([asdict(stage) for stage in measure(options.run, options)]))
        return 0
    runs = {}
    with tempfile.TemporaryDirectory(prefix="scale") as temporary:
        for size in FULL if options.full else options.sizes:
            print(f"{size.replace(':', ' tables, ')} templates", file=sys.stderr)
            directory = (options.keep or Path(temporary)) / size.replace(":", "-")
            make(directory, size, options.seed)
            command = [sys.executable, __file__, *sys.argv[1:], "--run", str(directory)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            runs[size] = json.loads(done.stdout)
    return int(not _exponents(runs, options.most)) if len(runs) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
