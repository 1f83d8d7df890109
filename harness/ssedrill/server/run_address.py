"""The address of one run, and which requests are not sent to it.

A path segment that nobody can guess keeps everybody else away: a page in a browser, a scanner of ports, a client of
the run before. Whoever does not know it never takes a fault that is meant for the client.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ssedrill.dialects.exchange import Foreign
from ssedrill.server.http1.request_reader import Received
from ssedrill.server.listener import HOST

ELSEWHERE = Foreign(404, "not this run's address")
OTHER_HOST = Foreign(421, "its host is another than this server")

_OURS = re.compile(r"(?:127\.0\.0\.1|localhost)(?::(\d+))?", re.IGNORECASE)
_ANY = re.compile(r"([a-z0-9._-]{1,253})(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RunAddress:
    """Where the client of one run is sent. Without a ``run`` there is no segment, and every path is the run's.

    With ``any_host`` the server is known by names that nobody here knows (a container's, a host's at a mapped port).
    """

    port: int
    run: str = ""
    other_port: int = 0  # the same run, as another origin; 0 if there is none
    any_host: bool = False

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://{HOST}:{self.port}"

    @property
    def other_origin(self) -> str:
        """The same of the second listener; this one again if there is none."""
        return f"http://{HOST}:{self.other_port or self.port}"

    @property
    def path(self) -> str:
        """What stands in front of every path of the run."""
        return f"/{self.run}" if self.run else ""

    def places(self, received: Received) -> tuple[tuple[str, str], ...]:
        """Return what a scenario's text may name, by its placeholder, as this request's client knows it."""
        named = _ANY.fullmatch(received.host) if self.any_host else None
        origin = self.origin if named is None else f"http://{named[0]}"
        other = self.other_origin if named is None or not self.other_port else f"http://{named[1]}:{self.other_port}"
        return (("origin", origin), ("other_origin", other), ("path", self.path), ("request", received.path))

    def foreign(self, received: Received) -> Foreign | None:
        """Say why a request is not the client's, or return None if it is.

        A request without a host is old, not wrong. One that leaves out the port still names no other server.
        """
        if received.host:
            host = received.host.rpartition("@")[2]
            named = _OURS.fullmatch(host)
            ours = named is not None and named[1] in (None, str(self.port), str(self.other_port or self.port))
            if not ours and not (self.any_host and _ANY.fullmatch(host)):
                return OTHER_HOST
        return ELSEWHERE if self.inside(received.path) is None else None

    def inside(self, path: str) -> str | None:
        """Return a request's path as the dialect sees it, or None if it leads elsewhere."""
        if not path.startswith(self.path):
            return None
        rest = path[len(self.path) :]
        if rest and rest[0] not in "/?":
            return None if self.run else path
        return rest if rest.startswith("/") else f"/{rest}"
