"""All drills of a server: made of scenarios by name or body, found by id, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ssedrill.loading.choose import find
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import nearest, shown
from ssedrill.model.scenario import Scenario
from ssedrill.server.turnstile import Turnstile
from ssedrill.serving.bodies import NewDrill
from ssedrill.serving.drill import ServedDrill
from ssedrill.serving.ports import Ports
from ssedrill.serving.refused import Refused

MOST_DRILLS = 1000
"""So many drills there may be; each has a port of its own, and files that a process may have open only so many of."""


class Drills:
    """Makes drills and keeps them until they are deleted. ``given`` are scenarios that are known here by their names.

    Made and used on one loop.
    """

    def __init__(self, ports: Ports, given: Sequence[Scenario] = (), most: int = MOST_DRILLS) -> None:
        self._ports = ports
        self._given = {one.name: one for one in given}
        self._most = most
        self._made = 0
        self._turnstile: Turnstile | None = None  # made on the loop
        self._drills: dict[str, ServedDrill] = {}

    @property
    def all(self) -> list[ServedDrill]:
        """All of them, the oldest first."""
        return list(self._drills.values())

    def add(self, new: NewDrill) -> ServedDrill:
        """Make a drill. Raises Refused, and BadScenario for a scenario that can't be used."""
        return self.serve(self.scenario_of(new), new.dialect, new.seed)

    def scenario_of(self, new: NewDrill) -> Scenario:
        """Return the scenario that is meant; in any thread: loading may take a while. Raises as ``add``."""
        if (new.scenario is None) == (new.toml is None):
            raise Refused(400, "which scenario?", 'name one by "scenario", or write it down in "toml": one of both')
        return self._named(new.scenario) if new.scenario is not None else load_text(new.toml or "", "toml")

    def serve(self, scenario: Scenario, dialect: str | None, seed: int) -> ServedDrill:
        """Make a drill of a scenario, by default in its first dialect. Raises Refused."""
        dialect = dialect or scenario.dialects[0]
        if dialect not in scenario.dialects:
            raise Refused(400, f"{scenario.name} is not for {shown(dialect)}", nearest(dialect, scenario.dialects))
        if any(group.cancel for group in scenario.calls):
            why = f"{scenario.name} calls off calls of its client, which nobody here can tell it"
            raise Refused(400, why, "run it by `ssedrill run`")
        if len(self._drills) >= self._most:
            raise Refused(429, f"there are {self._most} drills, and may be no more", "DELETE /drills/{id} ends one")
        self._made += 1
        self._turnstile = self._turnstile or Turnstile()
        drill = ServedDrill(str(self._made), scenario, dialect, seed, self._ports, self._turnstile)
        self._drills[drill.id] = drill
        return drill

    def find(self, name: str) -> ServedDrill:
        """Return a drill by its id. Raises Refused."""
        if name not in self._drills:
            raise Refused(404, f"there is no drill {shown(name)}", "GET /drills lists all")
        return self._drills[name]

    async def end(self, name: str) -> None:
        """End a drill, and forget it. Raises Refused."""
        drill = self.find(name)
        await drill.end_for_good()
        self._drills.pop(name, None)

    async def close(self) -> None:
        """End them all. Raises the first of what the harness itself did wrong."""
        await asyncio.gather(*(drill.end_for_good() for drill in self.all))

    def _named(self, name: str) -> Scenario:
        if name in self._given:
            return self._given[name]
        found = find([name], places=False)
        if len(found) > 1:
            few = ", ".join(one.name for one in found[:5])
            raise Refused(400, f"{shown(name)} is {len(found)} scenarios ({few} ...)", "name one of them")
        return found[0]
