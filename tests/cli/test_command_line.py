"""The command line without a server: help, wrong input, exit codes, and what is not imported at start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from indexadvisor.cli import main as command_line
from indexadvisor.cli.main import _COMMANDS, cli, run

NOWHERE = "host=/nonexistent dbname=shop password=hunter2"


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_each_command_has_help_with_an_example(name, capsys):
    assert run([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"indexadvisor {name}" in text


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom indexadvisor.cli.main import run\nrun(['--help']); run(['advise', '--help'])\n"
        "heavy = {'pandas', 'sqlglot', 'networkx', 'psycopg', 'highspy', 'jinja2', 'rich', 'pgparse', 'dask'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["advise", "--budget", "lots"], "500MB"),
        (["advise", "--min-benefit", "120%"], "between 0% and 100%"),
        (["advise", "--time-limit", "soon"], "90s"),
        (["advise", "--what-if", "guess"], "hypopg"),
        (["advise", "--no-such-option"], "--no-such-option"),
        (["advice"], "advice"),
        (["workload"], "--log"),
        (["advise", "--dsn", NOWHERE], "no workload was named"),
        (["workload", "--workload", "a", "--log", "b"], "stands alone"),
        (["advise", "--dsn", NOWHERE, "--log", "x"], "cannot connect"),
        (["doctor", "--dsn", NOWHERE], "cannot connect"),
        (["advise", "--dsn", "=wrong", "--log", "x"], "connection string cannot be read"),
        (["workload", "--log", "/nonexistent/app.log"], "/nonexistent/app.log"),
        (["workload", "--workload", "/nonexistent/w.json"], "/nonexistent/w.json"),
        (["workload", "--queries", "/nonexistent/q.sql"], "/nonexistent/q.sql"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_code_2(arguments, words, capsys):
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert "hunter2" not in out + err


def test_a_bug_of_ours_is_exit_code_3_with_a_traceback(monkeypatch, capsys):
    def broken(*_, **__):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(cli, "main", broken)
    assert command_line.run(["doctor"]) == 3
    err = capsys.readouterr().err
    assert "planted" in err
    assert "bug in indexadvisor" in err


def test_ctrl_c_is_a_clean_stop(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert command_line.run(["doctor"]) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell, capsys):
    assert run(["completion", shell]) == 0
    assert "_INDEXADVISOR_COMPLETE" in capsys.readouterr().out


def test_no_colour_off_a_terminal(capsys):
    assert run(["doctor", "--dsn", NOWHERE]) == 2
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "meant"), [("advice", "advise"), ("doctr", "doctor"), ("worklaod", "workload")])
def test_an_unknown_command_names_the_nearest(typed, meant, capsys):
    assert run([typed]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: there is no command '{typed}'")
    assert f"hint: did you mean 'indexadvisor {meant}'?" in err


WRONG = [["advise", "--budget", "lots"], ["advise", "--frmat", "md"], ["completion", "tcl"], ["--frobnicate"]]


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_arguments_have_the_form_of_every_error(arguments, capsys):
    assert run(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("error: ")
    assert lines[0][7].islower()
    assert lines[1].startswith("hint: see 'indexadvisor")
    assert len(lines) == 2


def test_no_command_shows_the_help(capsys):
    assert run([]) == 2
    assert "Exit codes:" in capsys.readouterr().err


def test_the_demo_refuses_a_bad_directory_before_it_starts(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(["demo", "--output", str(tmp_path / "file" / "report")]) == 2
    assert "is no directory" in capsys.readouterr().err


def test_the_demo_on_programs_that_are_not_there(tmp_path, capsys):
    assert run(["demo", "--pg-bindir", "/nonexistent", "--output", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "no PostgreSQL in /nonexistent" in err
    assert "hint: name the directory that holds initdb and postgres" in err


def test_start_imports_few_modules():
    count = "print(len([name for name in sys.modules if name.startswith('indexadvisor')]))"
    code = f"import sys\nfrom indexadvisor.cli.main import run\nrun(['--help'])\n{count}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 8
