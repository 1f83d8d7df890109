"""What a client that polls the clock costs, beside the same run on the real clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from bench.limits import Limits
from bench.tables import Table
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.polling import pollers

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

WAITS_S = (0.2, 1.0, 3.0)
AS_REAL = 10
"""A run of a client that polls takes at most so many times what it takes on the real clock."""
HEALTHY = load_text(
    """
name = "healthy"
about = "All is well; the client is slow to ask."
dialects = ["eventsource"]
patience = "30 s"
deadline = "60 s"
[stream]
tokens = 5
every = "1 ms"
[[attempt]]
[must]
outcome = ["clean"]
"""
)


def took(job: Job, clock: str) -> tuple[float, str]:
    """Return how long a run takes from start to verdict, and the clock that it was on in the end."""
    began = time.perf_counter()
    record = drill(job, clock=clock)
    assert record.outcome is Outcome.CLEAN, record.summary
    return time.perf_counter() - began, record.clock


def test_clients_that_poll(publish: Callable[[Table], None], limits: Limits) -> None:
    """Finding out that a client polls, or stepping on for it, costs little beside its wait."""
    rows: dict[str, list[str]] = {}
    virtual = why_not_preloadable([sys.executable]) is None
    for wait_s in WAITS_S:
        for title, client in pollers(wait_s).items():
            if title.startswith("program") and not virtual:
                continue
            job = Job(HEALTHY, client, "eventsource")
            if wait_s == WAITS_S[0]:
                drill(job, clock="auto")  # imports, and builds what programs need
            (auto_s, on), (real_s, _) = took(job, "auto"), took(job, "real")
            limits.at_most(f"{title}, for {wait_s:g} s", [auto_s / real_s], AS_REAL)
            row = rows.setdefault(title, [title])
            row.append(f"x{auto_s / real_s:.2f} ({on})")
    publish(
        Table(
            "Clients that poll the clock",
            "Wall time of a run, to that of the same run on the real clock beside it, by how long the client waits "
            "like that before it asks; in brackets the clock that the run was on in the end.",
            ("between two looks the client", *(f"for {wait_s:g} s" for wait_s in WAITS_S)),
            tuple(map(tuple, rows.values())),
        )
    )
