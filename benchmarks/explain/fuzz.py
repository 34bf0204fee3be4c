"""Mutate real plans and read them: no exception but the refusal, no slow reading, no runaway memory.

    python benchmarks/explain/fuzz.py --plans DIRECTORY --count 100000 --seed 1

``DIRECTORY`` holds plans (``*.txt``, ``*.json``, ``*.xml``, ``*.yaml``, as benchmarks/explain/corpus.py writes them). Prints the slowest
reading and the peak memory; exits with 1 on the first failure, with the text that caused it in ``fuzz-failure.txt``.
"""

# ruff: noqa: E501 - plans and conditions stand on one line, as they are printed
from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from indexadvisor.explain import read
from indexadvisor.explain.conditions import parse_condition
from indexadvisor.explain.explain_json import to_json
from indexadvisor.explain.reading import NoPlan

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


MUTATIONS: list[Callable[[str, random.Random], str]] = [cut, flip, insert, lines, delete]


def mutated(texts: list[str], rng: random.Random) -> str:
    """Return a real plan, or two of them one behind the other, mutated once or a few times."""
    text = rng.choice(texts)
    if rng.random() < 0.1:
        text += "\n" * rng.randrange(3) + rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 4))):
        text = rng.choice(MUTATIONS)(text, rng)
    return text


def exercise(text: str) -> int:
    """Read a text and use what came of it; returns the number of plans."""
    try:
        reading = read(text)
    except NoPlan as refusal:
        if refusal.line < 1 or refusal.column < 1:
            raise AssertionError("a refusal names its place") from refusal
        return 0
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
    return len(reading.plans)


def main() -> int:
    """Run the mutations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    texts = [path.read_text() for pattern in ("*.txt", "*.json", "*.xml", "*.yaml") for path in sorted(options.plans.glob(pattern))]
    rng = random.Random(options.seed)
    slowest, plans, started = 0.0, 0, time.process_time()
    for number in range(options.count):
        text = mutated(texts, rng)
        before = time.process_time()
        try:
            plans += exercise(text)
        except Exception:
            Path("fuzz-failure.txt").write_text(text, errors="surrogatepass")
            print(f"failed on mutation {number} of seed {options.seed}; the text is in fuzz-failure.txt")
            raise
        took = (time.process_time() - before) * 1000
        slowest = max(slowest, took)
        if took > SLOW_MS:
            Path("fuzz-failure.txt").write_text(text, errors="surrogatepass")
            print(f"mutation {number} of seed {options.seed} took {took:.0f} ms; the text is in fuzz-failure.txt")
            return 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = time.process_time() - started
    print(f"{options.count} mutations of {len(texts)} plans read into {plans} plans in {spent:.0f} s; slowest {slowest:.0f} ms, peak {peak:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
