"""The command ``indexadvisor``: finds the subcommand, and turns every ending into a sentence and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from indexadvisor import __version__
from indexadvisor.cli.messages import say_error
from indexadvisor.errors import IndexAdvisorError

_COMMANDS = {
    "advise": "Recommend indexes for a captured workload.",
    "explain": "Analyse query plans: findings with evidence, times that add up.",
    "rules": "List the rules that plans are judged by.",
    "rule": "Print what one rule means and when it is fine.",
    "workload": "Show what was captured: templates, calls, times.",
    "snapshot": "Save schema and statistics of a database in one file, to advise on elsewhere.",
    "doctor": "Say what a server offers and lacks, with the command that mends it.",
    "demo": "Run the whole product once on an embedded server.",
    "completion": "Print the shell completion script for bash, zsh or fish.",
}
EXIT_CODES = (
    ("0", "done"),
    ("1", "done, and the advice saves at least what --fail-over names, or a finding is as severe as --fail-on says"),
    ("2", "wrong input or environment: the message says what to do"),
    ("3", "a bug in indexadvisor: please report it"),
    ("130", "interrupted by Ctrl-C; a search still answers with the best so far"),
    ("143", "ended by SIGTERM"),
)
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
_SIGNALLED = 128
"""A shell's exit code for a program ended by signal n is 128 + n."""


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

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; an unknown one is refused with the nearest that exists."""
        name = args[0]
        if name in _COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, _COMMANDS, n=1, cutoff=0.5)
        hint = f"did you mean 'indexadvisor {near[0]}'?" if near else f"commands are {', '.join(_COMMANDS)}"
        raise UnknownCommand(f"there is no command '{name}'", hint=hint)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them, and what the exit codes say."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))
        with formatter.section("Exit codes"):
            formatter.write_dl(list(EXIT_CODES))


    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; a broken pipe goes up as ReaderLeft, since click would make exit code 1 of it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeft from error


class ReaderLeft(Exception):
    """Nobody reads our output any more (``| head``)."""


class UnknownCommand(IndexAdvisorError):
    """The first argument is no subcommand."""


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
      indexadvisor explain plan.txt
    """


def main() -> NoReturn:
    """Run the command line and exit."""
    signal.signal(signal.SIGTERM, _terminated)
    if sys.stdout is None:
        # closed by the caller (>&-)
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    if hasattr(sys.stdout, "reconfigure"):
        # a terminal that cannot show a character, or a lone surrogate from a log, must not end the run
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run())


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        code = cli.main(arguments, prog_name="indexadvisor", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        say_error(_sentence(error.format_message()), f"see '{context.command_path} --help'" if context is not None else None)
        return 2
    except IndexAdvisorError as error:
        say_error(str(error), error.hint)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        say_error("interrupted; nothing was left behind")
        return _SIGNALLED + signal.SIGINT
    except (ReaderLeft, BrokenPipeError):
        return _reader_left()
    except SystemExit as error:
        # rich ends the program with exit code 1 at a broken pipe, which here means something else
        if isinstance(error.__context__, BrokenPipeError):
            return _reader_left()
        raise
    except OSError as error:
        if error.errno not in _DISK_FULL:
            return _our_bug()
        say_error(f"cannot write: {os.strerror(error.errno)}", "make room where the output, the report or the private server goes")
        _discard_output()
        return 2
    except Exception:  # noqa: BLE001  the last line of defence: a bug of ours must not look like the user's mistake
        return _our_bug()


def _our_bug() -> int:
    import traceback

    traceback.print_exc()
    say_error("this is a bug in indexadvisor", "please report it with the traceback above and the command you ran")
    return 3


def _sentence(text: str) -> str:
    """Return click's message as the rest of our sentences are written: small first letter, no full stop."""
    return (text[:1].lower() + text[1:]).strip().removesuffix(".")


def _reader_left() -> int:
    """Return the code of a program whose reader went away (``| head``)."""
    _discard_output()
    return _SIGNALLED + signal.SIGPIPE


def _discard_output() -> None:
    # what is still buffered would fail once more when the interpreter flushes it at the end
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)


def _terminated(signum: int, frame: FrameType | None) -> NoReturn:
    # as an exception, so that servers, hypothetical indexes and directories are cleaned up on the way out
    raise SystemExit(_SIGNALLED + signum)
