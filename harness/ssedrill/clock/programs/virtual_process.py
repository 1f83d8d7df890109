"""A program on the virtual clock."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssedrill.clock.programs.preloadable import resolve
from ssedrill.clock.python.overrides import PATCHES

NODES = ("node", "nodejs")


class VirtualProcess:
    """The part of ``asyncio.subprocess.Process`` that drivers use; its end is an event of the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, popen: subprocess.Popen[bytes], on_exit: Callable[[int], None]
    ) -> None:
        self._loop = loop
        self._popen = popen
        self._on_exit = on_exit
        self._waiters: list[asyncio.Future[None]] = []
        self.stdin = self.stdout = self.stderr = None
        self._pidfd = os.pidfd_open(popen.pid)
        loop.add_reader(self._pidfd, self._exited)

    @property
    def pid(self) -> int:
        """The number of the process, and of its group."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, a negative signal number, or None while it runs."""
        return self._popen.returncode

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        while self._popen.returncode is None:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter
        return self._popen.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the process."""
        self._popen.send_signal(number)

    def terminate(self) -> None:
        """Ask the process to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the process."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Kill what is left of the process's group, in real time, and give everything back."""
        if self._popen.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self._popen.wait()
            self._ended()

    def _exited(self) -> None:
        self._popen.wait()
        self._ended()

    def _ended(self) -> None:
        if not self._loop.is_closed():
            self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._on_exit(self.pid)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()


def command(argv: list[str], env: dict[str, str], seed: int) -> list[str]:
    """Return the arguments with the seed for Node's Math.random, which no environment variable can give."""
    executable = resolve(argv[:1], env)
    if executable is not None and executable.name in NODES and Path(argv[0]).name in NODES:
        return [argv[0], f"--random-seed={seed % (2**31 - 2) + 1}", *argv[1:]]
    return argv


def environment(env: dict[str, str], library: Path, folder: str, seed: int) -> dict[str, str]:
    """Return the environment that puts a program on the clock whose page is in this folder."""
    return {
        "PYTHONHASHSEED": str(seed % 2**32),
        **env,
        "LD_PRELOAD": ":".join(filter(None, (str(library), env.get("LD_PRELOAD", "")))),
        "SSEDRILL_CLOCK": folder,
        "UV_USE_IO_URING": "0",  # a way for Node to wait that nobody else can see
    }


def launch(argv: list[str], env: dict[str, str], pipes: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, in real time."""
    with PATCHES.bypassed():
        return subprocess.Popen(argv, env=env, start_new_session=True, **pipes)
