"""40 secrets of 20 kinds, planted wherever a client can put one: none is in any byte that is written or handed on."""

from __future__ import annotations

import json
import re
import sys
from hashlib import sha256

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli
from ssedrill.drivers.program.environment import PASSED
from ssedrill.reporting.formats.table import FORMATS
from ssedrill.running.api import drill

HEADERS = [
    *("X-Auth-Token", "Ocp-Apim-Subscription-Key", "X-Amz-Security-Token", "X-Functions-Key", "Apikey"),
    *("X-Forwarded-Authorization", "Authentication", "Sec-WebSocket-Protocol", "Cookie", "Authorization"),
]
QUERY = ["token", "apikey", "sig", "X-Amz-Signature", "auth", "password", "client_secret", "%6bey"]
VARIABLES = [
    *("API_KEY", "TOKEN", "OPENAI_KEY", "GH_PAT", "PGPASS", "PGPASSWORD", "AWS_SESSION_TOKEN", "SENTRY_DSN"),
    "DATABASE_URL",
]
WORDS = ["--api-key {}", "--token={}", "CLIENT_SECRET={}", "-H 'X-Api-Key: {}'"]
SAID = ["error", "cause", "context", "group", "retry", "class", "stderr", "text", "bearer"]
PLANTED = {
    f"{kind}:{name}": f"sk-{sha256((kind + name).encode()).hexdigest()[:24]}"
    for kind, names in (("header", HEADERS), ("query", QUERY), ("env", VARIABLES), ("word", WORDS), ("said", SAID))
    for name in names
}
CODE = """
import json, os, sys, urllib.request
planted = json.loads(os.environ.get("PLANTED_HERE") or open(sys.argv[1]).read())
of = lambda kind: {key.split(":", 1)[1]: value for key, value in planted.items() if key.startswith(kind + ":")}
headers, query, said, env = of("header"), of("query"), of("said"), of("env")

def ask(url):
    marked = url + "?max_tokens=1024&" + "&".join(f"{name}={value}" for name, value in query.items())
    request = urllib.request.Request(marked)
    request.add_header("Referer", f"https://user:{said['context']}@example.org/")
    request.add_header("Idempotency-Key", "idem-0123456789")
    request.add_header("X-RateLimit-Remaining-Tokens", "4711-remaining")
    for name, value in headers.items():
        bare = {"Authorization": "Bearer " + value, "Cookie": "sid=" + value}
        request.add_header(name, bare.get(name, value))
    return urllib.request.urlopen(request)
"""
IN_PROCESS = CODE + """
def stream(target):
    with ask(target.url) as answer:
        for line in answer:
            if line.startswith(b"data: {") and "text" in (told := json.loads(line[6:])):
                yield told["text"]
    yield headers["Authorization"][:13]
    yield headers["Authorization"][13:]
    target.retry(f"api_key={said['retry']} " + env["GH_PAT"])
    try:
        try:
            raise ValueError(f"token: {said['cause']} at https://h/?{'&'.join(f'{k}={v}' for k, v in query.items())}")
        except ValueError as cause:
            raise RuntimeError(f"{{'x-api-key': '{said['error']}'}} {' '.join(headers.values())} {cause}") from cause
    except RuntimeError as error:
        class_name = type("E", (ExceptionGroup,), {})
        raise class_name(f"password={said['group']} max_tokens=1024", [error, KeyError(env["TOKEN"])])
"""
PROGRAM = CODE + """
say = lambda **what: print(json.dumps(what), flush=True)
if os.environ["SSEDRILL_DIALECT"] == "no-such-dialect-probe":
    sys.exit(127)
open(sys.argv[2], "w").write(json.dumps(dict(os.environ)))
with ask(os.environ["SSEDRILL_URL"]) as answer:
    for line in answer:
        if line.startswith(b"data: {") and "text" in (told := json.loads(line[6:])):
            say(text=told["text"])
say(text=headers["Cookie"][:13])
say(text=headers["Cookie"][13:])
say(retry=f"--api-key {said['retry']} with Bearer {said['bearer']}")
print("not JSON: secret=" + said["text"] + " " + headers["Apikey"])
print("x" * 5000 + " password=" + said["stderr"], " ".join(query.values()), *headers.values(), file=sys.stderr)
print(*sys.argv[3:], *env.values(), "max_tokens=1024", file=sys.stderr)
print("GH_PAT is not set; password=" + said["stderr"], *query.values(), *headers.values(), file=sys.stderr)
why = f"{json.dumps({'api_key': said['error']})} {said['error']} {env['PGPASS']}"
say(error=why, **{"class": "auth=" + said["class"]})
"""


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """Put the secrets into the environment and into a file that only the client reads; return the command words."""
    monkeypatch.setenv(PASSED, "")  # the command sets it: put back what was there
    for key, value in PLANTED.items():
        kind, _, name = key.partition(":")
        if kind == "env":
            monkeypatch.setenv(name, f"postgres://user:{value}@host/db" if name.endswith("_URL") else value)
    (tmp_path / "planted.json").write_text(json.dumps(PLANTED))
    return " ".join(word.format(PLANTED[f"word:{word}"]) for word in WORDS)


def leaked(text: str) -> list[str]:
    """Return which secrets are in a text, or a good half of them."""
    return [key for key, value in PLANTED.items() if value in text or value[:12] in text or value[-14:] in text]


def test_there_are_forty_of_twenty_kinds():
    """So many, and each is different."""
    assert len(set(PLANTED.values())) == len(PLANTED) >= 40
    kinds = {re.sub(r"[^a-z]|x|amz", "", key.lower()) for key in PLANTED}
    assert len(kinds) >= 20


@pytest.mark.parametrize("clock", ["virtual", "real"])
def test_a_function_leaks_nothing(tmp_path, monkeypatch, planted, clock):
    """Requests, text, retries, errors with their members: what is written has none, and all that is harmless."""
    monkeypatch.setenv("PLANTED_HERE", json.dumps(PLANTED))
    name = f"planted_{clock}"
    (tmp_path / f"{name}.py").write_text(IN_PROCESS)
    written = run(tmp_path, ["-c", f"{tmp_path}/{name}.py:stream", "--clock", clock])
    assert leaked(written) == []
    check_harmless(written)


def test_a_program_leaks_nothing_and_is_given_nothing(tmp_path, planted):
    """The same of a program's output, standard error and command line; and of its environment."""
    (tmp_path / "client.py").write_text(PROGRAM)
    given = tmp_path / "given.json"
    spec = f"cmd:{sys.executable} {tmp_path}/client.py {tmp_path}/planted.json {given} {planted}"
    written = run(tmp_path, ["-c", spec, "--pass-env", "OPENAI_KEY"])
    assert leaked(written) == []
    check_harmless(written)
    assert "held back from the program: GH_PAT" in written
    told = json.loads(given.read_text())
    assert leaked(json.dumps(told)) == ["env:OPENAI_KEY"]
    assert told["SSEDRILL_API_KEY"] == told["OPENAI_API_KEY"]
    assert not {"API_KEY", "TOKEN", "GH_PAT", "DATABASE_URL"} & told.keys()


def test_from_python_too(planted):
    """The record that `drill` returns has none either."""
    secret = PLANTED["env:TOKEN"]

    def stream(target):
        yield "x"
        raise ValueError(f"no {secret}, no password={PLANTED['said:error']}")

    assert leaked(repr(drill(stream, "healthy"))) == []


def check_harmless(written: str) -> None:
    """What must be read still can be."""
    for word in ("idem-0123456789", "4711-remaining", "max_tokens=1024", "<secret 1>"):
        assert word in written


def run(tmp_path, arguments: list[str]) -> str:
    """Run one drill by the command and return everything that it wrote."""
    folder, record = tmp_path / "report", tmp_path / "record.json"
    wanted = ["run", "healthy", "--dialect", "eventsource", "-v", "--report", str(folder), "--json", str(record)]
    done = CliRunner().invoke(cli, [*wanted, *arguments])
    assert done.exit_code in (0, 1), done.output
    again = CliRunner().invoke(cli, ["report", str(record), "-v"])
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) >= len(FORMATS)
    texts = [path.read_text("utf-8") for path in (*files, record)]
    assert json.loads(texts[-1])["runs"][0]["journals"]["wire"]["attempts"]
    return "\n".join((done.output, again.output, *texts))
