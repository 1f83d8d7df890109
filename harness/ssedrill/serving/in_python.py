"""One drill from Python, for a client that runs beside it: what ``ssedrill.serve`` offers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ssedrill.drivers.sink import CLASS_CHARS
from ssedrill.model.clean_text import encodable
from ssedrill.model.record import Record
from ssedrill.model.scenario import Scenario
from ssedrill.running.api import load
from ssedrill.running.portal import LoopThread, Portal
from ssedrill.server.listener import HOST
from ssedrill.serving.bodies import NewDrill, Shown
from ssedrill.serving.drill import ServedDrill
from ssedrill.serving.drills import Drills
from ssedrill.serving.ports import Ports


class Served:
    """A drill that is being served. Tell it what your application shows, and how the answer ended."""

    def __init__(self, portal: Portal, drill: ServedDrill) -> None:
        self._portal = portal
        self._drill = drill
        view = portal.do(lambda: drill.view(HOST))
        self.url = view.url
        """Where the client is sent: the base URL that an SDK of the drill's protocol takes."""
        self.environment = view.environment
        """The variables that point SDKs of the protocol at it."""

    def shown(self, text: str) -> None:
        """Tell that this text was shown, in addition to what was before. Raises TypeError if it is no text."""
        if not isinstance(text, str):
            raise TypeError(f"shown() takes the text that a user would see, as str; this is {type(text).__name__}")
        self._tell(text=encodable(text))

    def restart(self) -> None:
        """Tell that what was shown so far was taken back."""
        self._tell(restart=True)

    def complete(self) -> Record:
        """Tell that the client has said that the answer is complete. The drill is over; return its record."""
        self._tell(complete=True)
        return self.record()

    def failed(self, error: BaseException) -> Record:
        """Tell that the client has failed by this error. The drill is over; return its record."""
        self._tell(error={"class": encodable(type(error).__name__)[:CLASS_CHARS], "message": encodable(str(error))})
        return self.record()

    def record(self) -> Record:
        """Return everything about the run so far, also after the block; ``not-tested`` if nothing was told of it."""
        return self._drill.final or self._portal.do(self._drill.record)

    def _tell(self, **told: object) -> None:
        if self._drill.state == "over":
            raise RuntimeError("the drill is over, by complete(), failed(), its deadline or the end of its block")
        self._portal.wait(self._drill.show(Shown.model_validate(told)))


@contextmanager
def serve(scenario: str | Path | Scenario, *, dialect: str | None = None, seed: int = 0) -> Iterator[Served]:
    """Serve a drill for the time of a ``with`` block, in a thread of its own, in real time.

    ``scenario`` and ``dialect`` are as in :func:`~ssedrill.running.api.drill`. Raises BadScenario for a scenario that
    can't be used, and :class:`~ssedrill.serving.refused.Refused` for a dialect that it is not for.
    """
    one = scenario if isinstance(scenario, Scenario) else load(scenario)
    thread = LoopThread()
    try:
        drills = Drills(Ports(), [one])
        drill = thread.portal.do(
            lambda: drills.add(NewDrill(scenario=one.name, toml=None, dialect=dialect, seed=seed))
        )
        try:
            yield Served(thread.portal, drill)
        finally:
            thread.portal.wait(drills.close())
    finally:
        thread.close()
