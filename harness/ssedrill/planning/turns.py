"""Which of a scenario's attempts a request meets."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.scenario import Attempt, Scenario

HEALTHY = Attempt()
"""What a request meets that no attempt is meant for."""


@dataclass
class Turns:
    """Gives each request its attempt. An attempt that is not meant for it is passed over and kept for the next.

    The scenario's last attempt holds for every later request that it is meant for.
    """

    scenario: Scenario
    _left: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._left = list(range(self.scenario.by_number, len(self.scenario.attempts)))

    def attempt(self, number: int, ask: Ask, request: Request) -> tuple[int, Attempt]:
        """Return the attempt that request number ``number`` (from 1) meets, with its own number.

        That is 0 if the request's number says it already, and if the request meets none.
        """
        attempts = self.scenario.attempts
        if number <= self.scenario.by_number or not self._left:
            return 0, self.scenario.attempt(number)
        for index in self._left:
            when = attempts[index].when
            if when is None or when.fits(ask.kind, request.headers, reused=request.reused, fallback=request.fallback):
                if index != len(attempts) - 1:
                    self._left.remove(index)
                return index + 1, attempts[index]
        return 0, HEALTHY
