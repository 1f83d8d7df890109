"""A shell that starts a service in the background, asks it, and kills it, comes to an end on the virtual clock."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.program.program_driver import Program
from support.shortdrill import run, scenario

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None or why_not_preloadable([sys.executable]) is not None,
    reason="there is no curl, or no virtual programs",
)

SERVICE = """
import json, os, httpx
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()

def words():
    with httpx.stream("GET", os.environ["SSEDRILL_URL"], timeout=5) as answer:
        for line in answer.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:]).get("text", "")

@app.get("/ask")
def ask():
    return StreamingResponse(words(), media_type="text/plain")
"""

SCRIPT = """
cd "$(dirname "$0")"
PYTHON -m uvicorn service:app --port PORT --log-level critical & service=$!
trap 'kill $service' EXIT
for turn in 1 2 3 4 5 6 7 8 9 10; do
    curl -s -o /dev/null http://127.0.0.1:PORT/docs && break
    sleep 0.5
done
curl -sN --fail http://127.0.0.1:PORT/ask
"""


def free_port() -> int:
    """Return the number of a port that nobody has, and that the system gives to nobody who asks for any."""
    while True:
        port = secrets.choice(range(20_000, 30_000))
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def run_service(folder: Path) -> None:
    """Drill the service once: all of the answer comes through, and the run ends."""
    (folder / "service.py").write_text(SERVICE)
    script = folder / "start-and-ask.sh"
    script.write_text(SCRIPT.replace("PYTHON", sys.executable).replace("PORT", str(free_port())))
    record = run(Program(["sh", os.fspath(script)], "raw"), scenario(""))
    assert (record.outcome, len(record.wire.attempts)) == ("clean", 1), (record.summary, record.notes)


def test_it_ends(tmp_path: Path) -> None:
    """Every token that the service was sent has come out of curl."""
    run_service(tmp_path)


@pytest.mark.slow
def test_it_never_hangs(tmp_path: Path) -> None:
    """Fifty times."""
    for _ in range(50):
        run_service(tmp_path)
