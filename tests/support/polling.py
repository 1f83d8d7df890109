"""Clients that wait by polling the clock, each in another way, and then take the answer."""

from __future__ import annotations

import asyncio
import json
import select
import sys
import time
import urllib.request

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program

PROGRAM = """
import json, os, select, sys, time, urllib.request
end = time.monotonic() + {wait_s}
while time.monotonic() < end: {nap}
for line in urllib.request.urlopen(os.environ["SSEDRILL_URL"]).read().decode().splitlines():
    if line.startswith("data: {{") and '"text"' in line:
        print(json.dumps({{"text": json.loads(line[6:])["text"]}}))
print(json.dumps({{"done": True}}))
"""
NAPS = {
    "reads the clock": "pass",
    "sleeps for 0 s": "time.sleep(0)",
    "sleeps for 50 us": "time.sleep(50e-6)",
    "sleeps for 1 ms": "time.sleep(1e-3)",
    "selects for 0 s": "select.select([], [], [], 0)",
    "selects for 50 us": "select.select([], [], [], 50e-6)",
}
"""What a client does between two looks at the clock, in Python."""
ASYNC_NAPS = {"asyncio, 0 s": 0.0, "asyncio, 50 us": 50e-6, "asyncio, 1 ms": 1e-3}


def answer(url):
    """Return the text of an answer."""
    lines = urllib.request.urlopen(url).read().decode().splitlines()
    return "".join(json.loads(line[6:]).get("text", "") for line in lines if line.startswith("data: {"))


def blocking(nap, wait_s):
    """Return a client of this process that naps between two looks, for so long."""
    code = compile(nap, "<nap>", "exec")

    def client(target):
        end = time.monotonic() + wait_s
        while time.monotonic() < end:
            exec(code, {"time": time, "select": select})
        yield answer(target.url)

    return Client("polls", InProcess(client), ("eventsource",))


def asynchronous(nap_s, wait_s):
    """Return the same on an event loop."""

    async def client(target):
        end = time.monotonic() + wait_s
        while time.monotonic() < end:  # noqa: ASYNC110 - that is what it is for
            await asyncio.sleep(nap_s)
        yield await asyncio.to_thread(answer, target.url)

    return Client("polls", InProcess(client), ("eventsource",))


def program(nap, wait_s):
    """Return the same as a program of its own."""
    code = PROGRAM.format(nap=nap, wait_s=wait_s)
    return Client("polls", Program([sys.executable, "-c", code]), ("eventsource",))


def pollers(wait_s):
    """Return every poller that waits so long, by a title."""
    found = {title: asynchronous(nap_s, wait_s) for title, nap_s in ASYNC_NAPS.items()}
    found |= {title: blocking(nap, wait_s) for title, nap in NAPS.items()}
    return found | {f"program, {title}": program(nap, wait_s) for title, nap in NAPS.items()}
