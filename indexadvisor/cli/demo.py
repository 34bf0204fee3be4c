"""``indexadvisor demo``: the whole product once, on an embedded server."""

from __future__ import annotations

from pathlib import Path

import click

from indexadvisor.cli.parameters import OutputDirectory
from indexadvisor.cli.summary import print_summary


@click.command(short_help="Run the whole product once on an embedded server.")
@click.option("-o", "--output", type=OutputDirectory(), default="indexadvisor-demo", show_default=True, metavar="DIR",
              help="Write the report there.")  # fmt: skip
@click.option("--scale", type=click.FloatRange(min=0.01), metavar="N", help="Size of the generated data; 1 has 300,000 chat messages.")
@click.option("--pg-bindir", metavar="DIR", help="Programs of another PostgreSQL than the embedded one.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, no summary.")
def demo(output: str, scale: float | None, pg_bindir: str | None, quiet: bool) -> None:
    """Run the whole product once: start a private PostgreSQL, load an application, run it, advise from its real log.

    Needs no root and no network, touches no server of yours, and leaves nothing but the report.

    \b
    Example:
      indexadvisor demo --output report
    """
    from indexadvisor.cli.progress import progress_bar
    from indexadvisor.demo.run import SCALE, run_demo

    with progress_bar(quiet=quiet) as progress:
        done = run_demo(Path(output), scale=scale or SCALE, bindir=Path(pg_bindir) if pg_bindir else None, progress=progress)
    if quiet:
        return
    print_summary(done.document)
    click.echo(f"\ncaptured from the log of {done.statements:,} statements; costs from {done.document.server.cost_source}")
    click.echo("\n".join(f"wrote {path}" for path in done.paths))
