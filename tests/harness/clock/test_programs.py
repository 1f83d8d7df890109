"""Programs in other languages on the virtual clock: exact, quick, and the same every time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.programs.proc_threads import ProcThreads
from ssedrill.clock.programs.syscalls import timed
from support.hogs import hogs
from support.patience import HANG_S
from support.virtualdrill import SILENCE, answer, drill_program

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
WHY_NOT = why_not_preloadable([sys.executable])
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=f"no virtual programs: {WHY_NOT}")

SLEEPS = ("clock_nanosleep", "nanosleep")
WAYS_TO_WAIT = """
import asyncio, select, socket, threading, time
begin = time.monotonic()
def say(what): print(what, round(time.monotonic() - begin, 6), flush=True)
time.sleep(60); say("sleep")
threading.Event().wait(60); say("event")
select.select([], [], [], 30); say("select")
p = select.poll(); p.poll(30_000); say("poll")
e = select.epoll(); e.poll(30); say("epoll")
a, b = socket.socketpair(); a.settimeout(600)
try: a.recv(1)
except TimeoutError: say("recv")
asyncio.run(asyncio.sleep(600)); say("asyncio")
woken = threading.Event(); t = threading.Thread(target=lambda: (time.sleep(7), woken.set()))
t.start(); woken.wait(); t.join(); say("thread")
print(time.time())
"""

NODE = """
const begin = performance.now(), first = Date.now();
const say = (...what) => console.log(...what, Math.round(performance.now() - begin), Date.now() - first);
setTimeout(async () => {
  say('timer', Math.random());
  say((await fetch('{url}')).status);
  try { await fetch('{url}', { signal: AbortSignal.timeout(200000) }); } catch (error) { say(error.name); }
}, 60000);
"""


def test_every_way_of_waiting_in_python():
    """A Python program's sleeps, events, polls, receives and threads wait in virtual time, exactly."""
    done = drill_program([sys.executable, "-c", WAYS_TO_WAIT], [answer()])
    code, said = done.result
    assert code == 0
    marks = {"sleep": 60, "event": 120, "select": 150, "poll": 180, "epoll": 210, "recv": 810}
    marks |= {"asyncio": 1410, "thread": 1417}
    lines = "".join(text for _, text in said).splitlines()
    assert dict(line.split() for line in lines[:-1]) == {name: f"{float(t)}" for name, t in marks.items()}
    assert float(lines[-1]) == 1_767_225_600 + 1417
    assert [t for t, _ in said] == [float(t) for t in marks.values()]


@needs_node
def test_node_timers_and_fetch():
    """Node's timers, fetch and timeouts live on the run's clock."""
    done = drill_program(["node", "-e", NODE], [answer(429), SILENCE])
    code, said = done.result
    assert code == 0
    lines = [line.split() for line in "".join(text for _, text in said).splitlines()]
    assert [(line[0], line[-2:]) for line in lines] == [
        ("timer", ["60000", "60000"]),
        ("429", ["60000", "60000"]),
        ("TimeoutError", ["260000", "260000"]),
    ]
    assert done.requests == [60.0, 60.0]


@needs_curl
def test_curl_retries():
    """curl keeps Retry-After and its own ten-minute limit, exactly."""
    argv = ["curl", "-sS", "--retry", "5", "--retry-delay", "0", "-m", "600", "{url}"]
    done = drill_program(argv, [answer(429, Retry_After=60), SILENCE, answer(body=b"done")])
    assert done.result[0] == 0
    assert done.requests[:2] == [0.0, 60.0]
    assert done.requests[2] in (661.0, 662.0)  # curl's own back-off after a timeout differs by version
    assert done.result[1][-1] == (done.requests[2], "done")


@pytest.mark.parametrize(
    "argv",
    [
        [sys.executable, "-c", "import random, uuid, http.client, sys\n"
         "print(random.random(), uuid.uuid4(), hash('x'))\n" + WAYS_TO_WAIT],
        pytest.param(["node", "-e", NODE], marks=needs_node),
        pytest.param(["curl", "-sS", "--retry", "3", "-m", "30", "{url}"], marks=needs_curl),
    ],
    ids=["python", "node", "curl"],
)  # fmt: skip
def test_the_same_record_every_time(argv):
    """Five runs of a program give one record, output and its times included."""
    script = [answer(503, Retry_After=9), SILENCE]
    assert len({drill_program(argv, script).digest() for _ in range(5)}) == 1


@pytest.mark.slow
@needs_node
def test_thirty_node_runs_are_the_same():
    """Thirty runs of Node give one record."""
    assert len({drill_program(["node", "-e", NODE], [answer(429), SILENCE]).digest() for _ in range(30)}) == 1


def test_a_program_that_starts_another():
    """Children of a program are on the clock too."""
    code = (
        "import subprocess, sys, time; subprocess.run([sys.executable, '-c', 'import time; time.sleep(40)'])\n"
        "print(time.monotonic())"
    )
    done = drill_program([sys.executable, "-c", code], [answer()])
    assert done.result == (0, [(40.0, "1040.0\n")])


def test_a_shell_script():
    """A script is run by its interpreter, on the clock, with all that it calls."""
    done = drill_program(["sh", "-c", "sleep 100; date -u +%s; sleep 0.5; exec sleep 20"], [answer()])
    assert done.result == (0, [(100.0, f"{1_767_225_600 + 100}\n")])
    assert done.ended == 120.5


PIPELINE = """
n=0
while [ $n -lt 3 ]; do
  curl -sN "{url}" | sed -u 's/a/b/' | cat
  /bin/true; sleep 10; n=$((n+1))
done
"""


@needs_curl
def test_a_pipeline_of_a_shell():
    """What the programs of a pipeline hand to each other arrives in no time, however busy the machine is."""
    with hogs():
        seen = {drill_program(["sh", "-c", PIPELINE], [answer(body=b"aa\n")]).digest() for _ in range(5)}
        done = drill_program(["sh", "-c", PIPELINE], [answer(body=b"aa\n")])
    assert done.result == (0, [(0.0, "ba\n"), (10.0, "ba\n"), (20.0, "ba\n")])
    assert seen == {done.digest()}


@pytest.mark.slow
@pytest.mark.timeout(900)
@needs_curl
def test_a_pipeline_of_a_shell_many_times():
    """Two hundred runs of a pipeline on a busy machine are the same."""
    with hogs():
        seen = {drill_program(["sh", "-c", PIPELINE], [answer(body=b"aa\n")]).digest() for _ in range(200)}
    assert len(seen) == 1


def test_who_sleeps_and_who_only_looks_like_it():
    """The kernel tells a thread that has left its processor from one that runs, and from one that has ended."""
    threads = ProcThreads()
    sleeping = subprocess.Popen(["sleep", "3600"])
    running = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        end = time.monotonic() + HANG_S
        while not (asleep := threads.waits_in(sleeping.pid, sleeping.pid)) or timed(asleep) not in SLEEPS:
            assert time.monotonic() < end, f"it waits in {asleep}"
            time.sleep(0.01)
        assert threads.waits_in(running.pid, running.pid) is None
        running.kill()
        running.wait()
        assert threads.waits_in(running.pid, running.pid) == ""
    finally:
        threads.close()
        for process in (sleeping, running):
            process.kill()
            process.wait()


def test_a_program_that_waits_by_looking_at_the_clock():
    """A busy wait ends: for a program that only looks at the clock it creeps forward."""
    code = "import time\nend = time.monotonic() + 0.005\nwhile time.monotonic() < end: pass\nprint('over')"
    assert drill_program([sys.executable, "-c", code], [answer()]).result[1][0][1] == "over\n"


def test_a_program_that_is_killed():
    """A program that dies by a signal ends the run at that moment, with the signal as its exit code."""
    code = "import os, signal, time; time.sleep(5); os.kill(os.getpid(), signal.SIGKILL)"
    done = drill_program([sys.executable, "-c", code], [answer()])
    assert done.result == (-9, [])
    assert done.ended == 5.0


def test_a_program_at_its_deadline():
    """A program that waits for ever does not outlive the run."""
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(10**9)"
    with pytest.raises(TimeoutError):
        drill_program([sys.executable, "-c", code], [answer()], deadline=100.0)


def test_the_clock_leaves_nothing_behind(tmp_path):
    """What a run puts into the file system is gone afterwards."""
    code = "import os; print(os.environ['SSEDRILL_CLOCK'])"
    (_, said) = drill_program([sys.executable, "-c", code], [answer()]).result
    folder = said[0][1].strip()
    assert re.search("ssedrill-clock-", folder)
    assert not os.path.exists(folder)
