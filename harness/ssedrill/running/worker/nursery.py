"""The process that makes workers: it has imported what every worker needs and nothing of a client's, and forks.

A fork of it costs a few milliseconds where a new interpreter would cost the imports again. It has one thread, opens
nothing and holds nothing that is worth inheriting, so that a fork of it is safe.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
from contextlib import suppress
from typing import NamedTuple, NoReturn

from ssedrill.drivers.reaper import adopt_orphans, die_with, end_all_below
from ssedrill.running.worker.keeper import keep
from ssedrill.running.worker.serve import serve

LEAVE_S = 12.0
"""How long the keepers have for clearing up when the supervisor is gone; they need a moment."""


class Descriptors(NamedTuple):
    """What a worker and its keeper are given, in this order."""

    commands: int  # to the worker
    answers: int  # from the worker
    output: int  # its standard output and error
    box: int
    life: int  # to the keeper; its end is the end of all
    news: int  # from the keeper


def run_nursery(control_fd: int) -> NoReturn:
    """Fork a worker for every set of descriptors that arrives, until nobody can send any more."""
    try:
        _detach(control_fd)
        _serve_births(socket.socket(fileno=control_fd))
    finally:
        os._exit(0)


def _detach(control_fd: int) -> None:
    """Leave the terminal's group, and hold no descriptor for whose end somebody may wait."""
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    adopt_orphans()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # or the first collection in each worker would copy every page that it shares with this process
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, control_fd)
    os.closerange(control_fd + 1, 1024)


def _serve_births(control: socket.socket) -> None:
    keepers: set[int] = set()
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        if poll.poll(1000):
            data, fds, _, _ = socket.recv_fds(control, 1, len(Descriptors._fields))
            if not data:
                break
            keepers.add(_bear(Descriptors(*fds), control))
        _reap(keepers)
    poll = select.poll()
    for _ in range(round(LEAVE_S / 0.001)):
        _reap(keepers)
        if not keepers:
            break
        poll.poll(1)
    end_all_below()


def _reap(keepers: set[int]) -> None:
    """Take note of keepers that have ended; what became ours because its keeper was killed ends as well."""
    with suppress(ChildProcessError):
        while pid := os.waitpid(-1, os.WNOHANG)[0]:
            keepers.discard(pid)


def _bear(fds: Descriptors, control: socket.socket) -> int:
    keeper = os.fork()
    if keeper:
        for fd in fds:
            os.close(fd)
        return keeper
    try:
        control.close()
        for fd in fds:
            os.set_inheritable(fd, False)
        adopt_orphans()
        me = os.getpid()
        worker = os.fork()
        if worker == 0:
            _become_worker(fds, me)
        for fd in (fds.commands, fds.answers, fds.output, fds.box):
            os.close(fd)
        keep(worker, fds.life, fds.news)
    finally:
        os._exit(0)


def _become_worker(fds: Descriptors, keeper: int) -> NoReturn:
    try:
        die_with(keeper)
        os.setsid()
        os.close(fds.life)
        os.close(fds.news)
        os.dup2(fds.output, 1)
        os.dup2(fds.output, 2)
        os.close(fds.output)
        serve(fds.commands, fds.answers, fds.box)
    finally:
        os._exit(1)
