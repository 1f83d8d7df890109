"""Whatever a command starts, and however the end comes, nothing of it is left, nor of its folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ssedrill.drivers import reaper
from support.patience import HANG_S, LONGER_THAN_ANY_TEST_S
from support.processes import below, wait_for, wait_until_gone

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are")

REAPER = (sys.executable, "-I", "-S", reaper.__file__)
DAEMON = f"""
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
folder = sys.argv[1]
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open(folder + "/daemon", "w").write(str(os.getpid()))
    time.sleep({LONGER_THAN_ANY_TEST_S})
print("here we are", flush=True)
time.sleep({LONGER_THAN_ANY_TEST_S})
"""
"""A command that ignores SIGTERM and has put a process in another session, by forking twice."""


def start(*command):
    """Start a reaper; return it and the folder of its command."""
    process = subprocess.Popen(
        [*REAPER, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    return process, Path(process.stdout.readline().decode().rstrip("\n"))


def start_daemon():
    """Start one that has a daemon; return the reaper, the folder, and the processes below the reaper."""
    process, folder = start(sys.executable, "-c", DAEMON, "{folder}")
    wait_for(folder / "daemon")
    wait_for(folder / reaper.OUTPUT)
    assert (folder / reaper.OUTPUT).read_text() == "here we are\n"
    pids = below(process.pid)
    assert int((folder / "daemon").read_text()) in pids
    assert len(pids) == 3
    return process, folder, pids


@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left(number):
    """The end of its input, or a signal, ends the reaper and all that is below it, daemons too."""
    process, folder, pids = start_daemon()
    with process:
        if number is None:
            process.stdin.close()
        else:
            process.send_signal(number)
        assert process.wait(HANG_S) == (0 if number is None else 128 + number)
    wait_until_gone(pids)
    assert not folder.exists()


def test_nothing_is_left_by_a_parent_that_is_killed():
    """SIGKILL for who started it closes its input."""
    command = [*REAPER, sys.executable, "-c", DAEMON, "{folder}"]
    code = f"""
import subprocess, sys, time
process = subprocess.Popen({command}, stdin=subprocess.PIPE, start_new_session=True)
time.sleep({LONGER_THAN_ANY_TEST_S})
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        folder = Path(parent.stdout.readline().decode().rstrip("\n"))
        wait_for(folder / "daemon")
        pids = below(parent.pid)
        assert len(pids) == 4
        parent.kill()
        assert parent.stdout.read() == b""  # the reaper holds it to the end
    wait_until_gone(pids)
    assert not folder.exists()


def test_a_command_that_ends_by_itself():
    """Its exit code is told, and its output can be read until the input ends; then what it left behind is ended."""
    code = f"""
import os, time
print(os.environ["HOME"])
if os.fork() == 0:
    time.sleep({LONGER_THAN_ANY_TEST_S})
os._exit(7)
"""
    process, folder = start(sys.executable, "-u", "-c", code)
    with process:
        assert process.stdout.readline() == b"7\n"
        assert (folder / reaper.OUTPUT).read_text() == f"{folder}\n"
        (orphan,) = below(process.pid)
        process.stdin.close()
        assert process.wait(HANG_S) == 0
    wait_until_gone({orphan})
    assert not folder.exists()


def test_a_command_that_does_not_start():
    """That is told like an exit code, and why is in the output."""
    process, folder = start("/no/such/program")
    with process:
        assert process.stdout.readline() == b"%d\n" % reaper.DID_NOT_START
        assert "/no/such/program" in (folder / reaper.OUTPUT).read_text()
        process.stdin.close()
        assert process.wait(HANG_S) == 0
    assert not folder.exists()


def test_the_command_dies_with_a_reaper_that_is_killed():
    """Nobody is left who could end the rest, but the command itself is ended by the kernel."""
    process, folder = start(sys.executable, "-c", f"import time; time.sleep({LONGER_THAN_ANY_TEST_S})")
    with process:
        pids = below(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(HANG_S)
    wait_until_gone(pids)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
