"""How well streams keep their rhythm when there are many of them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import pytest

from bench.lab import NEEDS_EPOLL, receive, serving
from bench.limits import Limits
from bench.streams import KINDS
from bench.tables import Table, quantile

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600), NEEDS_EPOLL]

ROUNDS = 5
STREAMS = 200
SHARES = (0.5, 0.99, 1.0)
SERVERS = {
    "drill": "ssedrill",
    "served": "ssedrill serve: a drill each, live events read",
    "plain": "plain asyncio protocol, sleeping until due",
    "sse_starlette_uvicorn": "sse-starlette, uvicorn (httptools), sleeping until due",
}
AS_PLAIN = {0.001: 3.0, 0.0: 1.5}
"""The 99th percentile is at most so many times the plain writer's of the same round.

By how far apart the streams are asked for: with a millisecond between them the writer's is about 1.3 ms, of which the
receiver's own errors are a part. Asked for all at once, the request of one stream delays the tokens of another."""


@pytest.mark.parametrize("apart_s", [0.001, 0.0], ids=["apart", "at-once"])
def test_pacing_error(apart_s: float, publish: Callable[[Table], None], limits: Limits) -> None:
    """With 200 streams of an event every 20 ms, events keep to their timetable nearly as a plain writer's do."""
    kind = KINDS["/paced"]
    errors: dict[str, list[list[float]]] = {name: [] for name in SERVERS}
    busy: dict[str, list[float]] = {name: [] for name in SERVERS}
    with serving(list(SERVERS), ["/paced"]) as servers:
        for _ in range(ROUNDS):
            for name, server in servers.items():
                seen = receive("paced", server, "/paced", STREAMS, apart_s)
                assert seen["events"] == STREAMS * kind.tokens
                errors[name].append(sorted(abs(late) for late in seen["late_s"]))
                busy[name].append((seen["cpu_s"] or float("nan")) / (kind.tokens * kind.every_s))

    def over_rounds(name: str, share: float) -> list[float]:
        return [quantile(ordered, share) for ordered in errors[name]]

    def milliseconds(values: list[float]) -> str:
        return f"{median(values) * 1e3:.2f} ms ({min(values) * 1e3:.2f}..{max(values) * 1e3:.2f})"

    asked = f"asked for {apart_s * 1e3:g} ms apart" if apart_s else "all asked for at once"
    burst = "" if apart_s else "A first token that is delayed makes those that come in time again count as early. "
    publish(
        Table(
            f"Pacing error of {STREAMS} streams with an event every {kind.every_s * 1e3:.0f} ms, {asked}",
            "Arrival at the receiver minus the timetable that begins with the stream's own first token, whichever "
            f"way it differs. {burst}{kind.tokens} tokens each; median (min..max) of {ROUNDS} interleaved rounds.",
            ("server", "p50", "p99", "worst", "server CPU"),
            tuple(
                (title, *(milliseconds(over_rounds(name, share)) for share in SHARES), f"{median(busy[name]):.0%}")
                for name, title in SERVERS.items()
            ),
        )
    )
    for name in ("drill", "served"):
        rounds = zip(over_rounds(name, 0.99), over_rounds("plain", 0.99), strict=True)
        ratios = [ours / its for ours, its in rounds]
        what = f"p99 of the pacing error of {SERVERS[name]}, {asked}, to the plain writer's"
        limits.at_most(what, ratios, AS_PLAIN[apart_s])
