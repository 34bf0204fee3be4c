"""``explain`` without a server: input of every kind, formats, exit codes, redaction."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from tests.fakes.plan_results import PREDICTED, STATEMENT, TIMED

GARBAGE = ["", "\n", "SELECT 1;", "{", "[]", "[{}]", '[{"Plan": 5}]', "<explain>", "\x00\x01\x02", "- Plan:", "'" * 100]


@pytest.fixture
def plans(tmp_path):
    """Return the path of a new file with this text."""

    def write(text, name="plan.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_plan_is_shown_with_its_findings(indexadvisor, plans):
    code, out, err = indexadvisor("explain", plans(TIMED))
    assert (code, err) == (0, "")
    assert "EX01 warning" in out
    assert "own times" in out
    assert indexadvisor("explain", "plan", plans(TIMED))[1] == out


def test_standard_input_is_read(plans):
    done = subprocess.run(
        [sys.executable, "-m", "indexadvisor", "explain", "-", "--format", "json"], input=TIMED.encode(), capture_output=True, check=True
    )
    assert json.loads(done.stdout)["plans"][0]["source"] == "<input>"


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_what_holds_no_plan_is_refused_by_line_and_column(indexadvisor, plans, text):
    path = plans(text)
    code, out, err = indexadvisor("explain", path)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {path}:")
    assert "expected" in err
    assert err.count("\n") == 2


def test_a_good_plan_beside_bad_ones_is_analysed(indexadvisor, plans, tmp_path):
    code, out, err = indexadvisor("explain", plans("nothing", "bad.txt"), tmp_path / "missing.txt", plans(TIMED), tmp_path)
    assert code == 2
    assert "EX01" in out
    assert err.count("error: ") == 3
    assert "is a directory" in err
    assert "explain log --plans" in err


def test_several_plans_of_one_file_and_several_files(indexadvisor, plans):
    code, out, _ = indexadvisor("explain", plans(TIMED + "\n" + PREDICTED), plans(PREDICTED, "b.txt"), "--format", "json")
    assert code == 0
    assert [plan["line"] for plan in json.loads(out)["plans"]] == [1, 19, 1]


@pytest.mark.parametrize(("severity", "code"), [("info", 1), ("warning", 1), ("error", 0)])
def test_fail_on_decides_the_exit_code(indexadvisor, plans, severity, code):
    assert indexadvisor("explain", plans(TIMED), "--fail-on", severity)[0] == code


@pytest.mark.parametrize("form", ["text", "md", "json", "html", "sarif", "github"])
def test_every_format_is_printed_and_written_alike(indexadvisor, plans, tmp_path, form):
    path, file = plans(TIMED), tmp_path / "out"
    printed = indexadvisor("explain", path, "--format", form)[1]
    code, out, _ = indexadvisor("explain", path, "--format", form, "--output", file)
    assert (code, out) == (0, f"wrote {file}\n")
    if form != "text":
        assert file.read_text() == printed
    assert indexadvisor("explain", path, "--format", form, "--output", tmp_path / "no" / "out")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sql", "SELECT 1", "a", "b"), ("--analyze", "a"), ("--analyze",), ("a", "--allow-writes"), ("a", "--timeout", "5s"),
        ("a", "--value", "5"), ("a", "--test"), ("a", "--only", "EX99"), ("a", "--thresholds", "none.toml"), ("a", "--format", "pdf"),
        ("--sql", "@none.sql"), ("--sql", " "), ("--sql", "DELETE FROM t", "--analyze"), ("--sql", "SELECT $1", "--analyze"),
        ("--sql", "SELECT 1; SELECT 2", "--analyze"), ("--sql", "COPY t FROM PROGRAM 'x'", "--analyze"),
        ("--sql", "WITH x AS (DELETE FROM t RETURNING 1) SELECT 1", "--analyze"), ("--sql", "CREATE TABLE t AS SELECT 1", "--analyze"),
        ("--sql", "EXPLAIN SELECT 1", "--analyze"), ("--sql", "SELECT 1 INTO t", "--analyze"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_before_any_work(indexadvisor, monkeypatch, arguments):
    monkeypatch.setenv("PGHOST", "/nonexistent")
    code, out, err = indexadvisor("explain", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert "/nonexistent" not in err


def test_redacted_output_holds_no_name(indexadvisor, plans):
    for form in ("text", "md", "json", "html", "github"):
        _, out, _ = indexadvisor("explain", plans(TIMED, "a.txt"), "--redact", "--format", form, "--sql", STATEMENT, "--no-test")
        for name in ("orders", "customers", "customer_id", "'open'"):
            assert name not in out, form


def test_a_pipe_gets_neither_colour_nor_blanks_at_line_ends(plans):
    environment = {**os.environ, "COLUMNS": "80"}
    command = [sys.executable, "-m", "indexadvisor", "explain", str(plans(TIMED))]
    out = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout
    assert "\x1b" not in out
    assert all(line == line.rstrip() and len(line) <= 80 for line in out.splitlines())


def test_two_plans_are_compared(indexadvisor, plans):
    before, after = plans(TIMED, "before.txt"), plans(PREDICTED, "after.txt")
    code, out, err = indexadvisor("explain", "diff", before, after)
    assert (code, err) == (0, "")
    assert "17.9 times cheaper" in out
    assert "~ Seq Scan on orders o -> Index Scan using orders_status_idx on orders o" in out
    step = json.loads(indexadvisor("explain", "diff", before, after, "--format", "json")[1])[0]
    assert (step["same_shape"], step["measure"]) == (False, "cost")
    assert indexadvisor("explain", "diff", before)[0] == 2
    assert indexadvisor("explain", "diff", before, after, "--format", "sarif")[0] == 2


def test_the_gate_of_plan_files(indexadvisor, plans, tmp_path):
    folder = tmp_path / "baseline"
    folder.mkdir()
    (folder / "q.txt").write_text(PREDICTED)
    worse, same = plans(TIMED, "now/q.txt"), plans(PREDICTED, "same/q.txt")
    for form in ("text", "json", "github", "sarif"):
        code, out, _ = indexadvisor("explain", "diff", worse, "--baseline", folder, "--fail-on-regression", "--format", form)
        assert (code, "seq-scan" in out) == (1, True)
        assert indexadvisor("explain", "diff", worse, "--baseline", folder, "--format", form)[0] == 0
        assert indexadvisor("explain", "diff", same, "--baseline", folder, "--fail-on-regression", "--format", form)[0] == 0
    code, out, err = indexadvisor("explain", "diff", plans("x", "now/bad.txt"), same, "--baseline", folder, "--fail-on-regression")
    assert (code, out) == (2, "1 of 1 plans are no worse than their baseline\n")
    assert "bad.txt:1:1: no plan found" in err
    assert indexadvisor("explain", "diff", worse, same, "--baseline", folder)[0] == 2
    assert indexadvisor("explain", "diff", same, "--baseline", tmp_path / "none")[0] == 2


@pytest.mark.parametrize("arguments", [("--help",), ("explain", "--help"), ("explain", "plan", "--help")], ids=" ".join)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom indexadvisor.cli.main import run\n"
        f"code = run({list(arguments)!r})\n"
        "heavy = {'pandas', 'sqlglot', 'networkx', 'pgparse', 'highspy', 'jinja2', 'psycopg', 'rich', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: indexadvisor")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("indexadvisor ex", {"explain"}), ("indexadvisor explain d", {"diff"}), ("indexadvisor explain --red", {"--redact"}),
        ("indexadvisor explain plan --form", {"--format"}), ("indexadvisor explain log --sav", {"--save-workload"}),
        ("indexadvisor explain --format sa", {"sarif"}),
    ],
)  # fmt: skip
def test_the_shell_completes(words, expected):
    parts = words.split(" ")
    environment = {
        **os.environ, "_INDEXADVISOR_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(parts) - 1),
    }  # fmt: skip
    program = "from indexadvisor.cli.main import cli; cli.main(prog_name='indexadvisor')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} >= expected, done.stderr


def log_of(tmp_path, *documents):
    path = tmp_path / "app.log"
    lines = []
    for number, (text, ms) in enumerate(documents):
        body = text.strip("\n").replace("\n", "\n\t")
        start = f"2026-10-01 10:00:{number:02d}.000 UTC [{number}] app@shop LOG:  duration: {ms:.3f} ms  plan:"
        lines.append(f"{start}\n\tQuery Text: {STATEMENT}\n\t{body}\n")
    path.write_text("".join(lines))
    return path


def test_a_log_names_costs_and_changes_of_plan_with_their_times(indexadvisor, tmp_path):
    path = log_of(tmp_path, (TIMED, 813), (TIMED, 820), (PREDICTED, 9), ("no plan at all", 5))
    code, out, _ = indexadvisor("explain", "log", "--log", path)
    assert code == 0
    assert "1 statement changed plan" in out
    assert "2026-10-01 10:00:00 to 2026-10-01 10:00:01" in out
    document = json.loads(indexadvisor("explain", "log", "--log", path, "--format", "json", "-q")[1])
    assert [run["executions"] for run in document["queries"][0]["runs"]] == [2, 1]
    assert indexadvisor("explain", "log", "--log", path, "--format", "md")[1].startswith("# Plans of the log\n")
    assert indexadvisor("explain", "log", "--log", path, "--fail-on", "warning")[0] == 1
    assert indexadvisor("explain", "log", "--log", path, "--output", tmp_path / "out.txt")[0] == 0
    assert (tmp_path / "out.txt").read_text() == out


def test_a_redacted_log_holds_no_name(indexadvisor, tmp_path):
    path = log_of(tmp_path, (TIMED, 813), (PREDICTED, 9))
    for form in ("text", "json", "md"):
        code, out, _ = indexadvisor("explain", "log", "--log", path, "--redact", "--format", form)
        assert code == 0
        for name in ("orders", "customers", "customer_id", "'open'"):
            assert name not in out, form
    assert indexadvisor("explain", "log", "--log", path, "--redact", "--save-workload", tmp_path / "w.json.gz")[0] == 2


def test_a_directory_of_plans_is_a_log(indexadvisor, plans, tmp_path):
    plans(TIMED, "dir/a.txt")
    plans("garbage", "dir/b.txt")
    code, out, err = indexadvisor("explain", "log", "--plans", tmp_path / "dir")
    assert code == 0
    assert out.startswith("1 plan of 1 statement")
    assert "b.txt" in out + err


def test_an_output_that_nobody_reads_ends_quietly(plans):
    command = f"{sys.executable} -m indexadvisor explain {plans(TIMED * 200)} --format md | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_no_time_is_lost_on_a_long_garbage_line(indexadvisor, plans):
    before = time.monotonic()
    assert indexadvisor("explain", plans("(" * 200_000))[0] == 2
    assert time.monotonic() - before < 60
