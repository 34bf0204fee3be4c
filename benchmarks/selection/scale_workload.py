"""A generated application of any size for ``scale.py``: tables with statistics and no rows, and a log of statements over them.

Tables have a primary key, one to three foreign keys to tables made before them (nearer ones more often), some existing indexes, and
statistics as ANALYZE would leave them. Templates go to tables by a Zipf distribution, as do calls to templates. Same seed, same bytes.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

from indexadvisor.catalog.model import Index
from indexadvisor.catalog.snapshot import Snapshot, take
from indexadvisor.db.connection import Session
from indexadvisor.db.script import Client
from indexadvisor.lab.cluster import Cluster, pg_dump_program

PAGE_BYTES = 8192
EVENTS_PER_TEMPLATE = 6
"""Executions in the log, on average; each template has one at least."""
_STATES = ("new", "open", "paid", "sent", "done", "void")


@dataclass(frozen=True)
class Made:
    """One generated table: its name, rows, and the names of the tables that its foreign keys ``ref0``, ``ref1``, .. point to."""

    name: str
    rows: int
    parents: tuple[Made, ...]

    @property
    def pages(self) -> int:
        """Length of the table in pages, at 120 bytes a row."""
        return max(1, self.rows * 120 // PAGE_BYTES)


def tables(count: int, chance: random.Random) -> list[Made]:
    """Return so many tables of a thousand to twenty million rows, few of them large."""
    made: list[Made] = []
    for n in range(count):
        rows = int(10 ** (3 + 4.3 * chance.random() ** 2))
        near = made[-200:]
        parents = tuple(dict.fromkeys(chance.choices(near, range(1, len(near) + 1), k=chance.choice((1, 1, 2, 3))))) if near else ()
        made.append(Made(f"t{n:04}", rows, parents))
    return made


def script(made: Made, chance: random.Random) -> str:
    """Return the statements that create one table and give it its statistics."""
    references = "".join(f", ref{n} bigint REFERENCES {parent.name}" for n, parent in enumerate(made.parents))
    columns = "kind integer, state text, made_at timestamptz, changed_at timestamptz, amount numeric(12,2), code text, email text"
    lines = [f"CREATE TABLE {made.name} (id bigint PRIMARY KEY{references}, {columns}, flag boolean, note text);"]
    if chance.random() < 0.4 and made.parents:
        lines.append(f"CREATE INDEX {made.name}_ref0 ON {made.name} (ref0);")
    if chance.random() < 0.2:
        lines.append(f"CREATE INDEX {made.name}_made ON {made.name} (made_at);")
    lines.append(
        f"SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', '{made.name}', 'relpages', {made.pages},"
        f" 'reltuples', {made.rows}::real, 'relallvisible', {made.pages * 9 // 10});"
    )
    kinds = chance.choice((8, 40, 300))
    shares = [0.55, 0.2, 0.12, 0.07, 0.04, 0.02]
    common = f"'most_common_vals', '{{{','.join(_STATES)}}}'::text, 'most_common_freqs', '{{{','.join(map(str, shares))}}}'::real[]"
    times = [f"{2020 + n // 12}-{n % 12 + 1:02}-01 00:00:00+00" for n in range(60)]
    bounds = f"'histogram_bounds', '{{{','.join(_quoted(time) for time in times)}}}'::text"
    amounts = f"'histogram_bounds', '{{{','.join(str(n * 100) for n in range(101))}}}'::text"
    emails = "'histogram_bounds', '{" + ",".join(f"user{n:05}@mail.example.org" for n in range(0, 10_001, 100)) + "}'::text"
    statistics = {
        "id": (8, -1.0, 0.99, ""), "kind": (4, kinds, 0.1, ""), "state": (5, len(_STATES), 0.3, common),
        "made_at": (8, -0.9, 0.95, bounds), "changed_at": (8, -0.8, 0.3, bounds), "amount": (6, -0.3, 0.01, amounts),
        "code": (9, -0.2, 0.02, ""), "email": (22, -1.0, 0.0, emails), "flag": (1, 2, 0.7, _FLAGS), "note": (40, -0.5, 0.0, ""),
    } | {f"ref{n}": (8, min(-0.001, -min(1.0, parent.rows / made.rows) / 3), 0.2, "") for n, parent in enumerate(made.parents)}  # fmt: skip
    for name, (width, distinct, correlation, more) in statistics.items():
        lines.append(
            f"SELECT pg_restore_attribute_stats('schemaname', 'public', 'relname', '{made.name}', 'attname', '{name}', 'inherited', false,"
            f" 'null_frac', 0::real, 'avg_width', {width}, 'n_distinct', {distinct}::real, 'correlation', {correlation}::real"
            f"{', ' + more if more else ''});"
        )
    return "\n".join(lines)


_FLAGS = "'most_common_vals', '{f,t}'::text, 'most_common_freqs', '{0.93,0.07}'::real[]"


def _quoted(value: str) -> str:
    return f'"{value}"'


def snapshot(made: list[Made], chance: random.Random) -> Snapshot:
    """Return a snapshot of a database with these tables; its indexes are as long as the rows would make them."""
    with Cluster() as cluster:
        with Client(cluster.dsn(), application_name="scale") as client:
            for start in range(0, len(made), 50):
                client.run_script("\n".join(script(table, chance) for table in made[start : start + 50]))
        with Session(cluster.dsn()) as session:
            taken = take(session, pg_dump_program())
    rows = {table.name: table.rows for table in made}

    def sized(index: Index) -> Index:
        return replace(index, size_bytes=max(2, rows[index.definition.table.name] * 22 // PAGE_BYTES) * PAGE_BYTES)

    return replace(taken, catalog=replace(taken.catalog, indexes=tuple(map(sized, taken.catalog.indexes))))


@dataclass(frozen=True)
class Template:
    """One statement to be executed with different values: ``text`` has a ``{}`` for each; ``made`` is its main table."""

    text: str
    values: tuple[str, ...]
    made: Made

    def execution(self, chance: random.Random) -> str:
        """Return the statement with values of its own."""
        return self.text.format(*(_value(kind, self.made, chance) for kind in self.values))


_CONDITIONS = {
    "kind = {}": "kind", "state = {}": "state", "code = {}": "code", "email = {}": "email", "ref0 = {}": "id", "flag": "",
    "made_at >= {}": "time", "changed_at < {}": "time", "amount > {}": "amount", "kind IN ({}, 3)": "kind",
}  # fmt: skip


def _value(kind: str, made: Made, chance: random.Random) -> str:
    if kind == "state":
        return f"'{chance.choice(_STATES)}'"
    if kind == "time":
        return f"'{chance.randrange(2020, 2025)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}'"
    if kind in ("code", "email"):
        return f"'{kind}{chance.randrange(made.rows)}'"
    return str(chance.randrange({"id": made.rows, "kind": 8, "amount": 10_000}[kind]))


def templates(count: int, made: list[Made], chance: random.Random) -> list[Template]:
    """Return so many different templates, the most called first."""
    weights = list(accumulate(1 / (rank + 10) ** 0.8 for rank in range(len(made))))
    popular = chance.sample(made, len(made))
    found: dict[str, Template] = {}
    while len(found) < count:
        table = popular[bisect(weights, chance.random() * weights[-1])]
        template = _template(table, chance)
        found.setdefault(template.text, template)
    return list(found.values())


def _template(made: Made, chance: random.Random) -> Template:
    possible = [text for text in _CONDITIONS if made.parents or "ref0" not in text]
    picked = sorted(chance.sample(possible, chance.choice((1, 1, 2, 2, 3))), key=possible.index)
    where = " AND ".join(f"a.{text}" for text in picked)
    values = tuple(_CONDITIONS[text] for text in picked if _CONDITIONS[text])
    outputs = ("id", "amount", "code", "state", "made_at", "note", "email")
    columns = ", ".join(f"a.{name}" for name in sorted(chance.sample(outputs, chance.choice((1, 2, 3, 5)))))
    name, shape = made.name, chance.random()
    if shape < 0.12:
        return Template(f"SELECT {columns} FROM {name} a WHERE a.id = {{}}", ("id",), made)
    if shape < 0.40:
        return Template(f"SELECT {columns} FROM {name} a WHERE {where}", values, made)
    if shape < 0.60:
        order = chance.choice(("made_at DESC", "changed_at", "amount DESC", "made_at DESC, a.id DESC"))
        return Template(f"SELECT {columns} FROM {name} a WHERE {where} ORDER BY a.{order} LIMIT 20", values, made)
    if shape < 0.80:
        return Template(f"SELECT {columns}, b0.code FROM {name} a{_joins(made, chance)} WHERE {where}", values, made)
    if shape < 0.88:
        return Template(f"SELECT a.state, count(*), sum(a.amount) FROM {name} a WHERE {where} GROUP BY a.state", values, made)
    if shape < 0.94:
        column = chance.choice(("state", "note", "code"))
        return Template(f"UPDATE {name} SET {column} = 'x', changed_at = now() WHERE id = {{}}", ("id",), made)
    if shape < 0.97:
        return Template(f"DELETE FROM {name} a WHERE {where}", values, made)
    return Template(f"INSERT INTO {name} (id, kind, state, amount) VALUES ({{}}, 1, 'new', 5)", ("id",), made)


def _joins(made: Made, chance: random.Random) -> str:
    """Return one to four joins along the foreign keys; a table without any is joined to itself."""
    links, at, alias = [], made, "a"
    for number in range(chance.choice((1, 1, 2, 3, 4))):
        if not at.parents:
            break
        key = chance.randrange(len(at.parents))
        links.append(f" JOIN {at.parents[key].name} b{number} ON b{number}.id = {alias}.ref{key}")
        at, alias = at.parents[key], f"b{number}"
    return "".join(links) or f" JOIN {made.name} b0 ON b0.code = a.code"


def write_log(path: Path, found: list[Template], chance: random.Random) -> None:
    """Write the executions of all templates as a jsonlog, the n-th template called in proportion to 1/n."""
    with path.open("w", encoding="utf-8") as file:
        for number, (template, milliseconds) in enumerate(_executions(found, chance)):
            at = f"2026-01-01 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000 UTC"
            entry = {"timestamp": at, "user": "app", "dbname": "postgres", "pid": 7, "session_id": "1.7", "error_severity": "LOG"}
            said = f"duration: {milliseconds:.3f} ms  statement: {template.execution(chance)}"
            file.write(json.dumps(entry | {"message": said}) + "\n")


def _executions(found: list[Template], chance: random.Random) -> Iterator[tuple[Template, float]]:
    whole = sum(1 / rank for rank in range(1, len(found) + 1))
    events = EVENTS_PER_TEMPLATE * len(found)
    for rank, template in enumerate(found, start=1):
        for _ in range(max(1, round(events / whole / rank))):
            yield template, 0.05 + template.made.pages * 0.01 * chance.random()
