"""What a server's settings let a capture see: which statements are logged, with what beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

Point = tuple[str, Literal["ok", "missing", "limited"], str, str | None]
"""Name, status, sentence, remedy: the fields of a Capability."""

_RELOAD = "SELECT pg_reload_conf();"
_PREFIX = "%m [%p] %q%u@%d "


def log_capabilities(settings: Mapping[str, str], version_num: int) -> Iterator[Point]:
    """Yield the points on logging; settings this role may not see are absent from ``settings``."""
    yield _durations(settings)
    yield _format(settings)
    yield _parameters(settings, version_num)
    yield _plans(settings)
    yield _timing(settings)


def _durations(settings: Mapping[str, str]) -> Point:
    threshold = settings.get("log_min_duration_statement", "")
    all_remedy = f"as a superuser, for the time of the capture: ALTER SYSTEM SET log_min_duration_statement = 0; {_RELOAD}"
    if threshold == "0" or (settings.get("log_statement") == "all" and settings.get("log_duration") == "on"):
        return "log", "ok", "every statement is logged with its duration", None
    rate = settings.get("log_statement_sample_rate", "1")
    sampled = settings.get("log_min_duration_sample", "-1")
    if sampled != "-1" and rate != "0":
        return "log", "limited", f"statements of {sampled} or longer are logged as a sample of {rate}; counts are too low", all_remedy
    if threshold in ("", "-1"):
        return "log", "missing", "the log holds no durations (log_min_duration_statement is -1)", all_remedy
    return "log", "limited", f"only statements of {threshold} or longer are logged; frequent short ones are not seen", all_remedy


def _format(settings: Mapping[str, str]) -> Point:
    destinations = {part.strip() for part in settings.get("log_destination", "").split(",")}
    collector = settings.get("logging_collector") == "on"
    prefix = settings.get("log_line_prefix", "")
    structured = sorted(destinations & {"csvlog", "jsonlog"}) if collector else []
    if structured:
        return "log-format", "ok", f"the log is written as {', '.join(structured)}", None
    remedy = f"as a superuser: ALTER SYSTEM SET log_line_prefix = '{_PREFIX}'; {_RELOAD}"
    escapes = {"time": "mtn", "process": "pc", "database": "d"}
    lacking = [what for what, letters in escapes.items() if not re.search(f"%-?\\d*[{letters}]", prefix)]
    if "syslog" in destinations and "stderr" not in destinations:
        remedy = f"as a superuser: ALTER SYSTEM SET log_destination = stderr; {_RELOAD}"
        return "log-format", "limited", "the log goes to syslog only", remedy
    if lacking:
        return "log-format", "limited", f"log_line_prefix = '{prefix}' does not tell the {', '.join(lacking)} of a statement", remedy
    return "log-format", "ok", f"the log is written as text with log_line_prefix = '{prefix}'", None


def _parameters(settings: Mapping[str, str], version_num: int) -> Point:
    length = settings.get("log_parameter_max_length", "-1") if version_num >= 130000 else "-1"
    remedy = f"as a superuser: ALTER SYSTEM SET log_parameter_max_length = -1; {_RELOAD}"
    if length in ("-1", "-1B"):
        return "log-parameters", "ok", "parameters are logged in full", None
    if length in ("0", "0B"):
        return "log-parameters", "missing", "parameters are not logged (log_parameter_max_length is 0)", remedy
    return "log-parameters", "limited", f"parameters are cut after {length}; cut ones cannot be used", remedy


def _plans(settings: Mapping[str, str]) -> Point:
    threshold = settings.get("auto_explain.log_min_duration")
    switch = f"ALTER SYSTEM SET auto_explain.log_min_duration = '250ms'; {_RELOAD}"
    if threshold is None:
        libraries = [part.strip() for part in settings.get("session_preload_libraries", "").split(",") if part.strip()]
        # the setting exists only where the library is loaded
        load = f"LOAD 'auto_explain'; ALTER SYSTEM SET session_preload_libraries = {', '.join([*libraries, 'auto_explain'])};"
        return "auto_explain", "missing", "auto_explain is not loaded: the log holds no plans", f"as a superuser: {load} {switch}"
    if threshold == "-1":
        return "auto_explain", "missing", "auto_explain is loaded and switched off: the log holds no plans", f"as a superuser: {switch}"
    return "auto_explain", "ok", f"auto_explain logs the plans of statements of {threshold} or longer", None


def _timing(settings: Mapping[str, str]) -> Point:
    if settings.get("track_io_timing") == "on":
        return "track_io_timing", "ok", "time spent on input and output is counted", None
    return (
        "track_io_timing", "limited", "time spent on input and output is not counted",
        f"as a superuser: ALTER SYSTEM SET track_io_timing = on; {_RELOAD}",
    )  # fmt: skip
