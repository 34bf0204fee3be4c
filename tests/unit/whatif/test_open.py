"""How many labs answer where nobody says, and what a snapshot cannot be asked with."""

from __future__ import annotations

import os

import pytest

from indexadvisor.errors import UsageError
from indexadvisor.whatif.open import open_snapshot, usual_jobs


@pytest.mark.parametrize(("processors", "jobs"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_one_lab_for_each_processor_but_no_crowd(monkeypatch, processors, jobs):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert usual_jobs() == jobs


@pytest.mark.parametrize("kind", ["hypopg", "trial"])
def test_a_snapshot_is_costed_in_the_lab_alone(kind):
    with pytest.raises(UsageError, match=kind):
        open_snapshot(kind, None)
