"""What one thing that can be asked of the control API is, and a request for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from aiohttp import web

from ssedrill.server.listener import HOST
from ssedrill.serving.bodies import Body
from ssedrill.serving.drills import Drills
from ssedrill.serving.guard import LOOPBACK, host_name
from ssedrill.serving.readers import Readers

JSON, HTML, SSE = "application/json", "text/html", "text/event-stream"


@dataclass(frozen=True)
class Asked:
    """A request: to whom it goes, what it is, and its body, if the route has one."""

    drills: Drills
    readers: Readers
    request: web.Request
    body: Any = None

    @property
    def id(self) -> str:
        """Which drill is meant."""
        return self.request.match_info["id"]

    @property
    def has_left(self) -> bool:
        """Whoever asked has closed the connection."""
        return self.request.transport is None or self.request.transport.is_closing()

    @property
    def host(self) -> str:
        """By which host whoever asks knows this server."""
        name = host_name(self.request.headers.get("Host", ""))
        return HOST if not name or name in LOOPBACK else name


Handler: TypeAlias = Callable[[Asked], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One thing that can be asked."""

    method: str
    path: str
    name: str
    about: str
    handler: Handler
    takes: type[Body] | None = None
    gives: type[Body] | str | None = None  # a body as JSON, or a type of content
    status: int = 200
    errors: tuple[int, ...] = ()

    @property
    def is_page(self) -> bool:
        """A browser goes there by itself, and may have the token in the address."""
        return self.gives == HTML
