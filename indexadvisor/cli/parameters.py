"""Parameter types and option groups that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_UNITS = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
AUTO_BUDGET = -1
"""What ``--budget auto`` is converted to."""
_SECONDS = {"": 1.0, "MS": 0.001, "S": 1.0, "MIN": 60.0, "H": 3600.0}


class Size(click.ParamType[int]):
    """A size as PostgreSQL writes it: ``500MB``, ``2 GB``; 1 kB is 1,024 bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes."""
        return int(_number(self, str(value), _UNITS, "500MB or 2GB", param, ctx))


class Budget(Size):
    """A size, or ``auto``: the knee of the savings curve."""

    name = "size or auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes, ``AUTO_BUDGET`` for auto."""
        return AUTO_BUDGET if str(value).strip().lower() == "auto" else super().convert(value, param, ctx)


class Duration(click.ParamType[float]):
    """A time: ``90``, ``90s``, ``5min``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        return _number(self, str(value), _SECONDS, "90s or 5min", param, ctx)


class Fraction(click.ParamType[float]):
    """A share: ``5%`` or ``0.05``."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return a fraction between 0 and 1."""
        text = str(value).strip()
        try:
            share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"{value!r} is not a share like 5% or 0.05", param, ctx)
        if not 0 <= share <= 1:
            self.fail(f"{value!r} is not between 0% and 100%", param, ctx)
        return share


class OutputDirectory(click.ParamType[str]):
    """A directory to write into, made where missing; refused before the work when it cannot be, which the work would find out late."""

    name = "directory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the path; nothing is made yet."""
        folder = Path(str(value))
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if not nearest.is_dir():
            self.fail(f"{nearest} is no directory: name one that the report can be written to", param, ctx)
        if not os.access(nearest, os.W_OK | os.X_OK):
            self.fail(f"{nearest} may not be written to: name a directory that may", param, ctx)
        return str(folder)


def _number(
    kind: click.ParamType[Any], text: str, units: dict[str, Any], example: str, param: click.Parameter | None, ctx: click.Context | None
) -> float:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    unit = units.get(match[2].upper()) if match else None
    if match is None or unit is None:
        kind.fail(f"{text!r} is not a {kind.name} like {example}", param, ctx)
    return float(match[1]) * float(unit)


def connection_options(command: Command) -> Command:
    """Add ``--dsn``; without it libpq's PG* variables, service file and ~/.pgpass decide, as in psql."""
    words = "Connection string or URI; else PG* variables and service files, as in psql."
    return click.option("-d", "--dsn", default="", metavar="DSN", help=words)(command)


def capture_options(command: Command) -> Command:
    """Add the options that name where the workload comes from."""
    several: dict[str, Any] = {"multiple": True}
    options: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        (("--log", "logs"), {**several, "metavar": "FILE", "help": "Server log: stderr, csvlog or jsonlog, .gz, '-'; globs; repeatable."}),
        (("--log-prefix",), {"metavar": "PREFIX", "help": "log_line_prefix of a stderr log, where it is not recognised."}),
        (("--database",), {"metavar": "NAME", "help": "Take only this database's statements from the logs [default: the one in use]."}),
        (("--statements",), {"is_flag": True, "help": "Read pg_stat_statements on the server."}),
        (("--queries",), {**several, "metavar": "PATH", "help": ".sql file or directory; '-- calls: 120' weighs a statement; repeatable."}),
        (("--workload", "workload_file"), {"metavar": "FILE", "help": "A workload saved by 'indexadvisor workload --save'."}),
    ]
    for names, attributes in reversed(options):
        command = click.option(*names, **attributes)(command)
    return command


def verbosity_options(command: Command) -> Command:
    """Add ``--quiet`` and ``--verbose``."""
    command = click.option("-v", "--verbose", is_flag=True, help="Also name everything that was left out.")(command)
    return click.option("-q", "--quiet", is_flag=True, help="No progress, no summary; only errors and what --format prints.")(command)
