"""Writes the report's files: each appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from indexadvisor.errors import IndexAdvisorError, UsageError
from indexadvisor.report.model import Document

FORMATS: Mapping[str, str] = {"html": "report.html", "md": "report.md", "json": "report.json", "sql": "recommendations.sql"}
"""File name by format."""


class ReportError(IndexAdvisorError):
    """The report could not be written."""


def render(document: Document, kind: str) -> str:
    """Return one format as text. Raises UsageError for a format that does not exist."""
    # imported when asked for: the HTML writer brings a template engine with it, and a command line must start fast
    from indexadvisor.report import html, json, markdown, sql

    writers: Mapping[str, Callable[[Document], str]] = {
        "html": html.render,
        "md": markdown.render,
        "json": json.render,
        "sql": sql.render,
    }
    if kind not in writers:
        raise UsageError(f"there is no report format {kind!r}", hint=f"formats are {', '.join(FORMATS)}")
    return writers[kind](document)


def write(document: Document, directory: str | Path, formats: Iterable[str] = tuple(FORMATS)) -> tuple[Path, ...]:
    """Write the report into a directory, which is created where missing, and return the files in the order asked for.

    Raises UsageError for an unknown format before anything is written, ReportError when the directory or a file cannot be.
    """
    folder = Path(directory)
    texts = [(folder / FORMATS.get(kind, kind), render(document, kind)) for kind in formats]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts:
            _replace(path, text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError(
            f"the report cannot be written to {folder}: {reason}", hint="name a directory you may write to with --output"
        ) from error
    return tuple(path for path, _ in texts)


def _replace(path: Path, text: str) -> None:
    """Write beside the target and move into place, so that a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        # lone surrogates can stand in names decoded from a log; they are written as their escapes
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    # the only way to read it is to set it
    mask = os.umask(0)
    os.umask(mask)
    return mask
