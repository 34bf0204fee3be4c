"""The README's Python snippet runs as it stands, on a real server; only the server and the log are ours."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SHOP = """
CREATE EXTENSION hypopg;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, placed_at timestamptz NOT NULL, note text NOT NULL);
INSERT INTO orders SELECT n, n % 5000, now() - n * interval '1 minute', repeat('x', 80) FROM generate_series(1, 50000) AS n;
ANALYZE orders;
"""
ENTRY = "2025-06-01 10:00:{second:02}.000 UTC [4711] app@{database} LOG:  duration: 41.7 ms  statement: {text}\n"


def snippet():
    (found,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    return found


@pytest.mark.postgres
def test_the_snippet_recommends_from_a_log(db15, run_sql, tmp_path, monkeypatch, capsys):
    run_sql(db15, SHOP)
    database = re.search(r"dbname='?(\w+)", db15)[1]
    text = "SELECT id, note FROM orders WHERE customer_id = {}"
    entries = [ENTRY.format(second=number, database=database, text=text.format(number + 7)) for number in range(30)]
    (tmp_path / "postgresql.csv").write_text("".join(entries), encoding="utf-8")
    code = snippet()
    for shown, ours in (('"host=db1 dbname=shop"', repr(db15)), ('"/var/log/postgresql/*.csv"', repr(str(tmp_path / "*.csv")))):
        assert code.count(shown) == 1
        code = code.replace(shown, ours)
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert "orders btree (customer_id)" in capsys.readouterr().out
    made = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert made["limits"]["max_indexes"] == 10
    assert [index["columns"][0] for index in made["recommendations"]] == ["customer_id"]
