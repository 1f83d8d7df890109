"""Who knocked while the door was shut: never somebody else's knock for the client's."""

import subprocess
import sys

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.choose import find
from ssedrill.loading.load import load_text
from ssedrill.running.job import Job
from ssedrill.running.jobs import run_jobs
from ssedrill.running.one_run import drill as run_job
from ssedrill.server.kernel.refusal import SEEN_BY_CLOCK

(SCENARIO,) = find(["connection-refused-then-up"])
NEVER = """
import time
time.sleep(2)
print('{"done": true}')
"""
LATE = """
import os, time, urllib.error, urllib.request
time.sleep(1)
while True:
    try:
        urllib.request.urlopen(os.environ["SSEDRILL_URL"]).read()
        break
    except urllib.error.URLError:
        time.sleep(0.2)
print('{"done": true}')
"""
EARLY = """
import os, time, urllib.request
try:
    urllib.request.urlopen(os.environ["SSEDRILL_URL"])
except OSError as error:
    print('{"error": "refused"}')
"""
KNOCKS_ELSEWHERE = """
import socket, time
while True:
    with socket.socket() as sock:
        sock.connect_ex(("127.0.0.1", 1))
    time.sleep(0.001)
"""


def job(code: str) -> Job:
    """Return the drill of a program before a door that is shut at first."""
    program = Program([sys.executable, "-c", code])
    return Job(SCENARIO, Client("program", program, ("eventsource",)), "eventsource")


@pytest.mark.alone
def test_a_run_that_goes_by_the_kernels_counter_goes_alone():
    """A client that is refused in a run beside it does not speak for a program that never came."""
    reference = next(client for client in CLIENTS.values() if client.name == "reference")
    others = [Job(SCENARIO, reference, "eventsource")] * 3
    records = run_jobs([job(NEVER), *others], clock="real", workers=2)
    assert [record.outcome for record in records] == ["not-tested", *["recovered"] * 3]
    assert "nobody was seen to knock" in records[0].summary


@pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
def test_on_the_virtual_clock_a_programs_own_connects_count():
    """The preloaded clock tells whether the program connected, whoever else on the machine is being refused."""
    with subprocess.Popen([sys.executable, "-c", KNOCKS_ELSEWHERE]) as somebody:
        try:
            never, late, early = (run_job(job(code), clock="virtual") for code in (NEVER, LATE, EARLY))
        finally:
            somebody.kill()
    assert (never.clock, never.outcome) == ("virtual", "not-tested")
    assert late.clock == "virtual"
    assert late.wire.attempts[0].evidence == early.wire.attempts[0].evidence == SEEN_BY_CLOCK
    assert 1.6 <= late.wire.attempts[0].done_t <= 1.7
    assert (early.clock, early.outcome) == ("virtual", "failed-loudly")


OUTAGE_LATER = load_text(
    """
name = "outage-later"
about = "The answer is cut, and then the server is down."
dialects = ["openai-chat"]
patience = "2 s"
deadline = "20 s"
[[attempt]]
faults = [{ reset = { after_token = 3 } }]
[[attempt]]
faults = [{ refuse = { for = "1 s" } }]
[[attempt]]
[must]
outcome = ["recovered", "failed-loudly"]
"""
)


def test_who_connects_by_python_is_not_believed_to_have_knocked_by_other_means():
    """It came to the first attempt and gave up: whoever is refused elsewhere meanwhile is somebody else."""
    openai = next(client for client in CLIENTS.values() if client.name == "openai-sync")
    with subprocess.Popen([sys.executable, "-c", KNOCKS_ELSEWHERE]) as somebody:
        try:
            record = run_job(Job(OUTAGE_LATER, openai, "openai-chat"))
        finally:
            somebody.kill()
    assert [attempt.evidence for attempt in record.wire.attempts if attempt.kind == "door"] == [""]
