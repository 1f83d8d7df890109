"""``ssedrill serve`` as others use it: by curl, by Node, in a container, with signals; and what it refuses."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from support.doc_pages import EXAMPLES, ROOT, blocks, parse
from support.patience import HANG_S

ENTRYPOINT = re.compile(r"^ENTRYPOINT (\[.*\])$", re.MULTILINE)


class Serving:
    """A server that runs as a process of its own, and the first line that it printed."""

    def __init__(self, *words: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ssedrill", "serve", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            text=True,
        )
        assert self.process.stdout is not None
        self.first = json.loads(self.process.stdout.readline())

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=HANG_S)
        return self.process.returncode


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """One server for the tests that only ask it; SIGTERM ends it in order, a stream and a reader of events too."""
    found = Serving("healthy", "--dialect", "eventsource")
    yield found
    with (
        httpx.Client(trust_env=False) as http,
        http.stream("GET", f"{found.first['control']}/events") as events,
        http.stream("GET", found.first["drills"][0]["url"]) as answer,
    ):
        next(events.iter_lines())
        next(answer.iter_lines())
        assert found.end(signal.SIGTERM) == 0


def run(words: list[str], folder: Path, serving: Serving) -> subprocess.CompletedProcess[str]:
    """Run an example against a server."""
    environment = {**os.environ, "SSEDRILL_API": serving.first["control"], "NO_PROXY": "127.0.0.1"}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=HANG_S, check=False
    )


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_by_curl(serving, tmp_path):
    """The script of the page drills curl, which takes half of an answer for a whole one, and keeps the record."""
    done = run(["sh", str(EXAMPLES / "served.sh")], tmp_path, serving)
    assert done.stdout == "fail\n", done.stderr
    said = CliRunner().invoke(cli, ["report", str(tmp_path / "record.json")])
    assert "truncated-silently" in said.output


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node")
def test_by_node(serving, tmp_path):
    """The script of the page drills a client of its own, which begins anew when the stream breaks."""
    done = run(["node", str(EXAMPLES / "served.mjs")], tmp_path, serving)
    assert done.stdout.startswith(("pass: ", "warn: ")), done.stderr + done.stdout
    assert done.returncode == 0


def test_as_a_container(monkeypatch, capsys):
    """The script for Testcontainers, with a stand-in: the recipe's command in a process, its ports mapped."""
    boxes: list[Box] = []
    fake = {"DockerContainer": lambda image: boxes.append(Box(image)) or boxes[-1], "wait_for_logs": logged}
    for name in ("testcontainers", "testcontainers.core"):
        monkeypatch.setitem(sys.modules, name, type(sys)(name))
    for name in ("container", "waiting_utils"):
        module = type(sys)(f"testcontainers.core.{name}")
        module.__dict__.update(fake)
        monkeypatch.setitem(sys.modules, module.__name__, module)
    code = (EXAMPLES / "in_container.py").read_text("utf-8")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    first = free_ports(5)
    code = code.replace("8665, 8666, 8669", f"{first}, {first + 1}, {first + 4}")
    exec(compile(code, "in_container.py", "exec"), {})
    assert capsys.readouterr().out == "warn: failed-loudly\n"
    (box,) = boxes
    assert box.serving.process.returncode == 0
    assert "token" not in box.serving.first


class Box:
    """What Testcontainers' container does, as far as the example needs it."""

    def __init__(self, image: str) -> None:
        self.image = image
        self.environment: dict[str, str] = {}
        self.exposed: tuple[int, ...] = ()
        self.relays: dict[int, socketserver.ThreadingTCPServer] = {}

    def with_env(self, name: str, value: str) -> Box:
        """Set a variable."""
        self.environment[name] = value
        return self

    def with_exposed_ports(self, *ports: int) -> Box:
        """Say which ports are mapped."""
        self.exposed = ports
        return self

    def __enter__(self) -> Box:
        words = entrypoint()
        assert words[:2] == ["ssedrill", "serve"]
        first, *rest = self.exposed
        words[words.index("--port") + 1] = str(first)
        words[words.index("--drill-ports") + 1] = f"{rest[0]}-{rest[-1]}"
        self.serving = Serving(*words[2:], **self.environment)
        self.relays = {port: relay(port) for port in self.exposed}
        return self

    def __exit__(self, *error: object) -> None:
        for one in self.relays.values():
            one.shutdown()
            one.server_close()
        self.serving.end(signal.SIGTERM)

    def get_container_host_ip(self) -> str:
        """Return where mapped ports are."""
        return "127.0.0.1"

    def get_exposed_port(self, port: int) -> int:
        """Return what a port is mapped to."""
        mapped: int = self.relays[port].server_address[1]
        assert mapped != port
        return mapped


def logged(box: Box, words: str) -> None:
    """See wait_for_logs."""
    assert words in json.dumps(box.serving.first)


def relay(port: int) -> socketserver.ThreadingTCPServer:
    """Listen at another port, and pass on what comes, until one of both sides has ended."""

    class Passing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as far:
                other = {self.request: far, far: self.request}
                while True:
                    for side in select.select(list(other), [], [])[0]:
                        try:
                            data = side.recv(65536)
                        except ConnectionResetError:
                            return
                        if not data:
                            return
                        other[side].sendall(data)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Passing)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


def free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nobody has."""
    for first in range(20000 + os.getpid() % 9000, 32000, count):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no ports are free")


def entrypoint() -> list[str]:
    """Return the command of the container's recipe."""
    (found,) = ENTRYPOINT.findall((ROOT / "Containerfile").read_text("utf-8"))
    words: list[str] = json.loads(found)
    return words


def test_the_recipe_and_the_page_agree():
    """The page shows the recipe; its command and Compose's are commands, and publish the ports that it serves on."""
    recipe = (ROOT / "Containerfile").read_text("utf-8")
    assert recipe in [one.text for one in blocks(ROOT / "docs" / "serve.md") if one.language == "text"]
    yaml = pytest.importorskip("yaml")
    compose = yaml.safe_load((EXAMPLES / "compose.yaml").read_text("utf-8"))["services"]["drills"]
    parse(shlex.join([*entrypoint(), *compose["command"]]))
    assert "EXPOSE 8665-8697\n" in recipe
    assert compose["ports"] == ["127.0.0.1:8665-8697:8665-8697"]
    words = entrypoint()
    assert (words[words.index("--port") + 1], words[words.index("--drill-ports") + 1]) == ("8665", "8666-8697")


def test_another_host_has_a_token():
    """One that nobody gave is made and printed; Ctrl-C ends the server with 130."""
    found = Serving("--host", "0.0.0.0")
    with httpx.Client(base_url=found.first["control"], trust_env=False) as http:
        assert http.get("/drills").status_code == 401
        good = {"Authorization": f"Bearer {found.first['token']}"}
        assert http.get("/drills", headers=good).json() == {"drills": []}
    assert found.end(signal.SIGINT) == 130


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["helthy"], "did you mean healthy?"),
        (["healthy", "--dialect", "anthropic-messages", "--drill-ports", "9-8"], "is no range of ports"),
        (["--host", "no.such.host.invalid"], "is no IPv4 address"),
        (["--host", "::1"], "is no IPv4 address"),
        (["--token", "short"], "--token: too short"),
        (["--port", "{taken}"], "can't be listened on: address already in use"),
        (["healthy", "reset-mid-stream", "--drill-ports", "{free}"], "are in use"),
    ],
)
def test_what_it_refuses(words, why):
    """Bad input is one clear message and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"taken": taken.getsockname()[1], "free": free_ports(1)}
        done = CliRunner().invoke(cli, ["serve", *(word.format(**ports) for word in words)])
    assert done.exit_code == 2
    assert why in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", ["close-on-accept-then-up", "connection-refused-then-up"])
def test_a_shut_door_is_met_by_whoever_comes(serving, name):
    """The client is in another process, which the server knows nothing of; of two that refuse one has to wait."""
    wanted = {"scenario": name, "dialect": "eventsource"}
    with httpx.Client(base_url=serving.first["control"], trust_env=False) as http:
        drill = http.post("/drills", json=wanted).json()
        second = http.post("/drills", json=wanted)
        assert second.status_code == (409 if "refused" in name else 201)
        lines: list[str] = []
        for _ in range(200):
            try:
                lines = httpx.get(drill["url"], trust_env=False).text.splitlines()
                break
            except httpx.TransportError:
                time.sleep(0.05)  # what is refused is so for a time
        tokens = [json.loads(line[6:])["text"] for line in lines if line.startswith("data: {") and '"text"' in line]
        found = http.post(f"/drills/{drill['id']}/shown", json={"tokens": tokens, "complete": True}).json()
        assert (found["outcome"], found["state"]) == ("recovered", "over"), found["summary"]
        assert http.post("/drills", json=wanted).status_code == 201
        for one in http.get("/drills").json()["drills"]:
            if one["scenario"] == name:
                assert http.delete(f"/drills/{one['id']}").status_code == 204
