"""What the server of one run asks: which plan a request meets, and which door an attempt."""

from __future__ import annotations

from dataclasses import dataclass

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.scenario import Regenerate, Scenario
from ssedrill.model.tokens import generation_name
from ssedrill.planning.compile import compile_plan
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Open, Plan


@dataclass
class Planner:
    """Compiles the plan of each request as it arrives, and keeps count of the generations handed out."""

    scenario: Scenario
    dialect: Dialect
    seed: int
    handed_out: int = 0

    @property
    def places(self) -> frozenset[str]:
        """The placeholders in the scenario's text."""
        faults = (fault for attempt in self.scenario.attempts for fault in attempt.faults)
        return frozenset(name for fault in faults for name in fault.places)

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """Return what the dialect made of a request, and the plan for it."""
        same = self.scenario.stream.regenerate is Regenerate.SAME
        generation = generation_name(0 if same else self.handed_out)
        ask, plan = compile_plan(self.scenario, self.dialect, self.seed, attempt, request, generation)
        if plan.generation == generation and ask.kind.starts_answer:
            self.handed_out += 1
        return ask, plan

    def door(self, attempt: int) -> tuple[Door, str]:
        """Return the door of an attempt and the name of the fault that makes it."""
        for fault in self.scenario.attempt(attempt).faults:
            if isinstance(fault, DoorFault):
                return fault.door(), fault.name
        return Open(), ""
