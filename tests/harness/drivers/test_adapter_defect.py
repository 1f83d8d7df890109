"""A defect of the adapter is a crash, in process as for a program, and never an honest failure."""

import asyncio
import importlib
import sys

import pytest

from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.adapter_defect import message_of
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.drivers.target import Unsupported
from ssedrill.loading.load import load_text
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill
from support.tinyserver import drive


def unknown_name(target):
    """Use a name that there is none of."""
    return report_failur(target)  # type: ignore[name-defined]  # noqa: F821


def unbound(target):
    """Use a variable before it has a value."""
    if not target.url:
        text = ""
    return text


def missing_module(target):
    """Import what is not installed."""
    importlib.import_module("no_such_module_at_all")


def missing_name(target):
    """Import a name that a module has not."""
    from json import no_such_name  # type: ignore[attr-defined]  # noqa: F401


def bad_syntax(target):
    """Compile what is no Python."""
    compile("def", "adapter", "exec")


def nothing_of_the_target(target):
    """Ask the target for what it has not."""
    return target.nothing


def in_groups(target):
    """Fail in a task of a task, as a TaskGroup tells it."""
    try:
        unknown_name(target)
    except NameError as error:
        raise ExceptionGroup("outer", [OSError("x"), ExceptionGroup("inner", [error])]) from None


DEFECTS = {
    unknown_name: "NameError: name 'report_failur' is not defined",
    unbound: "UnboundLocalError: ",
    missing_module: "ModuleNotFoundError: No module named 'no_such_module_at_all'",
    missing_name: "ImportError: ",
    bad_syntax: "SyntaxError: ",
    nothing_of_the_target: "AttributeError: a target has no nothing; it has api_key, ",
    in_groups: "NameError: name 'report_failur' is not defined",
}


@pytest.mark.parametrize("blocking", [False, True])
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_a_defect_makes_no_claim(defect, blocking):
    """The journal names the defect, claims nothing, and keeps what was shown before."""

    async def client(target):
        yield "a"
        defect(target)

    def client_sync(target):
        yield "a"
        defect(target)

    told = drive(InProcess(client_sync if blocking else client))
    assert (told.kinds, told.text) == ([], "a")
    assert told.journal.crashed.startswith(DEFECTS[defect])


@pytest.mark.parametrize(
    "error",
    [AttributeError("'dict' object has no attribute 'x'"), TypeError("x"), ValueError("x"), KeyError("x")],
    ids=lambda error: type(error).__name__,
)
def test_what_an_answer_may_cause_is_an_error(error):
    """An error that the server's answer can cause in right code is the client's failure, told as before."""

    async def client(target):
        yield "a"
        raise error

    told = drive(InProcess(client))
    assert told.error[0] == type(error).__name__
    assert told.journal.crashed is None


def test_a_defect_is_told_without_addresses_and_bounded():
    """What is written down of a defect is what may stand in a report."""

    def client(target):
        raise NameError("at 127.0.0.1:81 " + "x" * 9999)

    crashed = drive(InProcess(client)).journal.crashed
    assert "127.0.0.1:81" not in crashed
    assert len(crashed) < 3000


def test_unsupported_is_no_defect():
    """A client that says it can't is believed as before."""

    def client(target):
        raise Unsupported("not here")

    told = drive(InProcess(client))
    assert told.kinds == ["unsupported"]
    assert told.journal.crashed is None


SCENARIO = """
name = "reset-early"
about = "The connection is reset."
dialects = ["eventsource"]
patience = "2 s"
deadline = "10 s"
[stream]
tokens = 5
[[attempt]]
faults = [{ reset = { after_token = 2 } }]
[[attempt]]
[must]
outcome = ["recovered", "failed-loudly"]
"""
SOURCE = """
import json, os, sys, urllib.request, http.client

def shown(url):
    try:
        with urllib.request.urlopen(url) as answer:
            for line in answer:
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])["text"]
    except (OSError, http.client.HTTPException) as error:
        @failing

def stream(target):
    yield from shown(target.url)

if __name__ == "__main__":
    if os.environ["SSEDRILL_DIALECT"] != "eventsource":
        sys.exit(127)
    try:
        for text in shown(os.environ["SSEDRILL_URL"]):
            print(json.dumps({"text": text}), flush=True)
        print('{"done": true}')
    except OSError as error:
        print(json.dumps({"error": str(error)}))
"""


@pytest.mark.parametrize("clock", ["virtual", "real"])
@pytest.mark.parametrize("as_program", [False, True])
@pytest.mark.parametrize(
    ("failing", "outcome", "verdict"),
    [("raise OSError('gone') from error", "failed-loudly", "pass"), ("report_failur(error)", "crashed", "fail")],
)
def test_the_same_client_in_process_and_as_a_program(tmp_path, clock, as_program, failing, outcome, verdict):
    """An error path that raises what it should passes; one with a misspelt name has crashed, on both ways."""
    file = tmp_path / "client.py"
    file.write_text(SOURCE.replace("@failing", failing))
    driver = Program([sys.executable, str(file)]) if as_program else InProcess(f"{file}:stream")
    record = drill(Job(load_text(SCENARIO), Client("c", driver, ("eventsource",)), "eventsource"), clock=clock)
    assert (record.outcome, record.verdict) == (outcome, verdict), record.summary
    assert [entry.text for entry in record.tokens.entries if entry.kind == "text"] != []


def test_an_exception_group_of_a_task_group_is_seen_through():
    """A defect inside tasks on the virtual clock is a crash too."""

    async def client(target):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.to_thread(unknown_name, target))

    told = drive(InProcess(client), clock=VirtualClock())
    assert told.kinds == []
    assert told.journal.crashed.startswith("NameError")


class Loud(Exception):
    """Runs code of its own when it is asked for its cause."""

    @property
    def __cause__(self) -> BaseException | None:  # type: ignore[override]
        raise SystemExit("asked")


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    """Return an error as it is behind ``raise error from cause``."""
    try:
        raise error from cause
    except BaseException as raised:
        return raised


def test_a_message_tells_its_cause() -> None:
    """If it does not tell it itself; a chain is told by its first link."""
    reset = ConnectionResetError("reset by peer")
    assert message_of(raised_from(OSError("Connection error."), reset)) == (
        "Connection error. (from ConnectionResetError: reset by peer)"
    )
    assert message_of(raised_from(OSError("it was reset by peer"), reset)) == "it was reset by peer"
    assert message_of(raised_from(OSError("x"), TimeoutError())) == "x (from TimeoutError)"
    assert message_of(Loud("told")) == "told"
