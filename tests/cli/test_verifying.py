"""--verify-on-server: refused before any work where it cannot be done, and one line of figures where it can."""

from __future__ import annotations

import json

from tests.cli.conftest import SHOP

CHECKED = "on the server itself (PostgreSQL 15"


def test_without_hypopg_it_is_refused_before_anything_is_read(indexadvisor, db18, run_sql, tmp_path):
    run_sql(db18, SHOP)
    code, out, err = indexadvisor("advise", "--dsn", db18, "--log", tmp_path / "no such.log", "--verify-on-server")
    assert (code, out) == (2, "")
    assert "HypoPG is not installed" in err
    assert "no such.log" not in err


def test_with_a_snapshot_it_needs_the_server_too(indexadvisor, tmp_path):
    code, out, err = indexadvisor("advise", "--snapshot", tmp_path / "no such.snapshot", "--queries", tmp_path, "--verify-on-server")
    assert (code, out) == (2, "")
    assert "--dsn" in err
    assert "no such.snapshot" not in err


def test_the_choice_is_put_to_the_server(indexadvisor, shop, queries):
    code, out, err = indexadvisor("advise", "--dsn", shop, "--queries", queries, "--verify-on-server", "--format", "json")
    assert code == 0
    assert CHECKED in err
    found = json.loads(out)["verification"]
    assert found["server_version"].startswith("15")
    assert found["indexes"] == found["of_indexes"] == len(json.loads(out)["recommendations"])
    assert found["queries"]
    assert all(query["confirmed"] and query["cost_after"] < query["cost_before"] for query in found["queries"])


def test_without_the_option_nothing_is_verified(indexadvisor, shop, queries):
    code, out, err = indexadvisor("advise", "--dsn", shop, "--queries", queries, "--format", "json")
    assert code == 0
    assert CHECKED not in err
    assert json.loads(out)["verification"] is None


def test_advice_from_a_snapshot_is_put_to_the_server(indexadvisor, shop, queries, tmp_path):
    taken = tmp_path / "shop.snapshot"
    assert indexadvisor("snapshot", "--dsn", shop, "-o", taken)[0] == 0
    code, out, err = indexadvisor(
        "advise", "--snapshot", taken, "--dsn", shop, "--queries", queries, "--verify-on-server", "--jobs", "2", "--format", "json"
    )
    assert code == 0
    assert CHECKED in err
    made = json.loads(out)
    assert made["server"]["cost_source"] == "lab"
    assert made["verification"]["cost_after"] < made["verification"]["cost_before"]
