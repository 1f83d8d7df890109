"""The only call of a program is called off by SIGINT, on both clocks."""

from __future__ import annotations

import shutil
import sys

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import parse_spec
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.drivers.driver import Client
from ssedrill.loading.load import load_text
from ssedrill.model.record import Outcome, Record
from ssedrill.reporting.formats.to_json import fingerprint
from ssedrill.running.calls import JUST_BEHIND_S
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.repeats import times

WHY_NOT = why_not_preloadable([sys.executable])
NEEDS_VIRTUAL = pytest.mark.skipif(WHY_NOT is not None, reason=f"no virtual programs: {WHY_NOT}")
NEEDS_NODE = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
NEEDS_CURL = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
CLOCKS = pytest.mark.parametrize("clock", [pytest.param("virtual", marks=NEEDS_VIRTUAL), "real"])

READS = """
import os, re, sys, urllib.request
for line in urllib.request.urlopen(os.environ["SSEDRILL_URL"]):
    if found := re.match(rb'data: (.*"text".*)', line): print(found[1].decode(), flush=True)
print('{"done": true}')
"""
HANDLES = """
import json, os, signal, sys, time, urllib.request
def stop(*_):
    print(json.dumps({"error": "stopped", "class": "Stopped"}), flush=True)
    sys.exit(0)
signal.signal(signal.SIGINT, stop)
"""
IGNORES = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
BREAKS_DOWN = "import os, signal; signal.signal(signal.SIGINT, lambda *_: os.abort())\n"
ABORTS = """
const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
const say = (what) => console.log(JSON.stringify(what));
try {
  const answer = await fetch(process.env.SSEDRILL_URL, { signal: controller.signal });
  for await (const bytes of answer.body)
    for (const [, json] of new TextDecoder().decode(bytes).matchAll(/^data: (.*"text".*)$/gm)) console.log(json);
  say({ done: true });
} catch (error) {
  say({ error: error.message, class: error.name });
}
"""
PROGRAMS = {
    "python, killed": (READS, Outcome.CANCELLED),
    "python, handles": (HANDLES + READS, Outcome.CANCELLED),
    "python, ignores": (IGNORES + READS, Outcome.HUNG),
    "python, breaks down": (BREAKS_DOWN + READS, Outcome.CRASHED),
    "node, killed": (ABORTS.replace("process.once", "(() => 0)"), Outcome.CANCELLED),
    "node, aborts": (ABORTS, Outcome.CANCELLED),
    "curl": ("", Outcome.CANCELLED),
}
MARKS = {"node, killed": NEEDS_NODE, "node, aborts": NEEDS_NODE, "curl": NEEDS_CURL}
CASES = pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, ())) for name in PROGRAMS])


def client(name: str, folder) -> Client:
    """Return one of these programs as a client."""
    if name == "curl":
        return CLIENTS["curl"]
    language = name.partition(",")[0]
    file = folder / ("client.mjs" if language == "node" else "client.py")
    file.write_text(PROGRAMS[name][0])
    return parse_spec(f"cmd:{sys.executable if language == 'python' else language} {file}")


def run(subject: Client, clock: str, cancel: str = "after_token = 5", faults: str = "") -> Record:
    """Call off the only call; the stream goes on for ten seconds more."""
    text = f"""
name = "stop"
about = "The only call is called off."
dialects = ["eventsource"]
patience = "2 s"
deadline = "30 s"
[stream]
tokens = 105
every = "100 ms"
[[call]]
cancel = {{ {cancel} }}
[[attempt]]
faults = [{faults}]
[must]
outcome = ["cancelled"]
"""
    return drill(Job(load_text(text), subject, "eventsource"), clock=clock)


@CLOCKS
@CASES
def test_the_only_call_is_called_off(name, clock, tmp_path):
    """A program that ends at SIGINT is over at once, and so is its connection; one that goes on is judged."""
    record = run(client(name, tmp_path), clock)
    [call] = record.calls
    assert (call.outcome, record.clock) == (PROGRAMS[name][1], clock), record.summary
    if call.outcome is Outcome.CANCELLED:
        assert call.cancel.closed_s is not None
        assert call.cancel.over_s < 2.0
        assert call.cancel.closed_s < 2.0
        assert call.cancel.shown_after == call.cancel.left_open == 0
    elif call.outcome is Outcome.CRASHED:
        assert call.tokens.crashed == "signal 6"
    else:
        assert call.tokens.stopped or call.cancel.over_s > 2.0


@NEEDS_VIRTUAL
@pytest.mark.parametrize("name", [pytest.param("python, handles"), *(pytest.param(n, marks=MARKS[n]) for n in MARKS)])
def test_a_moment_is_that_moment(name, tmp_path):
    """At a moment, in the midst of a silence: a signal under way holds virtual time back, so it costs none."""
    silence = "{ stall = { after_token = 3 } }"
    record = run(client(name, tmp_path), "virtual", 'at = "1500 ms"', silence)
    [call] = record.calls
    assert (call.outcome, call.cancelled_t) == (Outcome.CANCELLED, 1.5 + JUST_BEHIND_S), record.summary
    assert (call.cancel.over_s, call.cancel.closed_s) == (0.0, 0.0)


@NEEDS_VIRTUAL
@pytest.mark.parametrize("name", [pytest.param("python, handles"), *(pytest.param(n, marks=MARKS[n]) for n in MARKS)])
@times(3, 10)
def test_one_seed_one_record(name, tmp_path, times):
    """Again and again: the record is the same, byte for byte."""
    subject = client(name, tmp_path)
    assert len({fingerprint(run(subject, "virtual")) for _ in range(times)}) == 1
