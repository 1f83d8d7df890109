"""Starts servers and receivers as processes of their own, on a core each where the system lets one choose."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent.parent
NEEDS_EPOLL = pytest.mark.skipif(not hasattr(select, "epoll"), reason="the receiver waits with epoll")
SLOWEST_S = 300
"""No single measurement may take longer."""


def _pin(core: int) -> Callable[[], None] | None:
    """Return what moves a new process to one of the cores that we have, or None where there are not two of them."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    cores = sorted(os.sched_getaffinity(0))
    return (lambda: os.sched_setaffinity(0, {cores[core]})) if len(cores) > 1 else None


def _start(module: str, arguments: Sequence[str], core: int) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        preexec_fn=_pin(core),
    )


class Server:
    """A server's process. It works on the first core."""

    def __init__(self, module: str, paths: Sequence[str]) -> None:
        self.module = module
        self.process = _start(f"bench.servers.{module}", paths, 0)

    def ready(self) -> str:
        """Have it made ready for a measurement; return where it is, as the receiver takes it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the server {self.module} died"
        return line.strip()

    def cpu_s(self) -> float | None:
        """Return the processor time that it has used in seconds, or None where the system does not say."""
        try:
            return int(Path(f"/proc/{self.process.pid}/schedstat").read_text("ascii").split()[0]) / 1e9
        except OSError:
            return None

    def rss_bytes(self) -> int:
        """Return the memory that it has in use."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def files(self) -> int:
        """Return how many file descriptors it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self) -> None:
        """End it."""
        _end(self.process)


@contextmanager
def serving(modules: Sequence[str], paths: Sequence[str]) -> Iterator[dict[str, Server]]:
    """Run these servers, each in a process of its own, for these paths."""
    with ExitStack() as stack:
        servers = {}
        for module in modules:
            servers[module] = server = Server(module, paths)
            stack.callback(server.stop)
        yield servers


def receive(mode: str, server: Server, path: str, connections: int, *more: object) -> dict[str, Any]:
    """Run a receiver on the second core to its end; return what it saw, and the server's processor time."""
    arguments = [mode, server.ready(), path, str(connections), *map(str, more)]
    before = server.cpu_s()
    process = _start("bench.receiver", arguments, 1)
    try:
        out, _ = process.communicate(timeout=SLOWEST_S)
        assert process.returncode == 0, f"the receiver of {server.module} failed"
        after = server.cpu_s()
        return {**json.loads(out), "cpu_s": None if before is None or after is None else after - before}
    finally:
        _end(process)


@contextmanager
def holding(server: Server, path: str, connections: int, first: int) -> Iterator[Iterator[dict[str, Any]]]:
    """Keep streams open. What it gives says, step by step, what the receiver's ``hold`` says."""
    process = _start("bench.receiver", ["hold", server.ready(), path, str(connections), str(first)], 1)

    def steps() -> Iterator[dict[str, Any]]:
        assert process.stdin is not None
        assert process.stdout is not None
        while line := process.stdout.readline():
            yield json.loads(line)
            process.stdin.write("\n")
            process.stdin.flush()

    try:
        yield steps()
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End a process that obeys the end of its standard input, or kill it."""
    if process.stdin is not None and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
