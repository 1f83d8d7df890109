"""A door is for the client alone: whose a connection is, Linux tells before a byte has come over it."""

import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.program.program_driver import Program
from ssedrill.loading.load import load_text
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill as run
from ssedrill.server.kernel.peer import PeerWitness
from ssedrill.server.kernel.sock_diag import Ends, works
from support.patience import HANG_S

pytestmark = pytest.mark.skipif(not works(), reason="the kernel does not tell")

RUN = "0123456789abcdef"
KNOCK = "import socket,sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); print('in', flush=True); "
WAIT = KNOCK + "sys.stdin.read()"
CLOSED = KNOCK + "s.recv(9)"


@contextmanager
def listener():
    """Have something to connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(HANG_S)
        yield server, server.getsockname()[1]


def whose(server, witness):
    """Accept a connection and say whose it is."""
    sock, client = server.accept()
    with sock:
        return witness.whose(Ends(client, sock.getsockname()))


def program(code, *args, **more):
    """Start a Python program that connects and waits for the end of its input."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more
    )


def seen(code, *args, groups=lambda pid: (), **more):
    """Return whose the connection of a program is."""
    with listener() as (server, port), program(code, *[port if a is None else a for a in args], **more) as process:
        found = whose(server, PeerWitness(RUN, lambda: groups(process.pid)))
        process.communicate()
        return found


def test_this_process_is_the_clients():
    """What runs in process connects from here."""
    with listener() as (server, port), socket.create_connection(("127.0.0.1", port)):
        assert whose(server, PeerWitness(RUN)) == "client"


def test_a_program_of_anybody_is_not():
    """It does not know the run's address, and the driver has not started it."""
    assert seen(WAIT, None) == "other"


@pytest.mark.parametrize(
    ("args", "more"),
    [
        ((None, f"http://127.0.0.1:1/{RUN}/stream"), {}),
        ((None,), {"env": {**os.environ, "SSEDRILL_URL": f"http://127.0.0.1:1/{RUN}"}}),
        ((None, f"http://127.0.0.1:1/{RUN}/stream"), {"start_new_session": True}),
    ],
    ids=["argument", "environment", "its own session"],
)
def test_a_program_that_was_told_the_address_is_the_clients(args, more):
    """It can only have it from the client."""
    assert seen(WAIT, *args, **more) == "client"


def test_a_program_that_such_a_program_started_is_the_clients():
    """Though it was told nothing itself."""
    code = "import subprocess,sys; subprocess.run([sys.executable, '-c', sys.argv[1], sys.argv[2]], env={})"
    assert seen(code, WAIT, None, RUN) == "client"
    assert seen(code, WAIT, None) == "other"


@pytest.mark.parametrize(
    ("args", "env", "found"), [((f"/{RUN}/",), {}, "other"), ((), {"SSEDRILL_URL": RUN}, "client")]
)
def test_who_was_not_started_from_here(args, env, found):
    """Its inherited environment makes it the client's, but an address that anybody could have copied does not."""
    orphan = '"$0" "$@" <&3 & exit 0'
    with listener() as (server, port):
        words = ["sh", "-c", f"exec 3<&0; {orphan}", sys.executable, "-c", WAIT, str(port), *args]
        started = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env)
        assert started.wait(HANG_S) == 0
        assert whose(server, PeerWitness(RUN)) == found
        started.stdin.close()


def test_the_drivers_process_groups_are_the_clients():
    """Whatever a program has made of its environment."""
    assert seen(WAIT, None, groups=lambda pid: {pid}, start_new_session=True) == "client"
    assert seen(WAIT, None, groups=lambda pid: {pid + 1}, start_new_session=True) == "other"


def test_who_is_gone_already_is_unknown():
    """A socket that nobody holds any more tells nothing."""
    with listener() as (server, port):
        socket.create_connection(("127.0.0.1", port)).close()
        assert whose(server, PeerWitness(RUN)) == "unknown"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_fork_of_this_process_is_the_clients():
    """As a pool of processes makes them."""
    code = (
        "import os,socket,sys; sys.path[:0] = sys.argv[1:]\n"
        "from ssedrill.server.kernel.peer import PeerWitness; from ssedrill.server.kernel.sock_diag import Ends\n"
        "server = socket.create_server(('127.0.0.1', 0)); r, w = os.pipe(); pid = os.fork()\n"
        "if not pid: os.close(w); s = socket.create_connection(server.getsockname()); os.read(r, 1); os._exit(0)\n"
        "os.close(r); sock, client = server.accept()\n"
        "print(PeerWitness('x' * 16).whose(Ends(client, sock.getsockname()))); os.close(w)"
    )
    done = subprocess.run([sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "client"


SCENARIO = """
name = "door"
about = "A door, then all is well."
dialects = ["eventsource"]
patience = "1 s"
deadline = "15 s"
[stream]
tokens = 3
[[attempt]]
faults = [{{ {door} = {{}} }}]
[[attempt]]
[must]
outcome = ["recovered", "failed-loudly"]
"""
ASK = (
    "import json,os,socket,sys,urllib.request\n"
    "for _ in range(3):\n"
    "  try:\n"
    "    body = urllib.request.urlopen(os.environ['SSEDRILL_URL'], timeout=1).read().decode()\n"
    "  except OSError: continue\n"
    "  for line in body.splitlines():\n"
    "    if line.startswith('data: {'):\n"
    "      print(json.dumps({'text': json.loads(line[6:]).get('text', '')}), flush=True)\n"
    "  print(json.dumps({'done': True}), flush=True); break\n"
)


def others_knock(url):
    """Have somebody else connect, and see that the door is not for them: they are sent away at once."""
    port = url.split(":")[2].split("/")[0]
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, port], stdout=subprocess.PIPE, check=False, timeout=HANG_S, env={}
    )
    assert done.stdout == b"in\n"


@pytest.mark.parametrize("door", ["close_on_accept", "mute"])
def test_the_door_stays_for_the_client(door):
    """In a run: the stranger takes nothing, and the client's own connection meets the door."""
    drilled = load_text(SCENARIO.format(door=door), "door.toml")

    def stream(target):
        import json
        import urllib.request

        others_knock(target.url)
        for _ in range(3):
            try:
                body = urllib.request.urlopen(target.url, timeout=target.patience_s).read().decode()
            except OSError:
                continue
            for line in body.splitlines():
                if line.startswith("data: {"):
                    yield json.loads(line[6:]).get("text", "")
            return

    client = Client("two", InProcess(stream), ("eventsource",))
    record = run(Job(drilled, client, "eventsource"), clock="real")
    assert (record.outcome, record.tokens.entries[-1].kind) == ("recovered", "done")
    other, met, served = record.wire.connections
    assert (other.note, other.how, met.note, served.note) == ("not the client's", "fin", "", "")
    attempts = [(a.kind, a.conn, a.plan.faults) for a in record.wire.attempts]
    assert attempts == [("door", 2, (door,)), ("stream", 3, ())]


@pytest.mark.parametrize("clock", ["real", "virtual"])
def test_a_program_meets_its_door_on_either_clock(clock):
    """It is known by what the driver told it; no connection of it is taken for somebody else's."""
    drilled = load_text(SCENARIO.format(door="close_on_accept"), "door.toml")
    client = Client("program", Program([sys.executable, "-c", ASK]), ("eventsource",))
    record = run(Job(drilled, client, "eventsource"), clock=clock)
    assert record.outcome == "recovered"
    assert [c.note for c in record.wire.connections] == ["", ""]
    assert [a.kind for a in record.wire.attempts] == ["door", "stream"]


def test_where_the_system_does_not_tell_it_is_the_clients(monkeypatch):
    """The door acts as ever, and the record says that nobody knows whose the connection was."""
    monkeypatch.setattr("ssedrill.server.kernel.peer._inode", lambda ends: 0)
    drilled = load_text(SCENARIO.format(door="close_on_accept"), "door.toml")
    client = Client("program", Program([sys.executable, "-c", ASK]), ("eventsource",))
    record = run(Job(drilled, client, "eventsource"), clock="real")
    assert record.outcome == "recovered"
    assert record.wire.connections[0].note == "whose it is could not be told: taken for the client's"
