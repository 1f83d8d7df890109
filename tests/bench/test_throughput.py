"""How many events a second the player can write, beside others that write the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from bench.lab import NEEDS_EPOLL, Server, receive, serving
from bench.limits import Limits
from bench.streams import KINDS, body
from bench.tables import Table, plain_number, ratio, thousands

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200), NEEDS_EPOLL]

ROUNDS = 7
SERVERS = {
    "drill": "ssedrill, plan compiled beforehand",
    "plain": "plain asyncio protocol",
    "blocking": "blocking sendall, one thread",
    "sse_starlette_uvicorn": "sse-starlette, uvicorn (httptools)",
}
OFTEN = 0.7
"""Our goal is 80 % of the plain writer; what lies between is left to the noise of the machine."""


def measured(servers: dict[str, Server], path: str, connections: int) -> dict[str, list[dict[str, Any]]]:
    """Measure all servers in turn, round after round; every round begins with another one."""
    expected = len(body(KINDS[path].plan))
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    names = list(servers)
    for turn in range(ROUNDS):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            seen[name].append(receive("count", servers[name], path, connections, expected))
    return seen


@pytest.mark.parametrize(("path", "connections"), [("/long", 1), ("/short", 200)])
def test_events_per_second(path: str, connections: int, publish: Callable[[Table], None], limits: Limits) -> None:
    """The player keeps up with a plain asyncio writer of the same bytes and is ahead of sse-starlette."""
    whole = body(KINDS[path].plan)
    events = KINDS[path].tokens * connections
    with serving(list(SERVERS), [path]) as servers:
        for server in servers.values():
            assert receive("digest", server, path, 1, len(whole))["sha256"] == hashlib.sha256(whole).hexdigest()
        seen = measured(servers, path, connections)
    rates = {name: [events / run["seconds"] for run in runs] for name, runs in seen.items()}
    ratios = {name: [a / b for a, b in zip(rates[name], rates["plain"], strict=True)] for name in SERVERS}

    def each(name: str, key: str, scale: float = 1.0) -> list[float | None]:
        return [run[key] and run[key] * scale / events for run in seen[name]]

    publish(
        Table(
            f"{events:,} events over {connections} connection{'s' if connections > 1 else ''}",
            f"One write for each event of about {len(whole) // KINDS[path].tokens} bytes; server and receiver are "
            f"processes on a core each; median (min..max) of {ROUNDS} interleaved rounds; the ratio is to the plain "
            "writer of the same round. Segments are those that really came: the kernel merges what waits to be sent.",
            ("server", "events/s", "ratio", "server CPU, us/event", "TCP segments/event", "recv()/event"),
            tuple(
                (
                    title,
                    thousands(rates[name]),
                    ratio(ratios[name]),
                    plain_number(each(name, "cpu_s", 1e6), 1),
                    plain_number(each(name, "segments")),
                    plain_number(each(name, "reads")),
                )
                for name, title in SERVERS.items()
            ),
        )
    )
    limits.at_least("events a second, to the plain writer's", ratios["drill"], OFTEN)
    ahead = [ours / its for ours, its in zip(rates["drill"], rates["sse_starlette_uvicorn"], strict=True)]
    limits.at_least("events a second, to sse-starlette's", ahead, 1.0)
