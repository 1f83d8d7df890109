"""The plugin in a fresh project, with folders named as ours are, under xdist: what passes, what fails, and why."""

from __future__ import annotations

import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from support.patience import HANG_S

QUICK = ("-p", "no:randomly", "-p", "no:hypothesispytest", "-p", "no:pytest_cov", "-p", "no:cacheprovider")
"""Without what the project does not need, each of which takes its time to be imported."""

INI = """
[pytest]
addopts = --strict-markers --strict-config
filterwarnings = error
asyncio_default_fixture_loop_scope = function
drill_dialect = openai-chat
drill_scenarios = scenarios
"""

CUT = """
name = "cut-after-five"
about = "The body ends after 5 of 40 tokens; the next attempt is healthy."
dialects = "all"
tags = ["ours"]
[[attempt]]
faults = [{ clean_end = { after_token = 5 } }]
[[attempt]]
[must]
outcome = ["recovered", "failed-loudly"]
"""

APP = '''
"""Two ways to read an answer: one believes every end of a body, the other asks again ten seconds later."""

import asyncio
import json
import os

import httpx
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse


def _text(line):
    if not line.startswith("data: {"):
        return ""
    return json.loads(line[6:])["choices"][0]["delta"].get("content") or ""


def _request(prompt, url=None):
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": prompt}]}
    headers = {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    base = url or os.environ["OPENAI_BASE_URL"]
    return {"method": "POST", "url": base + "/chat/completions", "json": body, "headers": headers}


def answer(prompt, url=None):
    with httpx.Client(timeout=2) as http, http.stream(**_request(prompt, url)) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if text := _text(line):
                yield text


async def careful(prompt):
    for pause in (10, 10, None):
        try:
            async with httpx.AsyncClient(timeout=2) as http, http.stream(**_request(prompt)) as response:
                response.raise_for_status()
                lines = [line async for line in response.aiter_lines()]
            if "data: [DONE]" not in lines:
                raise httpx.ReadError("the answer was cut")
            return "".join(map(_text, lines))
        except httpx.HTTPError:
            if pause is None:
                raise
            await asyncio.sleep(pause)


app = FastAPI()


@app.get("/ask", response_class=PlainTextResponse)
async def ask(prompt: str):
    return await careful(prompt)
'''

TESTS = """
import os
import threading
import time

import httpx
import pytest

import app


@pytest.mark.drill("tcp/reset-mid-stream")
def test_passes(drill):
    assert os.environ["OPENAI_BASE_URL"] == drill.url
    with drill.call() as call:
        for text in app.answer(call.prompt):
            call.shown(text)
    assert isinstance(call.error, httpx.ReadError)
    assert call.outcome == "failed-loudly"
    assert call.numbers.requests == 1


def test_its_variables_are_gone():
    assert "OPENAI_BASE_URL" not in os.environ


@pytest.mark.drill("clean-end-without-terminal")
def test_fails(drill):
    drill.shown("".join(app.answer("hi")))


@pytest.mark.drill("reset-mid-stream")
def test_asks_nobody(drill):
    drill.shown("hello")


@pytest.mark.drill("done-then-linger")
def test_tells_nothing(drill):
    with pytest.raises(httpx.ReadTimeout):
        "".join(app.answer("hi"))


@pytest.mark.drill("ours")
def test_own_scenario(drill):
    drill.shown("".join(app.answer("hi", drill.url)))


def test_made(make_drill):
    drill = make_drill(faults=[{"reset": {"after_event": 3}}])
    with drill.call() as call:
        for text in app.answer("hi"):
            call.shown(text)
    drill.expect(outcome=["failed-loudly"], requests="== 1", duplicates="== 0")


def test_made_and_expects_too_much(make_drill):
    drill = make_drill(faults=[{"reset": {"after_event": 3}}])
    with drill.call() as call:
        for text in app.answer("hi"):
            call.shown(text)
    drill.expect(outcome=["recovered"], recovery="<= 5 s", duplicates="== 0")


@pytest.mark.asyncio
@pytest.mark.drill("healthy", clock="real")
async def test_asyncio_in_real_time(drill):
    drill.shown(await app.careful("hi"))
    drill.expect(outcome=["clean"])


@pytest.mark.asyncio
@pytest.mark.drill("cut-after-five", clock="virtual")
async def test_an_application(drill):
    began, really = time.monotonic(), os.times().elapsed
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app.app), base_url="http://app") as browser:
        drill.shown((await browser.get("/ask", params={"prompt": "hi"})).text)
    assert 10 < time.monotonic() - began < 11
    assert os.times().elapsed - really < 9
    drill.expect(outcome=["recovered"], recovery="<= 11 s", requests="== 2")


@pytest.mark.anyio
@pytest.mark.drill("cut-after-five", clock="virtual")
async def test_anyio(drill, anyio_backend_name):
    with drill.call() as call:
        call.shown(await app.careful("hi"))
    assert call.outcome == "recovered"


@pytest.mark.parametrize("turn", range(3))
def test_one_server_for_each_worker(turn, make_drill):
    drill = make_drill(dialect="openai-chat")
    drill.shown("".join(app.answer("hi")))
    assert [one.name for one in threading.enumerate()].count("ssedrill-server") == 1
"""

CONFTEST = """
import pytest


@pytest.fixture(params=["asyncio"])
def anyio_backend(request):
    return request.param
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return how each test of the project ended, with what it said, and what the whole printed."""
    project = tmp_path_factory.mktemp("project")
    for folder in ("tests", "reports", "scenarios"):
        (project / folder).mkdir()
        (project / folder / "__init__.py").touch()
    (project / "pytest.ini").write_text(INI)
    (project / "conftest.py").touch()
    (project / "app.py").write_text(APP)
    (project / "scenarios" / "cut-after-five.toml").write_text(CUT)
    (project / "tests" / "conftest.py").write_text(CONFTEST)
    (project / "tests" / "test_app.py").write_text(TESTS)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-n", "2", *QUICK, "--junit-xml", "results.xml", "tests"]
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, timeout=HANG_S, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found = {}
    for case in ElementTree.parse(project / "results.xml").iter("testcase"):
        bad = [one for one in case if one.tag in ("failure", "error", "skipped")]
        found[case.get("name")] = (bad[0].tag, bad[0].get("message") + (bad[0].text or "")) if bad else ("passed", "")
    return found, done.stdout, project


pytestmark = pytest.mark.alone  # its virtual tests mind a machine that has no time for them

PASSING = [
    "test_passes[reset-mid-stream]",
    "test_its_variables_are_gone",
    "test_made",
    "test_asyncio_in_real_time[healthy]",
    "test_an_application[cut-after-five]",
    "test_anyio[asyncio-cut-after-five]",
    *(f"test_one_server_for_each_worker[{turn}]" for turn in range(3)),
]
FAILING = {
    "test_fails[clean-end-without-terminal]": (
        "clean-end-without-terminal (openai-chat, seed 0, real clock): truncated-silently",
        "told the application that the answer was complete with 28 of 40 tokens missing (13-40)",
        "MUST outcome: expected recovered or degraded or failed-loudly, got truncated-silently",
        "again: pytest 'tests/test_app.py::test_fails[clean-end-without-terminal]'"
        " --drill-dialect openai-chat --drill-clock real --drill-seed 0",
    ),
    "test_asks_nobody[reset-mid-stream]": ("not-tested", "proves nothing: no request came"),
    "test_tells_nothing[done-then-linger]": ("proves nothing: nothing was told of what the client showed",),
    "test_own_scenario[cut-after-five]": ("truncated-silently", "35 of 40 tokens missing"),
    "test_made_and_expects_too_much": (
        "test-made-and-expects-too-much (openai-chat, seed 0, real clock): failed-loudly",
        "MUST outcome: expected recovered, got failed-loudly",
    ),
}


def test_each_test_ends_as_it_must(results):
    """In the call, not in the set-up or the teardown: a drill that fails is a failure, no error."""
    found, printed, _ = results
    assert {name for name, (how, _) in found.items() if how == "passed"} == set(PASSING), printed
    assert {name for name, (how, _) in found.items() if how == "failure"} == set(FAILING), printed
    assert len(found) == len(PASSING) + len(FAILING)


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_says_why(results, name):
    """In a few lines, with how to see it again."""
    for line in FAILING[name]:
        assert line in results[0][name][1]


def test_a_failure_has_its_story_and_its_page(results):
    """The story is in pytest's report, and the page stays; what has passed leaves none."""
    _, printed, project = results
    assert "Captured drill call" in printed
    assert "the end of the body (the last chunk)  [clean_end]" in printed
    assert "nothing was told of what the client showed" in printed
    pages = {page.parent.name: page for page in (project / "ssedrill-report").glob("*/index.html")}
    assert len(pages) == len(FAILING)
    name, page = next((name, page) for name, page in pages.items() if "test_fails" in name)
    assert f"page: ssedrill-report/{name}/index.html" in printed
    text = page.read_text("utf-8")
    assert "truncated-silently" in text
    assert "--drill-seed" in text
    assert (page.parent / "record.json").exists()
