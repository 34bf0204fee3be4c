"""The report's short form on standard output, as wide as the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexadvisor.report.model import Document


def print_summary(document: Document) -> None:
    """Print where the cost went and the top recommendations."""
    from rich.console import Console

    from indexadvisor.report.terminal import summary

    console = Console()
    console.print(summary(document, width=console.width))
