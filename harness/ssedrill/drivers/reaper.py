"""Processes below this one, and how to be sure that none of them is left.

As a script this file runs one command on behalf of who started it, and outlives both: see :func:`main`. It is started
without any package, so it imports the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
KILLING_S = 10.0
"""After so long of killing what begets others faster than they die, it is given up."""
LOOK_S = 0.05
"""How often it is asked whether the command has ended, where the kernel does not tell."""
OUTPUT = "output.txt"
"""The file in the command's folder with what it writes to standard output and error, or why it did not start."""
DID_NOT_START = 127


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, if the system has that."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Be killed when the parent dies, if the system has that."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def end_all_below() -> None:
    """Kill every descendant; each that dies makes its own children ours."""
    end = time.monotonic() + KILLING_S
    while time.monotonic() < end:
        for child in _children():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.001)
        except ChildProcessError:
            return


def main(command: Sequence[str]) -> None:
    """Run a command in a new folder until standard input ends; then end all of it and remove the folder.

    ``{folder}`` in the command stands for the folder, which is its home and its place for temporary files as well.
    Two lines are printed: the folder, and the command's exit code if it has ended by itself. Who started this only
    has to hold the other end of standard input: when that is closed, by its death too, all is over.
    """
    adopt_orphans()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with tempfile.TemporaryDirectory(prefix="ssedrill-", ignore_cleanup_errors=True) as folder:
        try:
            child = _start([word.replace("{folder}", folder) for word in command], folder)
        except OSError as error:
            Path(folder, OUTPUT).write_text(str(error), "utf-8")
            _tell(f"{folder}\n{DID_NOT_START}")
            sys.stdin.buffer.read()
            return
        try:
            _tell(folder)
            if (code := _until_over(child)) is not None:
                _tell(str(code))
                sys.stdin.buffer.read()
        finally:
            child.kill()  # by name, as not every system tells who our children are
            end_all_below()


def _start(command: Sequence[str], folder: str) -> subprocess.Popen[bytes]:
    me = os.getpid()
    home = dict.fromkeys(("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"), folder)
    with open(Path(folder, OUTPUT), "wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | home,
            preexec_fn=lambda: die_with(me),  # this process has one thread, so that a fork of it is safe
        )


def _until_over(child: subprocess.Popen[bytes]) -> int | None:
    """Return the command's exit code; None if standard input has ended before it."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    pidfd = os.pidfd_open(child.pid) if hasattr(os, "pidfd_open") else None
    if pidfd is not None:
        poll.register(pidfd, select.POLLIN)
    while child.poll() is None:
        for fd, _ in poll.poll(None if pidfd is not None else LOOK_S * 1000):
            if fd == 0 and not os.read(0, 4096):
                return None
    return child.returncode


def _leave(number: int, frame: object) -> None:
    sys.exit(128 + number)


def _tell(line: str) -> None:
    with suppress(OSError):  # nobody listens any more
        os.write(1, f"{line}\n".encode())


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _children() -> list[int]:
    me = os.getpid()
    try:
        return [int(pid) for pid in Path(f"/proc/{me}/task/{me}/children").read_text("ascii").split()]
    except OSError:
        return _children_by_parent(me)


def _children_by_parent(me: int) -> list[int]:
    """Return the same where the kernel keeps no list: nothing where there is no /proc either."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            if int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1]) == me:
                found.append(int(stat.parent.name))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
