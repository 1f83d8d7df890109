"""The server of ``ssedrill serve``, from its first line to its end."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ssedrill.model.scenario import Scenario
from ssedrill.server.listener import BACKLOG
from ssedrill.serving.app import Control, served
from ssedrill.serving.drills import Drills
from ssedrill.serving.guard import Guard
from ssedrill.serving.ports import Ports
from ssedrill.serving.refused import Refused

LEAST_TOKEN_CHARS = 8
ANY_HOST = "0.0.0.0"


@dataclass(frozen=True)
class Wanted:
    """What is to be served, and where. ``token`` is None or empty if none was given."""

    scenarios: Sequence[Scenario] = ()
    host: str = "127.0.0.1"
    port: int = 0
    drill_ports: range = range(0)
    token: str | None = None
    dialect: str | None = None
    seed: int = 0


async def serve(
    wanted: Wanted,
    over: asyncio.Future[int],
    *,
    tell: Callable[[str], object],
    say: Callable[[str], object],
    failed: Callable[[Exception], object],
) -> int:
    """Serve until ``over`` has a result, and return it. Raises Refused for what can't be served.

    ``tell`` is given the one line for programs, ``say`` those for people; ``failed`` is told of faults in here.
    """
    ports = Ports(address_of(wanted.host), wanted.drill_ports)
    given = _checked(wanted.token)
    token = given or ("" if ports.is_loopback else secrets.token_urlsafe(24))
    drills = Drills(ports, wanted.scenarios)
    sock = _bound(ports.host, wanted.port)
    try:
        async with served(Control(drills, Guard(token), failed), sock):
            name = "127.0.0.1" if ports.host == ANY_HOST else ports.host
            url = f"http://{name}:{sock.getsockname()[1]}"
            made = [drills.serve(one, wanted.dialect, wanted.seed).view(name) for one in wanted.scenarios]
            first = {
                "control": url,
                **({"token": token} if token and not given else {}),
                "drills": [one.model_dump(include={"id", "scenario", "dialect", "url"}) for one in made],
            }
            tell(json.dumps(first))
            for one in made:
                say(f"{one.scenario} ({one.dialect}): {one.url}")
            say(f"control API: {url}/drills, described at {url}/openapi.json")
            say(f"live page: {url}/{f'?token={token}' if token and not given else ''}")
            return await over
    finally:
        sock.close()
        await drills.close()


def address_of(host: str) -> str:
    """Return the IPv4 address of a host. Raises Refused if it has none."""
    try:
        return str(socket.getaddrinfo(host, 0, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        right = "name an IPv4 address of this machine, or 0.0.0.0 for all of them"
        raise Refused(400, f"--host: {host[:100]!r} is no IPv4 address and has none", right) from None


def _checked(token: str | None) -> str:
    if token and (len(token) < LEAST_TOKEN_CHARS or not all("!" <= one <= "~" for one in token)):
        right = f"write {LEAST_TOKEN_CHARS} characters or more, of ASCII, without a space"
        raise Refused(400, "--token: too short, or not fit for a header", right)
    return token or ""


def _bound(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        why = (error.strerror or str(error)).lower()
        raise Refused(400, f"--port: {host}:{port} can't be listened on: {why}", "name another, or none") from None
    return sock
