"""What the server of one run asks: which plan a request meets, and which door an attempt."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.scenario import Regenerate, Scenario
from ssedrill.model.tokens import generation_name
from ssedrill.planning.compile import compile_plan
from ssedrill.planning.turns import Turns
from ssedrill_faults.fault import DoorFault
from ssedrill_faults.plan import Door, Open, Plan


@dataclass
class Planner:
    """Compiles the plan of each request as it arrives, and keeps count of the generations handed out."""

    scenario: Scenario
    dialect: Dialect
    seed: int
    handed_out: int = 0
    turns: Turns = field(init=False)

    def __post_init__(self) -> None:
        self.turns = Turns(self.scenario)

    @property
    def places(self) -> frozenset[str]:
        """The placeholders in the scenario's text."""
        faults = (fault for attempt in self.scenario.attempts for fault in attempt.faults)
        return frozenset(name for fault in faults for name in fault.places)

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """Return what the dialect made of a request, and the plan for it."""
        same = self.scenario.stream.regenerate is Regenerate.SAME
        generation = generation_name(0 if same else self.handed_out)
        ask, plan = compile_plan(
            self.scenario, self.dialect, self.seed, attempt, request, generation, self.turns.attempt
        )
        if plan.generation == generation != ask.generation:
            self.handed_out += 1
        return ask, plan

    def door(self, attempt: int) -> tuple[Door, str]:
        """Return the door of an attempt and the name of the fault that makes it."""
        if self.scenario.by_number < min(attempt, len(self.scenario.attempts)):
            return Open(), ""  # whether an attempt is meant for a request is not known before that is read
        for fault in self.scenario.attempt(attempt).faults:
            if isinstance(fault, DoorFault):
                return fault.door(), fault.name
        return Open(), ""
