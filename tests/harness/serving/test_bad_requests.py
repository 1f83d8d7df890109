"""What nobody should send to the control API, and what must come of it: an answer, and no harm to any other drill."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import socket
import threading
from collections.abc import Awaitable, Callable

import httpx
import pytest

from ssedrill.running import hand_run
from ssedrill.serving.drills import Drills
from ssedrill.serving.ports import Ports
from support.patience import HANG_S
from support.serving import Api, api

HEALTHY = """
name = "mine"
about = "It is <b>healthy</b>."
dialects = ["eventsource"]
[[attempt]]
[must]
outcome = ["clean"]
"""
POST = "POST /drills HTTP/1.1\r\nHost: 127.0.0.1\r\n"
WHOLE = b'{"toml": "x"}'
BODIES = [
    ("Content-Length: 100\r\n", b'{"scen', ""),
    ("Transfer-Encoding: chunked\r\n", b"10\r\nabc", ""),
    ("Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\nZZ\r\n", "400"),
    ("Content-Encoding: gzip\r\nContent-Length: 13\r\n", WHOLE, "415"),
    (f"Content-Encoding: gzip\r\nContent-Length: {len(gzip.compress(WHOLE))}\r\n", gzip.compress(WHOLE), "415"),
    ("Content-Encoding: br\r\nContent-Length: 13\r\n", WHOLE, ""),
    ("Content-Length: 13\r\nHost: evil.example\r\n", WHOLE, "400"),
]


def serving(what: Callable[[Api], Awaitable[None]], **how: object) -> None:
    """Do something with a control API; what goes wrong in it fails the test."""

    async def main() -> None:
        async with api(**how) as asked:  # type: ignore[arg-type]
            await what(asked)

    asyncio.run(main())


async def sent(asked: Api, head: str, body: bytes, *, leaves: bool) -> str:
    """Send a request as it stands, and return the status of the answer; empty if who sends it does not wait."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(asked.url.rpartition(":")[2]))
    writer.write(f"{head}\r\n".encode() + body)
    await writer.drain()
    if leaves:
        writer.transport.abort()
        return ""
    line = await reader.readline()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return line.split()[1].decode()


def test_bodies_that_are_none(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Half, compressed or broken ones, and hosts that are none: refused at most, and told to no terminal."""

    async def what(asked: Api) -> None:
        await asked.ok("POST", "/drills", {"toml": HEALTHY})
        for head, body, status in BODIES:
            assert await sent(asked, POST + head, body, leaves=not status) == status, head
        assert (await asked.ask("POST", "/drills", {"scenario": "x" * 1_000_000}))[0] == 400
        assert len((await asked.ok("GET", "/drills"))["drills"]) == 1

    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # then what nobody reads is printed, as in a command
    serving(what)
    assert capfd.readouterr() == ("", "")


def test_a_host_is_a_name() -> None:
    """What is none is refused also if there is a token; each number of this machine is its name."""

    async def what(asked: Api) -> None:
        async with httpx.AsyncClient(base_url=asked.url, trust_env=False) as http:
            for host, status in ((b"\xff\xfe", 400), (b"evil/x?", 400), (b"drills.example", 200)):
                headers = [(b"Host", host), (b"Authorization", b"Bearer sesame-sesame")]
                assert (await http.get("/drills", headers=headers)).status_code == status

    serving(what, token="sesame-sesame")

    async def loopback(asked: Api) -> None:
        made = (await asked.ask("POST", "/drills", {"toml": HEALTHY}, Host="127.0.0.2:80"))[1]
        assert made["url"].startswith("http://127.0.0.2:")
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(made["url"])).status_code == 200
        assert (await asked.ok("GET", f"/drills/{made['id']}"))["state"] == "running"

    serving(loopback, ports=Ports("127.0.0.2"))


def test_what_comes_together() -> None:
    """Drills that are begun anew by two at once, or deleted meanwhile, leave no run behind that is nobody's."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        place = f"/drills/{drill['id']}"
        found = await asyncio.gather(*(asked.ok("POST", f"{place}/reset") for _ in range(3)))
        assert [one["round"] for one in found] == [2, 3, 4]
        assert {one["url"] for one in found} == {drill["url"]}
        ended, *again = await asyncio.gather(
            asked.ask("DELETE", place), *(asked.ask("POST", f"{place}/reset") for _ in range(3))
        )
        assert (ended[0], {status for status, _ in again}) == (204, {404})
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", drill["port"])

    serving(what)


def test_a_drill_that_can_not_be_begun_anew_stays_over() -> None:
    """Its record is there, and another try begins it."""

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        place = f"/drills/{drill['id']}"
        await asked.ok("POST", f"{place}/shown", {"complete": True})
        with socket.create_server(("127.0.0.1", drill["port"])):
            assert (await asked.ask("POST", f"{place}/reset"))[0] == 503
        now = await asked.ok("GET", place)
        assert (now["state"], now["round"], now["claim"]) == ("over", 1, "complete")
        assert (await asked.ok("POST", f"{place}/reset"))["round"] == 2

    with Ports().bind() as sock:
        port = sock.getsockname()[1]
    serving(what, ports=Ports(among=range(port, port + 1)))


def test_what_takes_long_is_done_beside_the_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios are loaded, and long texts judged, in other threads than that of the streams."""
    seen: list[bool] = []
    def watched(function):  # type: ignore[no-untyped-def]
        def call(*given, **named):  # type: ignore[no-untyped-def]
            seen.append(threading.current_thread() is threading.main_thread())
            return function(*given, **named)

        return call

    monkeypatch.setattr(Drills, "scenario_of", watched(Drills.scenario_of))
    monkeypatch.setattr(hand_run, "record_of", watched(hand_run.record_of))

    async def what(asked: Api) -> None:
        drill = await asked.ok("POST", "/drills", {"toml": HEALTHY})
        place = f"/drills/{drill['id']}"
        for body in ({"tokens": ["x"] * 100_000}, {"text": "y" * 100_000}, {"complete": True}):
            found = await asked.ok("POST", f"{place}/shown", body)
        assert (found["outcome"], found["verdict"]) == ("not-tested", "not-tested")

    serving(what)
    assert seen
    assert not any(seen)


def test_readers_who_leave_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when nothing happens that could be written to them."""
    monkeypatch.setattr("ssedrill.serving.readers.MOST_READERS", 1)

    async def what(asked: Api) -> None:
        async with asked.http.get(f"{asked.url}/events"):
            assert (await asked.ask("GET", "/events"))[0] == 429
        async with asyncio.timeout(HANG_S):
            status = 429
            while status == 429:
                async with asked.http.get(f"{asked.url}/events") as answer:
                    status = answer.status
            assert status == 200

    monkeypatch.setattr("ssedrill.serving.live.PING_S", HANG_S * 2)
    serving(what)
