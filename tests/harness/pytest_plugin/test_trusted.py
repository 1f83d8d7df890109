"""What no test may get away with, and what must not be held against it: each passes or fails as its name says."""

from __future__ import annotations

import httpcore  # noqa: F401 - loaded here, or the inner run would load its own
import httpx  # noqa: F401

pytest_plugins = ["pytester"]

INI = """
[pytest]
addopts = -p no:randomly -p no:cacheprovider -p no:anyio -p no:hypothesispytest -p no:asyncio --strict-markers
drill_dialect = eventsource
"""

TESTS = '''
import os
import httpx, json, pytest

def answer(url):
    for _ in range(3):
        try:
            lines = httpx.get(url, timeout=9).raise_for_status().text.splitlines()
            return "".join(json.loads(one[6:]).get("text", "") for one in lines if one.startswith("data: {"))
        except httpx.HTTPError:
            pass
    raise EOFError

def test_bad_shows_more_after_it_was_expected(make_drill):
    drill = make_drill()
    drill.shown(answer(drill.url))
    drill.expect(outcome=["clean"])
    drill.shown("what nobody wrote")

def test_bad_shows_all_twice_after_it_was_expected(make_drill):
    drill = make_drill()
    with drill.call() as call:
        call.shown(answer(drill.url))
        drill.expect(outcome=["clean"], requests="== 1")
        call.shown(answer(drill.url))

def test_bad_swallows_what_it_expected(make_drill):
    drill = make_drill()
    drill.shown(answer(drill.url)[4:])
    try:
        drill.expect(outcome=["clean"])
    except Exception:
        pass

def test_good_asks_until_it_is_so(make_drill):
    drill = make_drill(faults=[{"status": {"code": 503}}])
    with pytest.raises(AssertionError):
        drill.expect(outcome=["recovered"])
    drill.shown(answer(drill.url))
    drill.expect(outcome=["recovered"])

def test_good_expects_what_is_true_of_the_moment(make_drill):
    drill = make_drill(faults=[{"status": {"code": 503}}])
    drill.shown(answer(drill.url))
    drill.expect(requests="== 2")
    httpx.get(drill.url)

def test_bad_tells_an_ended_call(make_drill):
    drill = make_drill()
    with drill.call() as call:
        call.shown(answer(drill.url))
    call.shown("what nobody wrote")

@pytest.fixture
def told_late(make_drill):
    yield (drill := make_drill())
    drill.shown("what nobody wrote")

def test_bad_tells_when_it_is_over(told_late):
    told_late.shown(answer(told_late.url))

def test_good_ended_by_the_server(make_drill):
    drill = make_drill(faults=[{"stall": {"after_token": 5}}], patience="0.9 s", deadline="1 s",
                       must={"outcome": ["hung"]})
    with drill.call() as call:
        try:
            answer(drill.url)
        except EOFError:
            call.shown("told too late")
        call.shown("and so is this")
    call.shown("and this")

def test_good_points_where_it_likes(make_drill, monkeypatch):
    drill = make_drill(dialect="openai-chat")
    drill = make_drill()
    monkeypatch.setenv("OPENAI_BASE_URL", drill.url)
    pytest.skip("its variables are what is looked at")

def test_good_variables_are_gone():
    assert "OPENAI_BASE_URL" not in os.environ

def test_bad_asks_for_it_late(request):
    drill = request.getfixturevalue("make_drill")()
    with drill.call() as call:
        call.shown(answer(call.url)[4:])

def test_good_asks_for_it_late(request):
    drill = request.getfixturevalue("make_drill")()
    drill.shown(answer(drill.url))

def test_bad_asks_for_it_late_and_makes_none(request):
    request.getfixturevalue("make_drill")

@pytest.mark.drill(clock="virtual")
def test_bad_asks_for_it_late_in_virtual_time(request):
    request.getfixturevalue("make_drill")

@pytest.fixture
def made_late(make_drill):
    yield make_drill
    make_drill()

def test_bad_makes_one_when_it_is_over(made_late):
    drill = made_late()
    drill.shown(answer(drill.url))

@pytest.mark.parametrize("drill", ["healthy"], indirect=True)
def test_bad_names_it_elsewhere(drill): ...

@pytest.mark.parametrize("said", [{"stream": {"tokens": object()}}, {"must": None}])
def test_bad_document(make_drill, said):
    make_drill(**said)

def test_bad_name(make_drill):
    make_drill(3)

def test_bad_error(make_drill):
    make_drill(faults=[{"status": {"code": 503}}]).failed("503")
'''


def test_what_passes_and_what_fails(pytester):
    """No error of the plugin's own is told of any, and a report that can't be written is no failure."""
    pytester.makeini(INI)
    pytester.makepyfile(TESTS)
    pytester.path.joinpath("taken").touch()
    result = pytester.runpytest_inprocess("-rA", "--drill-report=taken", "--tb=short")
    ended = [line.split()[:2] for line in result.outlines if line.startswith(("FAILED ", "ERROR "))]
    bad = {name.partition("::")[2].partition("[")[0] for _, name in ended}
    every = {line[4:].partition("(")[0] for line in TESTS.splitlines() if line.startswith("def test_")}
    assert bad == {name for name in every if name.startswith("test_bad")}
    said = " ".join(result.stdout.str().split())
    for why in (
        "the call has ended with its `with` block: what is told of it after that is not heard",
        "the drill is over: what the test does after it is not heard",
        "which scenario? @pytest.mark.drill(",
        "it takes what a scenario file could say",
        "make_drill() takes the name of a scenario, or a file, as str; 3 is none",
        "the test is over: nobody would judge what is drilled now",
        "on the virtual clock a test takes the fixture as an argument",
        "failed() takes the error, as an exception; this is str",
        "page: can't make the folder",
    ):
        assert why in said
    assert "harness/ssedrill/loading" not in said
