"""The lines behind the nodes in TEXT, about the statement as a whole: planning, settings, triggers, JIT, serialization, times.

Source: ExplainOnePlan, ExplainPrintSettings, report_triggers, ExplainPrintJIT, ExplainPrintSerialize in src/backend/commands/explain.c.
"""

from __future__ import annotations

import re
from typing import Any

from indexadvisor.explain.properties import number

_TIME = re.compile(r"([\d.]+) ?ms$")
_SETTING = re.compile(r"([\w.]+) = (?:'((?:[^']|'(?!, [\w.]+ = |$))*)'|NULL)(?:, |$)")
_CALLS = re.compile(r"(?:time=([\d.]+) )?calls=(\d+)$")
_STEP = re.compile(r"(\w+) ([\d.]+) ms")
_DEFORM = re.compile(r"Generation ([\d.]+) ms \(Deform ([\d.]+) ms\)")
_SERIALIZED = re.compile(r"(?:time=([\d.]+) ms )?output=(\d+)kB format=(\w+)$")
_MEMORY = re.compile(r"used=(\d+)kB allocated=(\d+)kB$")
TIMES = {
    "Planning Time": "Planning Time", "Planning time": "Planning Time", "Execution Time": "Execution Time",
    "Execution time": "Execution Time", "Total runtime": "Execution Time", "Total Runtime": "Execution Time",
}  # fmt: skip
"""Names of the times, as versions spelled them, and the name they have today."""
_Fields = dict[str, Any]


def time(value: str) -> int | float | None:
    """Return the milliseconds of ``12.3 ms``, None for anything else."""
    match = _TIME.match(value)
    return None if match is None else number(match[1])


def settings(value: str) -> dict[str, str] | None:
    """Return the settings of one line, None where it is something else.

    >>> settings("work_mem = '64MB', search_path = 'a, ''b'''")
    {'work_mem': '64MB', 'search_path': "a, ''b''"}
    """
    found: dict[str, str] = {}
    position = 0
    while position < len(value):
        match = _SETTING.match(value, position)
        if match is None:
            return None
        found[match[1]] = match[2] or ""
        position = match.end()
    return found


def trigger(line: str) -> _Fields | None:
    """Return one trigger's figures (``Trigger for constraint t_fk on t: time=0.1 calls=5``), None for anything else."""
    head, _, tail = line.rpartition(": ")
    calls = _CALLS.match(tail)
    if calls is None or not head.startswith("Trigger"):
        return None
    head = head.removeprefix("Trigger")
    name, is_constraint, constraint = head.partition(" for constraint ")
    last = constraint if is_constraint else name
    last, has_relation, relation = last.rpartition(" on ") if " on " in last else (last, "", "")
    fields: _Fields = {}
    if is_constraint:
        fields["Constraint Name"] = last
    else:
        name = last
    if name.strip():
        fields["Trigger Name"] = name.strip()
    if has_relation:
        fields["Relation"] = relation
    if calls[1] is not None:
        fields["Time"] = number(calls[1])
    fields["Calls"] = number(calls[2])
    return fields


def jit_line(group: _Fields, name: str, value: str) -> bool:
    """Read one line of a JIT block; returns False where it is none."""
    if name == "Functions":
        group["Functions"] = number(value)
        return group["Functions"] is not None
    if name == "Options":
        words = value.replace(",", "").split()
        group["Options"] = {step: state == "true" for step, state in zip(words[::2], words[1::2], strict=False)}
        return True
    if name == "Timing":
        timing: _Fields = {step: number(value) for step, value in _STEP.findall(value)}
        deform = _DEFORM.match(value)
        if deform is not None:
            timing.pop("Deform", None)
            timing["Generation"] = {"Deform": number(deform[2]), "Total": number(deform[1])}
        group["Timing"] = timing
        return bool(timing)
    if name.endswith(" Time"):  # 11 printed each step on a line of its own
        group[name] = time(value)
        return group[name] is not None
    if value in ("true", "false"):
        group[name] = value == "true"
        return True
    return False


def serialization(value: str) -> _Fields | None:
    """Return the figures of ``time=0.1 ms  output=1kB  format=text``, None for anything else."""
    match = _SERIALIZED.match(" ".join(value.split()))
    if match is None:
        return None
    fields: _Fields = {} if match[1] is None else {"Time": number(match[1])}
    return {**fields, "Output Volume": number(match[2]), "Format": match[3]}


def memory(group: _Fields, value: str) -> bool:
    """Read ``used=1kB  allocated=2kB`` of the planner (from 17)."""
    match = _MEMORY.match(" ".join(value.split()))
    if match is not None:
        group["Memory Used"], group["Memory Allocated"] = number(match[1]), number(match[2])
    return match is not None
