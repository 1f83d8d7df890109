"""Programs, well behaved and otherwise; each is a small Python program."""

import asyncio
import os
import sys
import time

import pytest

from ssedrill import load
from ssedrill.clock.programs.preloadable import why_not_preloadable
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.driver import Client
from ssedrill.drivers.program import pipe
from ssedrill.drivers.program.process_group import TERM_GRACE_S
from ssedrill.drivers.program.program_driver import LINGER_S, Program
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.fates import value_of
from support.patience import HANG_S, LONGER_THAN_ANY_TEST_S
from support.tinyserver import TEXT, drive

PRELUDE = f"""
import json, os, signal, subprocess, sys, time
say = lambda **o: print(json.dumps(o), flush=True)
never_end = lambda: time.sleep({LONGER_THAN_ANY_TEST_S})
"""
STARTED_S = 4.0
"""Seconds in which a program has started, on a busy machine too: deadlines by which it must have said something."""


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
    """Wait for a process to be gone; tell whether it is."""
    limit = time.monotonic() + HANG_S
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
    said = [(entry.kind, entry.text, entry.error_class) for entry in told.journal.entries]
    assert said == [("unsupported", "not here", "exit 127")]


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
    told = run("never_end()", deadline_s=0.5)
    assert told.journal.stopped
    assert told.journal.stopped_t >= 0.5
    assert told.journal.crashed is None


@pytest.mark.skipif(why_not_preloadable([sys.executable]) is not None, reason="no virtual programs")
def test_the_deadline_is_kept_exactly():
    """In virtual time a program is stopped at the deadline and at no other moment."""
    told = run("say(text='a'); never_end()", deadline_s=0.5, clock=VirtualClock())
    assert (told.text, told.journal.stopped, told.journal.stopped_t) == ("a", True, 0.5)


def test_claims_after_the_deadline_are_not_heard():
    """What a program says when it is terminated is not its answer, but its last words are kept."""
    code = """
def stop(*_):
    say(done=True); print("terminated", file=sys.stderr); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
say(text="a")
never_end()
"""
    told = run(code, deadline_s=STARTED_S)
    assert (told.text, told.kinds, told.journal.stopped) == ("a", [], True)
    assert told.journal.stderr == "terminated\n"


@pytest.mark.parametrize(("code", "mode"), [('\'{"text": "ab"}\'', "jsonl"), ("b'ab'.decode()", "raw")])
def test_text_without_a_line_end_at_the_deadline(code, mode):
    """What was printed by the deadline was shown, though its line has not ended."""
    told = run(f"print({code}, end='', flush=True); never_end()", mode, deadline_s=STARTED_S)
    assert (told.text, told.kinds, told.journal.stopped) == ("ab", [], True)


def test_text_after_the_claim():
    """What a program shows after it has said that it is done stands in the journal behind the claim, with a note."""
    told = run("say(text='a'); say(done=True); time.sleep(0.2); say(text='b')")
    assert [entry.kind for entry in told.journal.entries] == ["text", "done", "text"]
    assert told.journal.notes == ("showed text after it had said that it was done",)


def test_sigterm_may_be_ignored():
    """A program that ignores SIGTERM is killed two seconds later."""
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN); say(text=str(os.getpid())); never_end()"
    told = run(code, deadline_s=STARTED_S)
    assert told.journal.stopped
    assert told.seconds >= STARTED_S + TERM_GRACE_S == STARTED_S + 2.0
    assert wait_for_end(int(told.text))


GRANDCHILD = """
child = subprocess.Popen(["sleep", "{seconds}"]{how})
say(text=str(child.pid))
"""


@pytest.mark.parametrize("ending", ["say(done=True)", "never_end()"])
def test_grandchildren_are_ended_too(ending):
    """What a program leaves behind in its group is killed, and its hold on the output delays nobody."""
    told = run(GRANDCHILD.format(how="", seconds=LONGER_THAN_ANY_TEST_S) + ending, deadline_s=STARTED_S)
    assert told.kinds == (["done"] if "done" in ending else [])
    assert wait_for_end(int(told.text))


def test_a_grandchild_that_left_the_group():
    """One that has a session of its own can't be reached: the run ends all the same, and says so."""
    how = ", start_new_session=True"
    told = run(GRANDCHILD.format(how=how, seconds=LONGER_THAN_ANY_TEST_S) + "say(done=True)")
    os.kill(int(told.text), 9)
    assert told.kinds == ["done"]
    assert "kept its output open" in told.journal.notes[0]


def test_a_program_that_does_not_go_after_its_claim():
    """After its claim a program has two seconds to go; the claim stands."""
    told = run("say(text='a'); say(done=True); never_end()")
    assert told.kinds == ["done"]
    assert told.seconds >= LINGER_S == 2.0
    assert "after its claim" in told.journal.notes[0]


FLOODS = {
    "text": ("say(text='x' * 1000)", "jsonl"),
    "nonsense": ("sys.stdout.write('y\\n' * 10000)", "jsonl"),
    "one-line": ("sys.stdout.write('y' * 100000)", "jsonl"),
    "raw": ("sys.stdout.write('y' * 100000)", "raw"),
    "stderr": ("sys.stderr.write('y' * 100000)", "jsonl"),
}


@pytest.mark.parametrize(
    ("code", "mode"),
    [
        pytest.param(*flood, id=name, marks=[pytest.mark.slow] if name in ("one-line", "nonsense") else [])
        for name, flood in FLOODS.items()
    ],
)
def test_floods(code, mode, monkeypatch):
    """A flood neither fills the memory nor keeps the loop that serves the stream from its turns, nor the deadline."""
    heard = [0]  # bytes, by turns of the loop

    class Counted(pipe.Pipe):
        def __init__(self, hear):
            def counted(data):
                heard[-1] += len(data)
                hear(data)

            super().__init__(counted)

    monkeypatch.setattr("ssedrill.drivers.program.started.Pipe", Counted)

    async def main():
        clock = RealClock()

        async def count():
            while True:
                heard.append(0)
                await asyncio.sleep(0)

        sink = Sink(clock.now)
        target = Target("http://127.0.0.1:9", "eventsource", "", 1, STARTED_S, sink)
        counting = asyncio.create_task(count())
        await program(f"while True: {code}", mode).run(target, clock)
        counting.cancel()
        return sink.journal

    journal = value_of(RealClock().run(main))
    assert journal.stopped
    turns = sorted(heard)[:-2]  # at the deadline everything is taken that is there, and once more at the end
    assert 0 < turns[-1] <= 2 * pipe.READ_BYTES
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
        driver = program("say(text=str(os.getpid())); never_end()")
        target = Target("http://127.0.0.1:9", "eventsource", "", 1, HANG_S, sink)
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


@pytest.mark.parametrize(
    ("code", "answers_127", "can"),
    [
        ("say(can=['calls']); sys.exit(127)", True, ("calls",)),
        ("say(can=['calls']); print('x' * 1_000_000); sys.exit(127)", True, ("calls",)),
        ("print('x' * 1_000_000); sys.exit(127)", True, None),
        ("print('hello'); say(can=['calls']); sys.exit(127)", True, None),
        ("say(text='can'); sys.exit(127)", True, None),
        ("say(can=['calls'])", False, ("calls",)),
        ("print(json.dumps({'can': ['calls']}), end='')", False, ("calls",)),
        ("say(can=['calls']); subprocess.Popen(['sleep', '3600']); sys.exit(127)", True, ("calls",)),
    ],
)
def test_probe_hears_the_first_line(code, answers_127, can):
    """Whatever else a program prints, or leaves behind; a program that knows of no such thing says nothing."""
    found = program(code).probe()
    assert (found.available, found.answers_127, found.can) == (True, answers_127, can)


@pytest.mark.parametrize("rest", ["never_end()", "while True: print('x' * 1000)", "sys.stdin.read(); never_end()"])
def test_probe_of_a_program_that_goes_on(rest, monkeypatch):
    """It is ended, and what its first line says counts."""
    monkeypatch.setattr("ssedrill.drivers.program.program_driver.PROBE_S", STARTED_S)
    found = program(f"say(can=['calls', 'cancel'])\n{rest}").probe()
    assert (found.answers_127, found.can) == (False, ("calls", "cancel"))


def test_what_a_probe_has_found_is_not_asked_again():
    """Another process is told; a program that was never probed is, when it is asked for what it can."""
    code = "say(can=['calls'])"
    there, here = program(code), program("sys.exit(1)")
    assert (there.makes_calls, there.cancels_calls, there.answers_127) == (True, False, False)
    here.recall(there.probe())
    assert here.makes_calls


def test_probe_of_a_program_that_hangs(monkeypatch, tmp_path):
    """The probe does not wait for its end, and it leaves nothing behind."""
    monkeypatch.setattr("ssedrill.drivers.program.program_driver.PROBE_S", STARTED_S)
    pid = tmp_path / "pid"
    code = f"open({str(pid)!r}, 'w').write(str(os.getpid())); never_end()"
    assert program(code).probe().available
    assert wait_for_end(int(pid.read_text()))


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


def test_the_last_words_of_a_program_that_crashed_are_told():
    """The last line of its standard error, with nothing in it that a terminal obeys."""
    code = """
import urllib.request
urllib.request.urlopen(os.environ["SSEDRILL_URL"]).read()
print("first\\nKeyError: \\x1b[31m'choices'\\n\\n", file=sys.stderr)
sys.exit(3)
"""
    dies = Client("dies", program(code), ("eventsource",))
    record = drill(Job(load("healthy"), dies, "eventsource"))
    assert record.outcome == "crashed"
    assert "its last words: KeyError: \\x1b[31m'choices'" in record.notes
