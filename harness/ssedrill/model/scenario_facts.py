"""What a scenario says of itself, for whoever reads of its runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScenarioFacts:
    """The words of a scenario's file; a record has them, so that a report needs no file."""

    name: str
    family: str = ""  # the folder it lies in
    about: str = ""
    why: str = ""
    covers: tuple[str, ...] = ()
    seen_in: tuple[str, ...] = ()  # public reports of the failure, as ``owner/repository#number``


def merged(*several: Iterable[ScenarioFacts]) -> list[ScenarioFacts]:
    """Return the facts of several records, each scenario once; what comes last holds."""
    return list({one.name: one for facts in several for one in facts}.values())
