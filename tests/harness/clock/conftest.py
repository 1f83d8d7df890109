"""What holds for all tests of the clock."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def idle_machine(monkeypatch):
    """Have the clock think that it has the machine to itself; a test that minds a busy one says so."""
    monkeypatch.setattr("ssedrill.clock.virtual.virtual_clock.machine_is_busy", lambda: False)
