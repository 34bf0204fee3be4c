"""``indexadvisor snapshot``: schema and statistics of a database in one file, for advice without the server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from indexadvisor.cli.parameters import connection_options, verbosity_options

if TYPE_CHECKING:
    from indexadvisor.catalog.snapshot import Snapshot


@click.command(short_help="Save schema and statistics of a database in one file, to advise on elsewhere.")
@connection_options
@click.option("-o", "--output", metavar="FILE", help="Write the snapshot here (mode 0600).")
@click.option("--schemas", multiple=True, metavar="PATTERN", help="Only tables and views of these schemas; shell pattern; repeatable.")
@click.option("--tables", multiple=True, metavar="PATTERN", help="Only these tables ('orders*', 'sales.*'); repeatable.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave these tables out; a partitioned table with all parts; repeatable.")
@click.option("--no-values", is_flag=True, help="Leave out sampled values except of numbers, dates, times, booleans, enums (see below).")
@click.option("--pg-bindir", type=click.Path(path_type=Path), metavar="DIR", help="Directory of pg_dump 18 or later [default: the lab's].")
@click.option("--show", metavar="FILE", help="Print what a snapshot holds, and end.")
@verbosity_options
def snapshot(**options: Any) -> None:
    """Save schema and statistics of a database in one file, to advise on elsewhere.

    The file holds what the planner knows (definitions, statistics, sizes, counters, settings) and no rows. It is taken in one
    read-only transaction, in seconds, from PostgreSQL 12 or later; what the role may not see is named.

    Statistics hold samples of the data: most common values and histogram bounds. --no-values leaves out those of text, json, xml,
    arrays and every other type but numbers, dates, times, booleans, enums and ranges of these. The price is accuracy: the planner
    then takes all values of such a column for equally frequent and guesses how much a range, LIKE, @> or ?
    selects (0.5 % to 33 % of the rows by its fixed defaults). Advice on skewed text columns, partial indexes over them and GIN
    indexes is less reliable.

    \b
    Examples:
      indexadvisor snapshot --dsn "host=db1 dbname=shop" -o shop.snapshot
      indexadvisor snapshot --dsn "service=shop" --schemas sales --exclude '*_archive' -o sales.snapshot
      indexadvisor snapshot --dsn "host=db1 dbname=shop" --no-values -o shop.snapshot
      indexadvisor snapshot --show shop.snapshot
    """
    if options["show"]:
        _show(options["show"])
        return
    if not options["output"]:
        raise click.UsageError("name the file to write with -o FILE, or one to look at with --show FILE")
    from indexadvisor.catalog.snapshot import take
    from indexadvisor.catalog.snapshot_file import save
    from indexadvisor.cli.progress import progress_bar
    from indexadvisor.db.connection import Session
    from indexadvisor.lab.cluster import pg_dump_program

    output = Path(options["output"])
    _check_output(output)
    pg_dump = pg_dump_program(options["pg_bindir"])
    with progress_bar(quiet=options["quiet"]) as progress, Session(options["dsn"]) as session:
        taken = take(
            session, pg_dump, schemas=options["schemas"], tables=options["tables"], exclude=options["exclude"],
            values=not options["no_values"], progress=progress,
        )  # fmt: skip
    save(taken, output)
    if not options["quiet"]:
        _summary(taken, output, verbose=options["verbose"])


def _show(file: str) -> None:
    from indexadvisor.catalog.snapshot_file import load
    from indexadvisor.catalog.snapshot_note import note

    click.echo(note(load(file)), nl=False)


def _check_output(output: Path) -> None:
    """Raise SnapshotError before any work when the file cannot be written there."""
    from indexadvisor.errors import SnapshotError

    if output.is_dir():
        raise SnapshotError(f"{output} is a directory", hint=f"name a file: -o {output / 'shop.snapshot'}")
    if not output.parent.is_dir():
        raise SnapshotError(f"there is no directory {output.parent}", hint="create it, or name another file with -o")


def _summary(taken: Snapshot, output: Path, *, verbose: bool) -> None:
    catalog = taken.catalog
    skipped = sorted({*catalog.skipped, *taken.skipped})
    values = "with sampled values" if taken.with_values else "with sampled values of numbers, dates, times, booleans and enums only"
    click.echo(f"{output}: {len(catalog.tables):,} tables and {len(catalog.indexes):,} indexes of PostgreSQL "
               f"{catalog.server.major}, {values}; {output.stat().st_size / 1024:,.0f} kB, readable by you alone")  # fmt: skip
    for each in skipped if verbose else ():
        click.echo(f"{each.subject}: {each.reason}")
    if skipped and not verbose:
        click.echo(f"{len(skipped):,} left out or seen in part; --verbose or 'indexadvisor snapshot --show {output}' names them")
