"""The control API as an aiohttp application, and its server."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import ValidationError

from ssedrill.loading.problems import BadScenario, nearest, shown
from ssedrill.serving.bodies import Body, Refusal
from ssedrill.serving.drills import Drills
from ssedrill.serving.guard import Guard
from ssedrill.serving.readers import Readers
from ssedrill.serving.refused import Refused
from ssedrill.serving.route import Asked, Route
from ssedrill.serving.routes import ROUTES

BIGGEST_BODY = 32 * 1024 * 1024
"""What a client may have shown, and then some."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
SEE = "GET /openapi.json says what is right"


class Control:
    """Answers requests. ``failed`` is told what goes wrong in here, which is the fault of nobody who asks."""

    def __init__(self, drills: Drills, guard: Guard, failed: Callable[[Exception], object]) -> None:
        self._drills = drills
        self._guard = guard
        self._failed = failed
        self._readers = Readers()

    def app(self) -> web.Application:
        """Return the application."""
        app = web.Application(client_max_size=BIGGEST_BODY, middlewares=[self._guarded])
        for route in ROUTES:
            app.router.add_route(route.method, route.path, self._handler(route))
        app.on_shutdown.append(self._end_readers)
        return app

    def _handler(self, route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            self._guard.check(request.headers, request.query, is_page=route.is_page)
            body = None if route.takes is None else _read(route.takes, await _body(request))
            return await route.handler(Asked(self._drills, self._readers, request, body))

        return handle

    @web.middleware
    async def _guarded(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Turn every way to fail into one clear answer."""
        try:
            response = await handler(request)
        except Refused as refused:
            response = _refusal(refused.status, refused.error, refused.right)
        except BadScenario as bad:
            wrong = [": ".join(filter(None, (one.file, one.key, one.wrong))) for one in bad.problems]
            response = _refusal(400, "\n".join(wrong), "\n".join(one.right for one in bad.problems))
        except web.HTTPRequestEntityTooLarge:
            response = _refusal(413, "the body is too large", f"send {BIGGEST_BODY} bytes at most")
        except web.HTTPException as error:
            response = _refusal(error.status, f"{request.method} {request.path[:200]}: {error.reason}".lower(), SEE)
        except ConnectionError:  # nobody reads this
            response = _refusal(400, "the connection was closed before the request was whole", SEE)
        except Exception as error:
            self._failed(error)
            response = _refusal(500, "an internal fault, which serve has told of", "report it: it is a defect")
        if not response.prepared:
            response.headers.update({name: value for name, value in HEADERS.items() if name not in response.headers})
        return response

    async def _end_readers(self, app: web.Application) -> None:
        self._readers.end()


@asynccontextmanager
async def served(control: Control, sock: socket.socket) -> AsyncIterator[None]:
    """Answer at a socket that is bound already, which is closed at the end."""
    runner = web.AppRunner(
        control.app(), access_log=None, logger=_nobody(), handle_signals=False, shutdown_timeout=1.0
    )
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        yield
    finally:
        await runner.cleanup()


def _refusal(status: int, error: str, right: str) -> web.Response:
    body = Refusal(error=error, right=right)
    return web.Response(text=body.model_dump_json(), status=status, content_type="application/json")


async def _body(request: web.Request) -> bytes:
    """Return what was sent as the body. Raises Refused."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused(415, "the body is compressed", "send JSON as it is, without Content-Encoding")
    try:
        return await request.read()
    except (web.RequestPayloadError, HttpProcessingError):
        right = "send it with Content-Length, or in chunks to the last"
        raise Refused(400, "the body is no whole one", right) from None


def _nobody() -> logging.Logger:
    """Return a log that nobody reads: tracebacks about what others have sent are no words for a terminal."""
    log = logging.getLogger(f"{__name__}.requests")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def _read(kind: type[Body], data: bytes) -> Body:
    """Return what a body says. Raises Refused."""
    try:
        return kind.model_validate_json(data or b"{}")
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False, include_input=False)
        place = ".".join(map(str, first["loc"])) or "the body"
        if first["type"] == "extra_forbidden":
            known = [field.alias or name for name, field in kind.model_fields.items()]
            raise Refused(400, f"{shown(place)} is not known here", nearest(place, known)) from None
        raise Refused(400, f"{place[:100]}: {first['msg'][:300]}", SEE) from None
