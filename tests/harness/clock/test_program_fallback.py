"""Programs that can't be on the virtual clock are told apart, before the run or during it, and never misjudged."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssedrill.clock.programs import run_programs
from ssedrill.clock.programs.preloadable import resolve, why_not_preloadable
from ssedrill.clock.programs.proc_threads import ProcThreads
from ssedrill.clock.programs.virtual_process import launch
from support.fates import NotDone
from support.patience import HANG_S
from support.virtualdrill import answer, drill_program

COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(
    COMPILER is None or why_not_preloadable([sys.executable]) is not None,
    reason="there is no C compiler, or no virtual programs",
)

SLEEPER = """
#include <stdio.h>
#include <time.h>
#include <unistd.h>
int main(void) { sleep(3); printf("over\\n"); return 0; }
"""
OWN_CLOCK = """
#include <stdio.h>
#include <time.h>
__attribute__((visibility("default"))) int clock_gettime(clockid_t c, struct timespec *t) {
    (void)c; t->tv_sec = 12345; t->tv_nsec = 0; return 0;
}
int main(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); printf("%ld\\n", (long)t.tv_sec); return 0; }
"""


@pytest.fixture
def build(tmp_path):
    """Return a function that compiles C code into a program."""

    def make(code, *flags):
        source, program = tmp_path / "program.c", tmp_path / "program"
        source.write_text(code)
        done = subprocess.run([COMPILER, "-o", program, source, *flags], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"the compiler can't do this here: {done.stderr.splitlines()[-1]}")
        return str(program)

    return make


@needs_compiler
def test_a_compiled_program_can(build):
    """An ordinary program is fine, so the refusals below have something to differ from."""
    program = build(SLEEPER)
    assert why_not_preloadable([program]) is None
    assert drill_program([program], [answer()]).result == (0, [(3.0, "over\n")])


@needs_compiler
def test_a_static_program_is_refused(build):
    """Nothing can be preloaded into a static binary."""
    program = build(SLEEPER, "-static")
    assert "statically" in why_not_preloadable([program])
    with pytest.raises(NotDone, match=r"^no virtual clock: .*statically"):
        drill_program([program], [answer()])


@needs_compiler
def test_a_setuid_program_is_refused(build):
    """The linker preloads nothing into a program with rights of its own."""
    program = build(SLEEPER)
    os.chmod(program, 0o755 | stat.S_ISUID)
    assert "setuid" in why_not_preloadable([program])


@needs_compiler
def test_a_program_with_a_clock_of_its_own(build):
    """The self-check finds a program that replaces the clock's functions; the run is given up."""
    program = build(OWN_CLOCK, "-rdynamic")
    assert why_not_preloadable([program]) is None
    with pytest.raises(NotDone, match=r"^no virtual clock: .*clock_gettime of its own"):
        drill_program([program], [answer()])


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import signal, time; signal.alarm(5); time.sleep(9)", "alarm"),
        ("import signal, time; signal.setitimer(signal.ITIMER_REAL, 5); time.sleep(9)", "setitimer"),
        ("import time; time.clock_settime(time.CLOCK_REALTIME, 5)", "sets the clock"),
        (
            "import socket, struct\ns = socket.socket()\n"
            "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack('ll', 5, 0))\n"
            "import time; time.sleep(9)",
            "SO_RCVTIMEO",
        ),
        (
            "import os, subprocess, sys\nenv = dict(os.environ); del env['LD_PRELOAD']\n"
            "subprocess.run([sys.executable, '-c', 'import time; time.sleep(9)'], env=env)",
            "started another one",
        ),
        (
            "import os, sys\nenv = dict(os.environ); del env['LD_PRELOAD']\n"
            "os.execve('/bin/sleep', ['sleep', '9'], env)",
            "started another one",
        ),
        ("import signal; signal.sigtimedwait([signal.SIGUSR1], 5)", "sigtimedwait"),
        ("import ctypes; ctypes.CDLL(None).syscall(35, (ctypes.c_long * 2)(5, 0), None)", "nanosleep"),
        (
            "import os, sys\nif 'AGAIN' not in os.environ:\n    "
            "os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {'AGAIN': '1'})\n"
            "import time; time.sleep(9)",
            "started another one",
        ),
        (
            "import os, subprocess, sys\nenv = dict(os.environ); del env['LD_PRELOAD']\n"
            "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(9)'], env=env)\n"
            "subprocess.run(['true']); child.wait()",
            "started another one",
        ),
    ],
    ids=[
        "alarm", "setitimer", "clock_settime", "rcvtimeo", "child-without", "exec-without", "sigtimedwait", "syscall",
        "exec-of-the-same-without", "child-without-among-others",
    ],
)  # fmt: skip
@needs_compiler
def test_what_the_clock_can_not_reach(code, why):
    """A program that asks the kernel for its timing, or slips out of the clock, ends the run with the reason."""
    with pytest.raises(NotDone, match=f"^no virtual clock: .*{why}"):
        drill_program([sys.executable, "-c", code], [answer()])


@needs_compiler
def test_one_that_slips_out_before_anybody_looks(monkeypatch):
    """A program that has said hello and become another one by the time it is looked for is found out all the same."""

    def late(*args):
        popen = launch(*args)
        end = time.monotonic() + HANG_S
        while not Path(f"/proc/{popen.pid}/cmdline").read_bytes().startswith(b"sleep") and time.monotonic() < end:
            time.sleep(0.01)
        return popen

    monkeypatch.setattr(run_programs, "launch", late)
    code = "import os\nenv = dict(os.environ); del env['LD_PRELOAD']\nos.execve('/bin/sleep', ['sleep', '9'], env)"
    with pytest.raises(NotDone, match="started another one"):
        drill_program([sys.executable, "-c", code], [answer()])


RAW_SLEEP = """
#include <time.h>
int main(void) {
    struct timespec t = {9, 0};
    long number = 35;
    __asm__ volatile("syscall" : "+a"(number) : "D"(&t), "S"(0L) : "rcx", "r11", "memory");
    return 0;
}
"""


@needs_compiler
@pytest.mark.skipif(platform.machine() != "x86_64", reason="the program is written for x86_64")
def test_a_wait_that_goes_past_libc(build):
    """A program that makes its system call itself is seen asleep by the kernel's clock, and the run is given up."""
    with pytest.raises(NotDone, match=r"^no virtual clock: .*kernel's clock \(nanosleep\)"):
        drill_program([build(RAW_SLEEP)], [answer()])


@needs_compiler
def test_no_place_for_the_time(build):
    """gettimeofday without a place for the time is no crash, though its declaration forbids it."""
    code = "#include <sys/time.h>\nint main(void) { struct timezone z; return gettimeofday(0, &z); }"
    assert drill_program([build(code, "-w")], [answer()]).result[0] == 0


@needs_compiler
def test_a_signal_ends_a_wait():
    """A signal that comes while a program waits is handled at its moment, whenever that is."""
    code = (
        "import os, signal, time\n"
        "def handler(number, frame): raise KeyError\n"
        "signal.signal(signal.SIGUSR1, handler)\n"
        "if os.fork() == 0:\n    time.sleep(1); os.kill(os.getppid(), signal.SIGUSR1); os._exit(0)\n"
        "try: time.sleep(5)\nexcept KeyError: print('handled')\nos.wait()"
    )
    for _ in range(5):
        assert drill_program([sys.executable, "-c", code], [answer()]).result == (0, [(1.0, "handled\n")])


@needs_compiler
def test_what_has_left_its_group_is_ended_too():
    """A process that made itself a daemon does not stay behind, asleep on a clock that stands still."""
    code = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid(); print(os.getpid(), flush=True); os.close(1); os.close(2); time.sleep(10**6)"
    )
    done = drill_program([sys.executable, "-c", code], [answer()])
    (daemon,) = (int(text) for _, text in done.result[1])
    end = time.monotonic() + HANG_S
    while os.path.exists(f"/proc/{daemon}") and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{daemon}")


@needs_compiler
def test_a_kernel_that_does_not_tell_who_sleeps(monkeypatch):
    """If the kernel does not let us look whether a thread sleeps, the run is given up instead of guessed at."""

    def refused(self, pid, tid):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(ProcThreads, "waits_in", refused)
    with pytest.raises(NotDone, match=r"^no virtual clock: .*does not say whether a thread of the program sleeps"):
        drill_program(["sh", "-c", "sleep 3; sleep 4"], [answer()])


def test_scripts_are_followed_to_what_runs_them(tmp_path):
    """A script's interpreter decides, also behind env."""
    script = tmp_path / "tool"
    script.write_text("#!/usr/bin/env -S sh -e\ntrue\n")
    script.chmod(0o755)
    assert resolve([str(script)], os.environ) == resolve(["sh"], os.environ)
    assert resolve(["no-such-program-anywhere"], os.environ) is None


def test_what_is_no_program(tmp_path):
    """A file that is no Linux program is refused with its name."""
    file = tmp_path / "odd"
    file.write_bytes(b"MZ" + bytes(100))
    file.chmod(0o755)
    assert "odd" in why_not_preloadable([str(file)])
