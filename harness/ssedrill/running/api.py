"""One drill from Python: what ``import ssedrill`` offers."""

from __future__ import annotations

import os
from pathlib import Path

from ssedrill.clients.from_function import client_of
from ssedrill.clients.spec import parse_spec
from ssedrill.clock.choose import ClockWish
from ssedrill.drivers.in_process.load_function import ClientFunction
from ssedrill.drivers.program.environment import bypass_proxies
from ssedrill.loading.choose import find
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill as drill_job


def load(scenario: str | Path) -> Scenario:
    """Return the scenario of a built-in name or of a file.

    Raises :class:`~ssedrill.loading.problems.BadScenario`, which says what would be right, and ValueError for a
    folder of several.
    """
    found = find([str(scenario)])
    if len(found) > 1:
        names = ", ".join(one.name for one in found[:5])
        raise ValueError(f"{scenario} holds {len(found)} scenarios ({names} ...): name one of them")
    return found[0]


def drill(
    client: str | ClientFunction,
    scenario: str | Path | Scenario,
    *,
    dialect: str | None = None,
    clock: ClockWish = "auto",
    seed: int = 0,
) -> Record:
    """Drill a client once and return everything about the run; ``record.verdict`` is what came of it.

    ``client`` is a function that takes a :class:`~ssedrill.drivers.target.Target` and yields the text that it shows,
    or what ``ssedrill run --client`` takes. ``dialect`` is by default the first that both the scenario and the client
    speak. The client runs in this process (a program beside it), for at most the scenario's deadline in seconds:
    unlike under ``ssedrill run``, what it does to its process (``os._exit``, a segmentation fault) it does to yours.

    Raises BadScenario or BadSpec for what can't be used, and ValueError if there is no dialect in common.
    """
    one = scenario if isinstance(scenario, Scenario) else load(scenario)
    who = parse_spec(client) if isinstance(client, str) else client_of(client, getattr(client, "__name__", "client"))
    common = [name for name in one.dialects if name in who.dialects and dialect in (None, name)]
    if not common:
        asked = f"{dialect} is not" if dialect else "no dialect is"
        raise ValueError(
            f"{asked} one that both speak: {one.name} is for {', '.join(one.dialects)}, {who.name} speaks "
            f"{', '.join(who.dialects)}"
        )
    bypass_proxies(os.environ)
    return drill_job(Job(one, who, common[0], seed), clock=clock)
