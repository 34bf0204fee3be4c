"""The command ``indexadvisor``: finds the subcommand, and turns every ending into a sentence and an exit code.

Exit codes: 0 fine, 1 findings over a threshold that was asked for, 2 wrong input or environment, 3 a bug of ours.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from types import FrameType
from typing import NoReturn

import click

from indexadvisor import __version__
from indexadvisor.errors import IndexAdvisorError

_COMMANDS = {
    "advise": "Recommend indexes for a captured workload.",
    "workload": "Show what was captured: templates, calls, times.",
    "doctor": "Say what a server offers and lacks, with the command that mends it.",
    "demo": "Run the whole product once on an embedded server.",
    "completion": "Print the shell completion script for bash, zsh or fish.",
}


class LazyGroup(click.Group):
    """Imports a subcommand only when it is used, so that ``--help`` stays fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"indexadvisor.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="indexadvisor")
def cli() -> None:
    """Index advice for PostgreSQL, costed by PostgreSQL's own planner.

    Reads what the database was asked (server logs, pg_stat_statements, .sql files), tests candidate indexes as
    hypothetical ones, and writes a ranked report. It never writes to the database it analyses.

    \b
    Examples:
      indexadvisor demo
      indexadvisor doctor --dsn "host=db1 dbname=shop"
      indexadvisor advise --dsn "host=db1 dbname=shop" --log 'postgresql-*.csv' --output report
      PGSERVICE=shop indexadvisor advise --statements --budget 2GB
    """


def main() -> NoReturn:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = cli.main(arguments, prog_name="indexadvisor", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return 2
    except IndexAdvisorError as error:
        _say(str(error), error.hint)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _say("interrupted; nothing was left behind", None)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001  the last line of defence: a bug of ours must not look like the user's mistake
        import traceback

        traceback.print_exc()
        _say("this is a bug in indexadvisor", "please report it with the traceback above and the command you ran")
        return 3


def _terminated(signum: int, frame: FrameType | None) -> NoReturn:
    # as an exception, so that servers, hypothetical indexes and directories are cleaned up on the way out
    raise SystemExit(128 + signum)


def _say(message: str, hint: str | None) -> None:
    click.echo(click.style("error: ", fg="red", bold=True) + message, err=True, color=None if "NO_COLOR" not in os.environ else False)
    if hint:
        click.echo(f"hint: {hint}", err=True)
