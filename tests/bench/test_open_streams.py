"""What thousands of silent streams cost."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import pytest

from bench.lab import NEEDS_EPOLL, holding, serving
from bench.limits import Limits
from bench.tables import Table

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600), NEEDS_EPOLL]

STREAMS = 5000
FIRST = 500
"""These fill the memory that the process had free; what the others need is counted."""
SPARE_FILES = 200
SILENCE_S = 2.0
SERVERS = {
    "drill": "ssedrill",
    "plain": "plain asyncio protocol",
    "sse_starlette_uvicorn": "sse-starlette, uvicorn (httptools)",
}


@pytest.fixture
def enough_files() -> Iterator[None]:
    """Allow this process and those that it starts as many files as there are streams, or skip."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = STREAMS + SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{STREAMS} open streams need {wanted} files a process, and the hard limit is {hard}")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(sys.platform != "linux", reason="memory and files of a process are read from /proc")
@pytest.mark.usefixtures("enough_files")
def test_open_streams(publish: Callable[[Table], None], limits: Limits) -> None:
    """Five thousand streams stay open and undisturbed, with one file each and a few kilobytes."""
    rows = []
    for name, title in SERVERS.items():
        with serving([name], ["/held"]) as servers:
            server = servers[name]
            with holding(server, "/held", STREAMS, FIRST) as steps:
                took = next(steps)["seconds"]
                memory, files = server.rss_bytes(), server.files()
                took += next(steps)["seconds"]
                per_stream = (server.rss_bytes() - memory) / (STREAMS - FIRST)
                per_stream_files = (server.files() - files) / (STREAMS - FIRST)
                before = server.cpu_s()
                time.sleep(SILENCE_S)
                after = server.cpu_s()
                disturbed = next(steps)["disturbed"]
        idle = "-" if before is None or after is None else f"{(after - before) / SILENCE_S:.1%}"
        limits.exactly(f"disturbed streams of {title}", disturbed, 0)
        limits.exactly(f"files a stream of {title}", round(per_stream_files, 2), 1)
        rows.append((title, f"{took:.2f} s", f"{per_stream / 1024:.1f} KiB", f"{per_stream_files:.2f}", idle))
    publish(
        Table(
            f"{STREAMS:,} open streams",
            "Each has had its first token and is silent. Resident memory of the server's process (without the "
            f"kernel's socket buffers) and its file descriptors, for each stream after the first {FIRST}; time from "
            "the first connect to the last first token.",
            ("server", "time to open", "memory a stream", "files a stream", "CPU while silent"),
            tuple(rows),
        )
    )
