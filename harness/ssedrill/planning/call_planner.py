"""What the server of a run with several calls asks: to which call a request belongs, and what it meets there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.scenario import Attempt, Scenario
from ssedrill.planning.planner import Generations, Planner
from ssedrill_faults.plan import Door, Open, Plan

SEED_STEP = 1_000_003
"""Calls differ in what faults leave to chance, or many of them would all be hit in the same place."""


@dataclass
class CallPlanner:
    """A planner for each call of a run. No text is given to two calls: what one shows of another's is seen."""

    scenario: Scenario
    dialect: Dialect
    seed: int
    _planners: dict[int, Planner] = field(default_factory=dict)
    _calls: dict[str, int] = field(default_factory=dict)  # whose text each generation is
    _generations: Generations = field(default_factory=Generations)

    @property
    def places(self) -> frozenset[str]:
        """The placeholders in the scenario's text."""
        return self.scenario.places

    def named(self, request: Request) -> int:
        """Return the call that a request names: by its prompt or path, or by the text that it goes on with."""
        ask = self.dialect.ask.understand(request)
        call = ask.call or self._calls.get(ask.generation, 0)
        return call if call <= self.scenario.call_count else 0

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """Return what the dialect made of a request, and the plan for it."""
        ask, plan = self._planner(request.call)(attempt, request)
        if plan.generation:
            self._calls.setdefault(plan.generation, request.call)
        return ask, plan

    def door(self, attempt: int, call: int) -> tuple[Door, str]:
        """Return the door of an attempt of a call and the name of the fault that makes it."""
        return self._planner(call).door(attempt) if call else (Open(), "")

    def _planner(self, call: int) -> Planner:
        if call not in self._planners:
            met = self.scenario.for_call(call) if call else replace(self.scenario, attempts=(Attempt(),), calls=())
            self._planners[call] = Planner(met, self.dialect, self.seed + (call - 1) * SEED_STEP, self._generations)
        return self._planners[call]
