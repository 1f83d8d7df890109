"""Programs, well behaved and otherwise; each is a small Python program."""

import asyncio
import os
import sys
import time

import pytest

from ssedrill.clock.real.clock import RealClock
from ssedrill.drivers.base import Sink, Target
from ssedrill.drivers.program.driver import Program
from support.fates import value_of
from support.tinyserver import TEXT, drive

PRELUDE = "import json, os, signal, subprocess, sys, time\nsay = lambda **o: print(json.dumps(o), flush=True)\n"


def program(code, mode="jsonl", *arguments):
    """Return a driver for a Python program."""
    return Program([sys.executable, "-c", PRELUDE + code, *arguments], mode)


def run(code, mode="jsonl", **settings):
    """Run a Python program as a client."""
    return drive(program(code, mode), **settings)


def alive(pid):
    """Tell whether a process exists and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_end(pid):
    """Wait for a process to be gone, for as long as a kill may take."""
    limit = time.monotonic() + 5
    while alive(pid) and time.monotonic() < limit:
        time.sleep(0.01)
    return not alive(pid)


def test_a_client_in_another_process():
    """A program reads the stream at the address that it is told, and its lines are what it shows."""
    code = """
import urllib.request
with urllib.request.urlopen(os.environ["SSEDRILL_URL"]) as answer:
    for line in answer:
        if line.startswith(b"data: {\\"text"):
            say(**json.loads(line[6:]))
say(done=True)
"""
    told = run(code)
    assert (told.text, told.kinds, told.journal.notes) == (TEXT, ["done"], ())


def test_facts_are_filled_in_into_arguments():
    """Placeholders in the command line become the facts; nothing goes through a shell."""
    code = "say(text=sys.argv[1]); say(done=True)"
    told = drive(program(code, "jsonl", "{patience_s} {dialect} $HOME; {x}"), patience_s=1.5)
    assert told.text == "1.5 eventsource $HOME; {x}"


@pytest.mark.parametrize(
    ("code", "crashed"),
    [
        ("say(text='a')", "exit code 0, no claim"),
        ("say(text='a'); sys.exit(3)", "exit code 3, no claim"),
        ("say(text='a'); sys.exit(127)", "exit code 127, no claim"),
        ("say(text='a'); os.abort()", "signal 6"),
        ("say(text='a'); os.kill(os.getpid(), signal.SIGKILL)", "signal 9"),
        ("say(text='a'); print('nonsense')", "exit code 0, no claim, 1 lines of output not understood"),
    ],
)
def test_no_claim_is_a_crash(code, crashed):
    """A program that ends without a word has crashed, whatever its exit code."""
    told = run(code)
    assert (told.text, told.kinds, told.journal.crashed) == ("a", [], crashed)


def test_the_claim_counts_not_the_exit_code():
    """After a claim the exit code is a note."""
    told = run("say(error='m', **{'class': 'E'}); sys.exit(4)")
    assert told.error == ("E", "m")
    assert told.journal.crashed is None
    assert told.journal.notes == ("exit code 4 after the claim",)


@pytest.mark.parametrize("mode", ["jsonl", "raw"])
def test_127_is_unsupported(mode):
    """Exit code 127 without a word says that the client can't do this."""
    told = run("print('not here', file=sys.stderr); sys.exit(127)", mode)
    assert [(entry.kind, entry.text) for entry in told.journal.entries] == [("unsupported", "not here")]


def test_raw_exit_codes():
    """In raw mode the text is the output, 0 means complete, and anything else is an error with the last words."""
    told = run("sys.stdout.buffer.write('ก🚒'.encode())", "raw")
    assert (told.text, told.kinds, told.journal.raw) == ("ก🚒", ["done"], True)
    code = "print('a'); print('x\\nat 127.0.0.1:99\\n\\n', file=sys.stderr); sys.exit(22)"
    told = run(code, "raw")
    assert (told.text, told.error) == ("a\n", ("exit 22", "at <host>"))
    assert run("os.abort()", "raw").journal.crashed == "signal 6"


def test_program_that_is_not_there():
    """A program that can't be started has crashed before it began."""
    told = drive(Program(["/no/such/program"]))
    assert told.journal.crashed.startswith("did not start")


def test_silence_until_the_deadline():
    """A program that says nothing is stopped at the deadline."""
    told = run("time.sleep(60)", deadline_s=0.5)
    assert told.journal.stopped
    assert 0.5 <= told.journal.stopped_t < 1.0
    assert told.seconds < 2.0
    assert told.journal.crashed is None


def test_claims_after_the_deadline_are_not_heard():
    """What a program says when it is terminated is not its answer, but its last words are kept."""
    code = """
def stop(*_):
    say(done=True); print("terminated", file=sys.stderr); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
say(text="a")
time.sleep(60)
"""
    told = run(code, deadline_s=1.0)
    assert (told.text, told.kinds, told.journal.stopped) == ("a", [], True)
    assert told.journal.stderr == "terminated\n"


@pytest.mark.parametrize(("code", "mode"), [('\'{"text": "ab"}\'', "jsonl"), ("b'ab'.decode()", "raw")])
def test_text_without_a_line_end_at_the_deadline(code, mode):
    """What was printed by the deadline was shown, though its line has not ended."""
    told = run(f"print({code}, end='', flush=True); time.sleep(60)", mode, deadline_s=1.0)
    assert (told.text, told.kinds, told.journal.stopped) == ("ab", [], True)


def test_text_after_the_claim():
    """What a program shows after it has said that it is done stands in the journal behind the claim, with a note."""
    told = run("say(text='a'); say(done=True); time.sleep(0.2); say(text='b')")
    assert [entry.kind for entry in told.journal.entries] == ["text", "done", "text"]
    assert told.journal.notes == ("showed text after it had said that it was done",)


def test_sigterm_may_be_ignored():
    """A program that ignores SIGTERM is killed two seconds later."""
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); say(text=str(os.getpid())); time.sleep(60)"
    told = run(code, deadline_s=1.0)
    assert told.journal.stopped
    assert 2.9 < told.seconds < 5.0
    assert wait_for_end(int(told.text))


GRANDCHILD = """
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]{how})
say(text=str(child.pid))
"""


@pytest.mark.parametrize("ending", ["say(done=True)", "time.sleep(60)"])
def test_grandchildren_are_ended_too(ending):
    """What a program leaves behind in its group is killed, and its hold on the output delays nobody."""
    told = run(GRANDCHILD.format(how="") + ending, deadline_s=1.5)
    assert told.seconds < 3.0
    assert told.kinds == (["done"] if "done" in ending else [])
    assert wait_for_end(int(told.text))


def test_a_grandchild_that_left_the_group():
    """One that has a session of its own can't be reached: the run ends all the same, and says so."""
    told = run(GRANDCHILD.format(how=", start_new_session=True") + "say(done=True)")
    os.kill(int(told.text), 9)
    assert told.kinds == ["done"]
    assert told.seconds < 3.0
    assert "kept its output open" in told.journal.notes[0]


def test_a_program_that_does_not_go_after_its_claim():
    """After its claim a program has two seconds to go; the claim stands."""
    told = run("say(text='a'); say(done=True); time.sleep(60)")
    assert told.kinds == ["done"]
    assert 2.0 < told.seconds < 4.0
    assert "after its claim" in told.journal.notes[0]


FLOODS = {
    "text": ("say(text='x' * 1000)", "jsonl"),
    "nonsense": ("sys.stdout.write('y\\n' * 10000)", "jsonl"),
    "one-line": ("sys.stdout.write('y' * 100000)", "jsonl"),
    "raw": ("sys.stdout.write('y' * 100000)", "raw"),
    "stderr": ("sys.stderr.write('y' * 100000)", "jsonl"),
}


@pytest.mark.parametrize(("code", "mode"), FLOODS.values(), ids=FLOODS)
def test_floods(code, mode):
    """A flood neither fills the memory nor holds up the loop that serves the stream, nor the deadline."""
    gaps = []

    async def main():
        clock = RealClock()

        async def tick():
            last = clock.now()
            while True:
                await asyncio.sleep(0.005)
                gaps.append(clock.now() - last)
                last = clock.now()

        ticking = asyncio.create_task(tick())
        started = clock.now()
        sink = Sink(clock.now)
        target = Target("http://127.0.0.1:9", "eventsource", "", 1, 1.5, sink)
        await program(f"while True: {code}", mode).run(target, clock)
        ticking.cancel()
        return sink.journal, clock.now() - started

    journal, seconds = value_of(RealClock().run(main))
    assert journal.stopped
    assert seconds < 4.5
    assert sorted(gaps)[len(gaps) // 2] < 0.1
    assert sum(len(entry.text) for entry in journal.entries) <= 8 * 1024 * 1024
    assert len(journal.stderr) <= 4096


def test_stderr_s_end_is_kept():
    """The last 4 KiB of standard error are in the journal."""
    told = run("sys.stderr.write('x' * 10000 + 'the end'); say(done=True)")
    assert len(told.journal.stderr) == 4096
    assert told.journal.stderr.endswith("the end")


def test_calling_off_a_run_ends_the_program():
    """Cancelling the run kills the group before it returns."""

    async def main():
        clock = RealClock()
        sink = Sink(clock.now)
        driver = program("say(text=str(os.getpid())); time.sleep(60)")
        target = Target("http://127.0.0.1:9", "eventsource", "", 1, 60, sink)
        running = asyncio.create_task(driver.run(target, clock))
        while not sink.journal.entries:  # noqa: ASYNC110 (the sink tells nobody)
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait({running})
        return running.cancelled(), int(sink.journal.entries[0].text)

    cancelled, pid = value_of(RealClock().run(main))
    assert cancelled
    assert wait_for_end(pid)


KNOWS = "if os.environ['SSEDRILL_DIALECT'] != 'eventsource': sys.exit(127)\n"


def test_probe_asks_for_a_dialect_that_does_not_exist():
    """A program that answers 127 to it is believed when it answers 127; the others' 127 is a crash."""
    good, bad = (
        program(KNOWS + "say(done=True)"),
        program("sys.exit(int(os.environ['SSEDRILL_PATIENCE_S'] == '2') * 127)"),
    )
    assert good.probe().why == ""
    assert "127" in bad.probe().why
    assert bad.probe().available
    assert drive(bad, patience_s=2.0).journal.crashed == "exit code 127, no claim"


def test_probe_of_a_program_that_hangs(monkeypatch):
    """The probe's patience is short, and it leaves nothing behind."""
    monkeypatch.setattr("ssedrill.drivers.program.driver.PROBE_S", 0.3)
    started = time.monotonic()
    assert program("time.sleep(60)").probe().available
    assert time.monotonic() - started < 3


def test_probe_of_a_program_that_is_not_there():
    """A missing program is not available, and the reason names it."""
    found = Program(["no-such-program-here"], install="get it").probe()
    assert (found.available, found.why) == (False, "there is no program no-such-program-here (get it)")


def test_secrets_are_not_inherited(monkeypatch):
    """A program never sees the user's own keys."""
    monkeypatch.setenv("OPENAI_API_KEY", "real")
    monkeypatch.setenv("MY_TOKEN", "real")
    told = run("say(text=json.dumps([v for v in os.environ.values() if v == 'real'])); say(done=True)")
    assert told.text == "[]"
