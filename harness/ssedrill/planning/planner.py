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
class Generations:
    """Counts the texts that were handed out in a run: each has a name of its own, whatever call it is for."""

    handed_out: int = 0


@dataclass
class Planner:
    """Compiles the plan of each request of a call as it arrives."""

    scenario: Scenario
    dialect: Dialect
    seed: int
    generations: Generations = field(default_factory=Generations)
    turns: Turns = field(init=False)
    _again: int | None = field(default=None, init=False)  # the text that is given to this call always

    def __post_init__(self) -> None:
        self.turns = Turns(self.scenario)

    @property
    def places(self) -> frozenset[str]:
        """The placeholders in the scenario's text."""
        return self.scenario.places

    def __call__(self, attempt: int, request: Request) -> tuple[Ask, Plan]:
        """Return what the dialect made of a request, and the plan for it."""
        again, new = self._again, self.generations.handed_out
        generation = generation_name(new if again is None else again)
        ask, plan = compile_plan(
            self.scenario, self.dialect, self.seed, attempt, request, generation, self.turns.attempt
        )
        if plan.generation == generation != ask.generation and again is None:
            self.generations.handed_out += 1
            self._again = new if self.scenario.stream.regenerate is Regenerate.SAME else None
        return ask, plan

    def door(self, attempt: int, call: int = 1) -> tuple[Door, str]:
        """Return the door of an attempt and the name of the fault that makes it."""
        if self.scenario.by_number < min(attempt, len(self.scenario.attempts)):
            return Open(), ""  # whether an attempt is meant for a request is not known before that is read
        for fault in self.scenario.attempt(attempt).faults:
            if isinstance(fault, DoorFault):
                return fault.door(), fault.name
        return Open(), ""
