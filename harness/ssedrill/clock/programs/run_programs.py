"""All programs of one run: the page, the broker and the processes."""

from __future__ import annotations

from typing import Any

from ssedrill.clock.engine.errors import VirtualUnavailable
from ssedrill.clock.engine.loop import VirtualLoop
from ssedrill.clock.engine.progress import Progress
from ssedrill.clock.programs.broker import Broker
from ssedrill.clock.programs.build_preload import preload_library
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.programs.shared_page import SharedPage
from ssedrill.clock.programs.virtual_process import VirtualProcess, command, environment, launch
from ssedrill.clock.python.addresses import Addresses
from ssedrill.clock.python.overrides import PATCHES


class Programs:
    """Starts programs on a run's clock, and ends with it."""

    def __init__(self, loop: VirtualLoop, seed: int, epoch: float, progress: Progress, addresses: Addresses) -> None:
        self._loop = loop
        self._addresses = addresses
        self._seed = seed
        self._epoch = epoch
        self._progress = progress
        self._page: SharedPage | None = None
        self._broker: Broker | None = None
        self._processes: list[VirtualProcess] = []

    def start(self, argv: list[str], env: dict[str, str], pipes: dict[str, Any]) -> VirtualProcess:
        """Start a program. Raises VirtualUnavailable if it can't be, or is not, on the clock; OSError as usual."""
        with PATCHES.bypassed():  # building the library takes real time
            if reason := why_not_preloadable(argv, env):
                raise VirtualUnavailable(reason)
            library = preload_library()
        if self._page is None or self._broker is None:
            now = self._loop.time()
            self._page = SharedPage(round(now * 1e9), round(self._epoch * 1e9), self._seed)
            self._addresses.tell(self._page.serve)
            self._broker = Broker(self._page, self._progress)
            self._loop.external = self._broker
        page, broker = self._page, self._broker
        page.move(round(self._loop.time() * 1e9))
        popen = launch(command(argv, env, self._seed), environment(env, library, page.folder, self._seed), pipes)
        process = VirtualProcess(self._loop, popen, broker.remove)
        self._processes.append(process)
        broker.add(popen.pid)
        return process

    def connects(self, port: int) -> int:
        """Return how often the programs of this run have connected to a port."""
        return 0 if self._page is None else self._page.connects(port)

    def close(self) -> None:
        """Kill what still runs and remove the page."""
        self._loop.external = None
        self._addresses.tell(None)
        with PATCHES.bypassed():
            for process in self._processes:
                process.close()
        if self._broker is not None:
            self._broker.close()
        if self._page is not None:
            self._page.close()
