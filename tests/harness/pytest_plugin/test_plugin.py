"""What a test may say to the plugin, and what it is told: markers, settings, calls, bounds, both clocks."""

from __future__ import annotations

from xml.etree import ElementTree

import httpcore  # noqa: F401 - loaded here, or every inner run would load its own
import httpx  # noqa: F401
import pytest
import pytest_asyncio  # noqa: F401

import ssedrill.pytest_plugin.virtual
import ssedrill.reporting.formats.table  # noqa: F401

pytest_plugins = ["pytester"]

INI = """
[pytest]
addopts = -p no:randomly -p no:cacheprovider -p no:anyio -p no:hypothesispytest --strict-markers
asyncio_default_fixture_loop_scope = function
drill_dialect = eventsource
drill_keep = none
"""

READ = """
import os
import httpx, json, pytest

def answer(url):
    with httpx.Client(timeout=2) as http, http.stream("GET", url) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {") and "text" in (data := json.loads(line[6:])):
                yield data["text"]
"""


@pytest.fixture
def project(pytester):
    """A project with a client; call it with the tests to run, and get how they ended."""
    pytester.makeini(INI)
    pytester.makepyfile(client=READ)

    def run(tests: str, *arguments: str):
        pytester.makepyfile(test_it=f"from client import *\n{tests}")
        return pytester.runpytest_inprocess(*arguments)

    return run


def said(result) -> str:
    """Return what a run printed, in one line."""
    return " ".join(result.stdout.str().split())


@pytest.mark.alone
def test_names_patterns_tags_and_what_is_excluded(project, pytester):
    """Each scenario is one item; the closest marker counts, and one of a class adds what the test's leaves out."""
    result = project(
        """
        @pytest.mark.drill("healthy")
        def test_one(drill): ...

        @pytest.mark.drill("waiting/retry-after-*", "reset-mid-stream", exclude=["*-600", "*hour"])
        def test_pattern(drill): ...

        @pytest.mark.drill("ours", exclude="second")
        def test_tag(drill): ...

        @pytest.mark.drill(clock="virtual", seed=3)
        class TestClass:
            @pytest.mark.drill("healthy")
            def test_inner(self, drill):
                assert drill.seed == 3
        """.replace("\n        ", "\n"),
        "--collect-only",
        "-q",
        "-o",
        f"drill_scenarios={own_folder(pytester)}",
    )
    names = [line.partition("::")[2] for line in result.outlines if "::" in line]
    assert names[0] == "test_one[healthy]"
    assert "test_pattern[reset-mid-stream]" in names
    assert "test_pattern[retry-after-longer-than-cap]" in names
    assert not [name for name in names if "600" in name or "hour" in name]
    assert names[-2:] == ["test_tag[first]", "TestClass::test_inner[healthy]"]


def own_folder(pytester) -> str:
    """Make a folder with two scenarios of the project's own, and return its path."""
    folder = pytester.mkdir("scenarios")
    for name in ("first", "second"):
        text = f'name = "{name}"\nabout = "It is healthy."\ndialects = "all"\ntags = ["ours"]\n[[attempt]]\n'
        (folder / f"{name}.toml").write_text(f'{text}[must]\noutcome = ["clean"]\n')
    return str(folder)


WRONG = {
    '@pytest.mark.drill("reset-mid-steam")\ndef test_x(drill): ...': "did you mean reset-mid-stream",
    '@pytest.mark.drill("nowhere.toml")\ndef test_x(drill): ...': "there is no such file",
    '@pytest.mark.drill("healthy", clok="real")\ndef test_x(drill): ...': 'no setting "clok"',
    '@pytest.mark.drill("healthy", exclude="*")\ndef test_x(drill): ...': "exclude leaves none of healthy",
    '@pytest.mark.drill("healthy", exclude="x")\ndef test_x(drill): ...': "(exclude=...): no scenario here has",
    '@pytest.mark.drill("healthy")\ndef test_x(): ...': "marked for healthy, and takes no `drill`: it tests nothing",
    "def test_x(drill): ...": "which scenario?",
    '@pytest.mark.drill("healthy", clock="slow")\ndef test_x(drill): ...': "write real or virtual",
    '@pytest.mark.drill("healthy", dialect="openai")\ndef test_x(drill): ...': 'unknown dialect "openai"',
    '@pytest.mark.drill("healthy", seed=-1)\ndef test_x(drill): ...': "write a whole number from 0 on",
    "def test_x(make_drill): ...": "has made no drill",
    'def test_x(make_drill): make_drill("rate-limited-*")': "scenarios: name one of them",
    'def test_x(make_drill): make_drill(faults=[{"rest": {}}])': 'attempt[0].faults[0].rest: unknown fault "rest"',
    'def test_x(make_drill): make_drill("healthy").shown(b"x")': "as str; this is bytes",
    'def test_x(make_drill): make_drill("healthy").expect(duplicate="== 0")': "did you mean duplicates",
    'def test_x(make_drill): make_drill("stopped-mid-stream")': "which a test can't be told",
}


def test_what_is_wrong_is_said(project, pytester):
    """Each mistake in one line that says what would be right; none of them passes."""
    config = "@pytest.fixture(scope='session')\n" + "def drill_config(): return {'clok': 1}\n"
    wrong = {**WRONG, f'{config}def test_x(make_drill): make_drill("healthy")': "a dict with some of dialect, clock"}
    files = {f"test_{number}": f"from client import *\n{code}\n" for number, code in enumerate(wrong)}
    pytester.makepyfile(**files)
    project("", "--continue-on-collection-errors", "--junit-xml", "results.xml")
    told = dict.fromkeys(files, "")
    for case in ElementTree.parse(pytester.path / "results.xml").iter("testcase"):
        name = (case.get("classname") or case.get("name")).split(".")[0]
        told[name] += " ".join("".join([one.get("message") or "", one.text or ""]) for one in case)
    for (code, words), name in zip(wrong.items(), files, strict=True):
        assert words in told[name].replace("&quot;", '"'), f"{code}\n{told[name]}"
        assert code.startswith(("@pytest.fixture", "def test_x(make")) or "site-packages" not in told[name], code


@pytest.mark.alone
def test_settings_and_where_they_are_from(project, pytester):
    """A marker counts before the command line, that before drill_config, and that before the ini file."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def drill_config():
            return {"dialect": "openai-chat", "seed": 5, "clock": "virtual"}
        """
    )
    result = project(
        """
@pytest.mark.drill("healthy", dialect="anthropic-messages", clock="real")
def test_marker(drill, request):
    assert (drill.dialect, drill.seed, drill.patience_s) == ("anthropic-messages", 9, 2.0)
    assert os.environ["ANTHROPIC_BASE_URL"] in drill.url
    pytest.skip(drill.record.clock)

@pytest.mark.drill("healthy", seed=7)
def test_config(drill, request):
    assert (drill.dialect, drill.seed, drill.deadline_s) == ("openai-chat", 7, 15.0)
    pytest.skip(drill.record.clock)

@pytest.mark.drill("replay-without-cursor", "healthy")
class TestClass:
    @pytest.mark.drill(clock="real")
    def test_closest(self, drill):
        assert drill.scenario.name == "healthy"
        pytest.skip("seen")
""",
        *("--drill-seed", "9", "-rs"),
    )
    result.assert_outcomes(skipped=4)
    for reason in ("real", "virtual", "seen", "replay-without-cursor is for eventsource, not for openai-chat"):
        assert reason in said(result)


def test_what_may_be_told(project):
    """Several calls, an error, what is taken back, bounds of every kind: and what is not told counts as missing."""
    result = project(
        """
def test_calls(make_drill):
    drill = make_drill(call=[{"count": 2}], stream={"tokens": 10}, must={"outcome": ["clean"]})
    for number in (1, 2):
        with drill.call() as call:
            assert f"call {number}" in call.prompt
            for text in answer(call.url):
                call.shown(text)
        assert (call.outcome, call.numbers.requests) == ("clean", 1)
    drill.expect(outcome=["clean"], run_connections="== 2")

def test_a_call_is_missing(make_drill):
    drill = make_drill(call=[{"count": 2}], must={"outcome": ["clean"]})
    with drill.call() as call:
        for text in answer(call.url):
            call.shown(text)

def test_one_call_too_many(make_drill):
    drill = make_drill()
    with drill.call() as call:
        call.shown("".join(answer(drill.url)))
    with drill.call() as call:
        pass

def test_failed(make_drill):
    drill = make_drill(faults=[{"status": {"code": 503}}])
    with pytest.raises(httpx.HTTPStatusError) as caught:
        list(answer(drill.url))
    drill.failed(caught.value)
    drill.expect(outcome=["failed-loudly"], error_class=["HTTPError"], elapsed="< 20 s")

def test_taken_back(make_drill):
    drill = make_drill(faults=[{"reset": {"after_token": 5}}], stream={"regenerate": "same"})
    with drill.call() as call:
        for turn in range(2):
            try:
                for text in answer(drill.url):
                    call.shown(text)
            except httpx.ReadError:
                call.restart()
    assert call.numbers.withdrawn == drill.numbers.withdrawn == 5
    drill.expect(outcome=["recovered"], withdrawn="== 5", duplicates="== 0")

def test_shown_twice(make_drill):
    drill = make_drill(faults=[{"reset": {"after_token": 5}}], stream={"regenerate": "same"})
    with pytest.raises(httpx.ReadError):
        for text in answer(drill.url):
            drill.shown(text)
    for text in answer(drill.url):
        drill.shown(text)

def test_its_own_assertion(make_drill):
    drill = make_drill()
    with drill.call() as call:
        call.shown("".join(answer(drill.url)))
        assert "never" in "this"

def test_a_defect_is_no_failure_of_the_client(make_drill):
    drill = make_drill(faults=[{"reset": {"after_token": 5}}])
    with drill.call() as call:
        list(answr(drill.url))

def test_hangs(make_drill):
    drill = make_drill(faults=[{"stall": {"after_token": 5}}], patience="0.1 s", deadline="2 s")
    with drill.call() as call:
        for text in answer(drill.url):
            call.shown(text)
"""
    )
    result.assert_outcomes(passed=3, failed=6)
    told = said(result)
    assert "proves nothing: 1 call of 2 never began; 1 call: 1 clean" in told
    assert "test-one-call-too-many has one call, which has begun already" in told
    assert "duplicated" in told
    assert "? not-tested: proves nothing: nothing was told of how the call ended" in told
    assert "assert 'never' in 'this'" in told
    assert "NameError: name 'answr' is not defined" in told
    assert "test-hangs (eventsource, seed 0, real clock): hung had not ended by the deadline (2" in told


@pytest.mark.alone
def test_the_virtual_clock(project):
    """A body that waits for hours ends at once; what can't live there fails, and says why."""
    result = project(
        """
import asyncio, time, pytest_asyncio

async def answer_async(url):
    async with httpx.AsyncClient(timeout=2) as http, http.stream("GET", url) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {") and "text" in (data := json.loads(line[6:])):
                yield data["text"]

pytestmark = pytest.mark.drill(clock="virtual")

@pytest.mark.drill("healthy")
def test_waits(drill):
    began = time.monotonic()
    time.sleep(3600)
    assert time.monotonic() - began == 3600
    drill.shown("".join(answer(drill.url)))
    drill.expect(outcome=["clean"], elapsed="< 1 s")

@pytest.mark.asyncio
async def test_waits_async(make_drill):
    drill = make_drill(faults=[{"stall": {"after_token": 5}}])
    with drill.call() as call:
        async for text in answer_async(drill.url):
            call.shown(text)
    await asyncio.sleep(3600)
    drill.expect(outcome=["failed-loudly"], elapsed="<= 2.1 s")

async def test_without_a_plugin(make_drill):
    with make_drill().call() as call:
        async for text in answer_async(call.url):
            call.shown(text)

@pytest.mark.drill("healthy")
def test_fixtures_that_know_where(drill, where):
    drill.shown("".join(answer(where)))

@pytest.fixture
def where(drill):
    return drill.url

@pytest_asyncio.fixture
async def session():
    yield 1

@pytest.mark.asyncio
async def test_another_loop(make_drill, session):
    make_drill()

@pytest.fixture
def loop():
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()

def test_a_loop_in_hand(make_drill, loop):
    make_drill()

@pytest.fixture
def anyio_backend():
    return "trio", {}

def test_trio(make_drill, anyio_backend):
    make_drill()

def test_loops(make_drill):
    drill = make_drill(attempt=[{"faults": [{"status": {"code": 503}}]}], max_requests=3)
    with drill.call() as call:
        for turn in range(9):
            with pytest.raises((httpx.HTTPStatusError, httpx.ConnectError, httpx.RemoteProtocolError)):
                list(answer(drill.url))

def test_another_protocol(make_drill):
    drill = make_drill("healthy", dialect="openai-chat")
    with drill.call() as call:
        call.shown(httpx.get(drill.url.replace("/v1", "/stream")).text)

def test_never_ends(make_drill):
    drill = make_drill(deadline="3 s")
    while True:
        time.sleep(5)
        try:
            list(answer(drill.url))
        except httpx.ConnectError:
            pass

def test_swallows_its_end(make_drill):
    make_drill()
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass

def test_in_c(make_drill):
    make_drill()
    import sqlite3, subprocess
    subprocess.run(["true"])

def test_skips(make_drill):
    pytest.skip("not here")
""",
    )
    result.assert_outcomes(passed=4, failed=8, skipped=1)
    told = said(result)
    assert "its fixture loop holds another loop" in told
    assert "it asks for the loop of trio, and the clock has one of asyncio" in told
    assert "looping" in told
    assert "is openai-chat what your code speaks? dialect=... in the marker says what it is" in told
    where = "this test can't live on the virtual clock: its fixture session is async, and so holds another loop"
    assert f'{where}; it can be tested with clock="real"' in told
    assert "still went on 60 s after the server had hung up at the drill's deadline" in told
    assert "still went on a day after all that its drills may take, on the virtual clock, and was ended" in told
    assert "this test can't live on the virtual clock: the client starts" in told


def test_pages_are_kept_as_it_is_wished(project, pytester):
    """Of what failed; of everything; of nothing. A page of a test that passes now says nothing any more, and goes."""
    tests = """
@pytest.mark.drill("healthy")
def test_it(drill):
    drill.shown("".join(answer(drill.url))[CUT:])
"""
    pages = pytester.path / "ssedrill-report"
    for cut, keep, kept in (("4", "none", 0), ("4", "failed", 1), ("0", "failed", 0), ("0", "all", 1)):
        result = project(tests.replace("CUT", cut), "--drill-keep", keep)
        result.assert_outcomes(passed=int(cut == "0"), failed=int(cut != "0"))
        assert len(list(pages.rglob("index.html"))) == kept
    assert project(tests.replace("CUT", "0"), "--drill-report", "elsewhere", "--drill-keep", "all").ret == 0
    assert list((pytester.path / "elsewhere").rglob("record.json"))
