"""recommendations.sql of the hostile sample runs in psql as it is and leaves every index valid."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from indexadvisor.catalog.ddl import quote_identifier, quote_table
from indexadvisor.report.write import write
from tests.fakes.document import sample, stages

pytestmark = pytest.mark.postgres
PSQL = Path("/usr/lib/postgresql/15/bin/psql")


def schema():
    """Return CREATE TABLE for the sample's catalog."""
    out = []
    for table in stages()[4].tables:
        columns = ", ".join(f"{quote_identifier(c.name)} {'jsonb' if c.name == 'metadata' else 'text'}" for c in table.columns)
        if table.partition_of is not None:
            year = int(table.name.name[-4:])
            bounds = f"FOR VALUES FROM ('{year}') TO ('{year + 1}')"
            out.append(f"CREATE TABLE {quote_table(table.name)} PARTITION OF {quote_table(table.partition_of)} {bounds}")
        else:
            out.append(
                f"CREATE TABLE {quote_table(table.name)} ({columns})"
                + (f" PARTITION BY {table.partition_key}" if table.partition_key else "")
            )
    return ";\n".join(out)


def psql(dsn, *arguments):
    return subprocess.run([PSQL, "-X", "-v", "ON_ERROR_STOP=1", "-d", dsn, *arguments], capture_output=True, text=True, check=False)


def test_the_script_runs_in_psql_and_every_index_is_valid(db15, run_sql, tmp_path):
    run_sql(db15, schema())
    doc = sample()
    (path,) = write(doc, tmp_path, ("sql",))
    ran = psql(db15, "-f", str(path))
    assert ran.returncode == 0, ran.stderr
    assert "pwned" not in ran.stdout + ran.stderr
    names = psql(db15, "-Atc", "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid").stdout.split(
        "\n"
    )
    assert {item.name for item in doc.recommendations} <= set(names)
    invalid = psql(db15, "-Atc", "SELECT count(*) FROM pg_index WHERE NOT indisvalid")
    assert invalid.stdout.strip() == "0"

    undo = psql(db15, *(part for item in doc.recommendations for part in ("-c", item.undo)))
    assert undo.returncode == 0, undo.stderr
    left = psql(
        db15, "-Atc", "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE relnamespace = 'public'::regnamespace"
    )
    assert left.stdout.strip() == "0"


def test_the_masked_script_runs_too_and_leaves_out_what_it_cannot_build(db15, run_sql, tmp_path):
    run_sql(db15, schema())
    doc = sample(redact=True)
    (path,) = write(doc, tmp_path, ("sql",))
    ran = psql(db15, "-f", str(path))
    assert ran.returncode == 0, ran.stderr
    built = psql(db15, "-Atc", "SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')").stdout.split("\n")
    masked = {item.name for item in doc.recommendations if item.masked}
    assert masked
    assert masked.isdisjoint(built)
    assert {item.name for item in doc.recommendations if not item.masked} <= set(built)


def indexes(dsn):
    """Return the definitions of all indexes, in order."""
    found = psql(dsn, "-Atc", "SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace")
    return sorted(filter(None, found.stdout.split("\n")))


def test_the_script_drops_nothing_and_both_statements_of_each_index_run(db15, run_sql, tmp_path):
    run_sql(db15, schema() + ";\nCREATE TABLE t (x text)")
    doc = sample()
    for item in doc.drops:
        assert psql(db15, *(part for text in item.undo for part in ("-c", text))).returncode == 0
    before = indexes(db15)
    assert len(before) >= len(doc.drops)
    (path,) = write(replace(doc, recommendations=()), tmp_path, ("sql",))
    ran = psql(db15, "-f", str(path))
    assert (ran.returncode, indexes(db15)) == (0, before), ran.stderr

    for item in doc.drops:
        dropped = psql(db15, "-c", item.statement)
        assert dropped.returncode == 0, dropped.stderr
    assert indexes(db15) == []
    # as a person would: without the dashes, from the file
    lines = path.read_text(encoding="utf-8").splitlines()
    for item in doc.drops:
        for text in item.undo:
            (line,) = [line for line in lines if line == f"-- {text}"]
            assert psql(db15, "-c", line.removeprefix("-- ")).returncode == 0
    assert indexes(db15) == before
