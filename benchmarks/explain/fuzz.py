"""Mutate real plans and read them: no exception but the refusal, no slow reading, no runaway memory.

    python benchmarks/explain/fuzz.py --plans DIRECTORY --count 100000 --seed 1 [--analyse-every 10] [--keep-going]

``DIRECTORY`` holds plans (``*.txt``, ``*.json``, ``*.xml``, ``*.yaml``, as benchmarks/explain/corpus.py writes them, below it as well).
Every text is read, written as JSON and its conditions are parsed; of every tenth (``--analyse-every``) the plans that were read are
analysed as well: times, rows, all rules, and once more as JSON. Prints the slowest reading and analysis and the peak memory; exits with 1 on
the first failure, or with ``--keep-going`` after all, with each text that caused one in ``fuzz-failure-N.txt``.
"""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from indexadvisor.explain import Plan, read
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.engine import analyse
from indexadvisor.explain.explain_json import to_json
from indexadvisor.explain.reading import NoPlan

T = TypeVar("T")
SLOW_MS = 1000.0
CONDITIONS = ("Filter", "Index Cond", "Join Filter", "Hash Cond")
NASTY = ["(", ")", "'", '"', "[", "]", "{", "}", "->  ", "(cost=", "\t", "\x00", "\ufeff", "<", "&", "&amp;", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "- ",
         ": ", ",", "\\", "999999999999999999999999", "-1", "NaN", "1e999", "Workers", "Worker 0:  ", "SubPlan 1", "$1", "é", "\U0001f600", "|",
         "+", "Query Text: ", "duration: 1 ms  plan:", "LOG:  ", "QUERY PLAN", "Buffers: shared hit=", "\r", "\n\n", "\"\"", "'' OR", "null", "true"]  # fmt: skip


def cut(text: str, rng: random.Random) -> str:
    """Cut off an end."""
    at = rng.randrange(len(text) + 1)
    return text[:at] if rng.random() < 0.5 else text[at:]


def flip(text: str, rng: random.Random) -> str:
    """Replace characters."""
    characters = list(text)
    for _ in range(rng.randrange(1, 8)):
        if characters:
            characters[rng.randrange(len(characters))] = chr(rng.randrange(1, 0x250))
    return "".join(characters)


def insert(text: str, rng: random.Random) -> str:
    """Insert what readers dislike."""
    for _ in range(rng.randrange(1, 5)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(NASTY) * rng.choice((1, 1, 1, 2, 50)) + text[at:]
    return text


def lines(text: str, rng: random.Random) -> str:
    """Drop, repeat, swap or indent lines."""
    rows = text.split("\n")
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(rows))
        action = rng.randrange(5)
        if action == 0 and len(rows) > 1:
            del rows[at]
        elif action == 1:
            rows.insert(at, rows[at])
        elif action == 2:
            other = rng.randrange(len(rows))
            rows[at], rows[other] = rows[other], rows[at]
        elif action == 3:
            rows[at] = " " * rng.randrange(12) + rows[at].lstrip()
        else:
            rows[at : at + 1] = [rows[at][: len(rows[at]) // 2], rows[at][len(rows[at]) // 2 :]]
    return "\n".join(rows)


def delete(text: str, rng: random.Random) -> str:
    """Take a piece out of the middle."""
    first, second = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    return text[:first] + text[second:]


def figures(text: str, rng: random.Random) -> str:
    """Put other numbers: what rules compare and divide by."""
    share = rng.choice((0.02, 0.2, 0.6))

    def other(match: re.Match[str]) -> str:
        if rng.random() > share:
            return match.group()
        choice = rng.randrange(6)
        if choice == 0:
            return "0" if "." not in match.group() else "0.000"
        if choice == 1:
            return rng.choice(("1", "9223372036854775807", "9999999999", "0.001", "-1"))
        return match.group().replace(".", "0000.") if choice < 5 and "." in match.group() else match.group() + "0" * choice

    return _FIGURE.sub(other, text)


MUTATIONS: list[Callable[[str, random.Random], str]] = [cut, flip, insert, lines, delete, figures, figures]
_FIGURE = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def mutated(texts: list[str], rng: random.Random) -> str:
    """Return a real plan, or two of them one behind the other, mutated once or a few times."""
    text = rng.choice(texts)
    if rng.random() < 0.1:
        text += "\n" * rng.randrange(3) + rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 4))):
        text = rng.choice(MUTATIONS)(text, rng)
    return text


def exercise(text: str) -> tuple[Plan, ...]:
    """Read a text and use what came of it; returns its plans."""
    try:
        reading = read(text)
    except NoPlan as refusal:
        if refusal.line < 1 or refusal.column < 1:
            raise AssertionError("a refusal names its place") from refusal
        return ()
    for plan in reading.plans:
        json.dumps(to_json(plan), allow_nan=False)
        for node in plan.walk():
            for name in CONDITIONS:
                condition = node.text(name)
                if condition is not None:
                    assert parse_condition(condition).text == condition
    for unread in reading.unread:
        assert unread.line >= 1
        assert unread.column >= 1
    return reading.plans


def examine(plan: Plan) -> int:
    """Analyse a plan with every rule and check what can be checked of any plan; returns the number of findings."""
    report = analyse(plan)
    if report.times is not None:
        for time_of in report.times.nodes.values():
            assert 0 <= time_of.own.low <= time_of.own.high, time_of
    for count in report.rows.values():
        assert 0 <= count.returned.low <= count.returned.high, count
    for finding in report.findings:
        assert finding.message, finding
        assert finding.node is None or finding.node in plan.nodes, finding
    return len(report.findings)


class Run:
    """The mutations of one run: what was counted, and each failure with the text that caused it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._kinds: Counter[str] = Counter()
        self.slowest_ms = {"read": 0.0, "analyse": 0.0}
        self.plans = self.analysed = self.findings = 0

    @property
    def failures(self) -> int:
        """How many texts failed."""
        return self._kinds.total()

    def one(self, number: int, text: str) -> None:
        """Read one text, analyse its plans where it is its turn."""
        try:
            plans = self._timed("read", lambda: exercise(text))
            self.plans += len(plans)
            if self._options.analyse_every and number % self._options.analyse_every == 0:
                self.analysed += len(plans)
                self.findings += self._timed("analyse", lambda: sum(map(examine, plans)))
        # whatever it is, it is what is looked for
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} in {Path(where.filename).name}:{where.lineno}: {str(error)[:200]}"
            self._kinds[kind] += 1
            if self._kinds[kind] == 1:
                file = Path(f"fuzz-failure-{len(self._kinds)}.txt")
                file.write_text(text, encoding="utf-8", errors="surrogatepass")
                print(f"mutation {number} of seed {self._options.seed}: {kind}; the text is in {file}", flush=True)
            if not self._options.keep_going:
                raise

    def _timed(self, what: str, work: Callable[[], T]) -> T:
        started = time.process_time()
        done = work()
        took = (time.process_time() - started) * 1000
        self.slowest_ms[what] = max(self.slowest_ms[what], took)
        if took > SLOW_MS:
            raise TimeoutError(f"{what} took more than {SLOW_MS:.0f} ms")
        return done


def main() -> int:
    """Run the mutations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--analyse-every", type=int, default=10, help="analyse the plans of every so manieth mutation; 0 for none")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    options = parser.parse_args()
    found = (path for pattern in ("*.txt", "*.json", "*.xml", "*.yaml") for path in sorted(options.plans.rglob(pattern)))
    texts = [path.read_text(encoding="utf-8") for path in found]
    rng, run, started = random.Random(options.seed), Run(options), time.process_time()
    for number in range(options.count):
        run.one(number, mutated(texts, rng))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.count} mutations of {len(texts)} plans read into {run.plans} plans in {time.process_time() - started:.0f} s of processor time")
    print(f"{run.analysed} plans analysed with every rule, {run.findings} findings")
    print(f"slowest reading {run.slowest_ms['read']:.0f} ms, slowest analysis {run.slowest_ms['analyse']:.0f} ms, peak {peak:.0f} MB")
    print(f"{run.failures} failures")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
