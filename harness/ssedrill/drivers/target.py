"""What a client under test is told, and what it may tell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.told import finish_told, usage_told


class Unsupported(Exception):
    """A client raises it to say that it can't do this dialect or feature: that is an answer, not a failure.

    Once it has shown text it has begun to do it: from then on this is an error like any other.
    """


@dataclass(frozen=True)
class SessionTarget:
    """What a client is told that makes several calls over one session: all that is true of every one of them."""

    url: str
    dialect: str
    scenario: str
    patience_s: float
    deadline_s: float
    sink: Sink = field(repr=False)  # for what it says of no call
    api_key: str = API_KEY
    seed: int = 0
    fallback_url: str = ""  # where to turn when the first address fails, if the scenario has such a place
    calls: int = 1  # how many there are to come
    wants: frozenset[str] = frozenset()
    groups: set[int] = field(default_factory=set, repr=False, compare=False)


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
    wants: frozenset[str] = frozenset()  # what the scenario looks for besides text: "usage", "finish" and others
    groups: set[int] = field(default_factory=set, repr=False, compare=False)
    """The process groups of the client's programs; who starts one puts it down here."""

    call: int = 1  # the number of the call, of a run with several
    calls: int = 1  # how many there are to come
    fallback_url: str = ""  # where to turn when the first address fails, if the scenario has such a place

    @property
    def cancelled(self) -> threading.Event:
        """Set when the application has stopped reading; a client that blocks may look, or wait, for it."""
        return self.sink.switch.pulled

    def on_cancel(self, function: Callable[[], object]) -> None:
        """Have a function called when the application stops reading: what closes a connection, for instance."""
        switch = self.sink.switch
        switch.on_pull(lambda: switch.host(function))

    def session(self) -> SessionTarget:
        """Return what is true of every call."""
        return SessionTarget(**{item.name: getattr(self, item.name) for item in fields(SessionTarget)})

    def restart(self) -> None:
        """Tell the application to drop what it has shown so far."""
        self.sink.add("restart")

    def retry(self, reason: str = "") -> None:
        """Declare a retry; the wire knows anyway, but a person likes to read why."""
        self.sink.add("retry", reason)

    def usage(self, **numbers: int) -> None:
        """Tell the application how many tokens the answer took: by the server's names, or input and output_tokens.

        What is told last counts, so it may be told each time that the server says more.
        """
        self.sink.add("usage", usage_told(numbers))

    def finish(self, reason: str) -> None:
        """Tell the application why the model stopped, in the server's word. That is no claim: returning is."""
        self.sink.add("finish", finish_told(reason))
