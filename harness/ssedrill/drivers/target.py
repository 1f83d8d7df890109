"""What a client under test is told, and what it may tell."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.drivers.sink import Sink


class Unsupported(Exception):
    """A client raises it to say that it can't do this dialect or feature: that is an answer, not a failure.

    Once it has shown text it has begun to do it: from then on this is an error like any other.
    """


@dataclass(frozen=True)
class Target:
    """What a client is told: where to connect, what it may expect of the application, and how to speak to it."""

    url: str
    dialect: str
    scenario: str
    patience_s: float
    deadline_s: float
    sink: Sink = field(repr=False)
    prompt: str = PROMPT
    api_key: str = API_KEY
    seed: int = 0  # for what a client leaves to chance
    groups: set[int] = field(default_factory=set, repr=False, compare=False)
    """The process groups of the client's programs; who starts one puts it down here."""

    def restart(self) -> None:
        """Tell the application to drop what it has shown so far."""
        self.sink.add("restart")

    def retry(self, reason: str = "") -> None:
        """Declare a retry; the wire knows anyway, but a person likes to read why."""
        self.sink.add("retry", reason)
