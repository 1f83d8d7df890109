"""Fire drills for streaming clients: a fault-injecting SSE server, and verdicts from two journals.

    import ssedrill

    record = ssedrill.drill(my_client, "reset-mid-stream")
    assert record.verdict == "pass", record.summary

What is offered here is imported when it is first used: ``import ssedrill`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ssedrill.drivers.target import Target, Unsupported
    from ssedrill.model.record import Record
    from ssedrill.model.scenario import Scenario
    from ssedrill.running.api import drill, load
    from ssedrill.serving.in_python import serve

__version__ = "0.1.0"

__all__ = ["Record", "Scenario", "Target", "Unsupported", "__version__", "drill", "load", "serve"]

_HOMES = {
    "Record": "ssedrill.model.record",
    "Scenario": "ssedrill.model.scenario",
    "Target": "ssedrill.drivers.target",
    "Unsupported": "ssedrill.drivers.target",
    "drill": "ssedrill.running.api",
    "load": "ssedrill.running.api",
    "serve": "ssedrill.serving.in_python",
}


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'ssedrill' has no attribute {name!r}; it has {', '.join(_HOMES)}")
    return getattr(import_module(_HOMES[name]), name)
