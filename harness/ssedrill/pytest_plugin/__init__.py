"""The pytest plugin: tests of streaming code against a drill, and a verdict on each.

pytest imports this module whenever it starts, so it imports nothing but pytest and a few names; what a test uses is
imported then.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ssedrill.pytest_plugin.names import FOLDERS, MARK, OPTIONS

if TYPE_CHECKING:
    from ssedrill.pytest_plugin.of_test import DrillsOfTest, MakeDrill
    from ssedrill.pytest_plugin.one_drill import Drill
    from ssedrill.running.portal import Portal

DRILLS: pytest.StashKey[DrillsOfTest] = pytest.StashKey()
"""The drills of a test that has asked for some."""
BODY: pytest.StashKey[Any] = pytest.StashKey()
"""A test's function as it was before a plugin for async tests has wrapped it; there while the test runs."""


OURS = frozenset({"ssedrill", "ssedrill_faults"})


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options, all under one prefix."""
    _import_as_everybody(pluginmanager)
    group = parser.getgroup("ssedrill", "drills of streaming clients (ssedrill)")
    for name, (about, words) in OPTIONS.items():
        group.addoption(f"--drill-{name}", default=None, choices=words or None, metavar=name.upper(), help=about)
        parser.addini(f"drill_{name}", about, default=None)
    parser.addini(FOLDERS, "folders of your own scenarios, which a marker may then name", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Say what the marker is, which --strict-markers wants to know."""
    takes = "*scenarios, exclude=..., dialect=..., clock=..., seed=..."
    about = "one test item for each scenario: by name, family/name, pattern, family, tag or file"
    config.addinivalue_line("markers", f"{MARK}({takes}): {about}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test item for each scenario that the test's markers name."""
    if metafunc.definition.get_closest_marker(MARK) is not None:
        from ssedrill.pytest_plugin.chosen import parametrize

        parametrize(metafunc)


@pytest.fixture(scope="session")
def drill_config() -> dict[str, object]:
    """Override it in a conftest.py: what the command line or the ini file may say, by name (dialect, clock, ...)."""
    return {}


@pytest.fixture(scope="session")
def _drill_portal() -> Iterator[Portal]:
    """The server of a session, in a thread of its own; every drill has an address of its own in it."""
    from ssedrill.running.portal import LoopThread

    thread = LoopThread()
    yield thread.portal
    thread.close()


@pytest.fixture
def _drills(request: pytest.FixtureRequest, drill_config: dict[str, object]) -> Iterator[DrillsOfTest]:
    """All drills of a test."""
    from ssedrill.pytest_plugin.of_test import DrillsOfTest

    drills = DrillsOfTest(request.node, drill_config, lambda: request.getfixturevalue("_drill_portal"))
    request.node.stash[DRILLS] = drills
    if BODY in request.node.stash:
        drills.begin_late()
    yield drills
    drills.close()


@pytest.fixture
def drill(request: pytest.FixtureRequest, _drills: DrillsOfTest) -> Drill:
    """The drill of the scenario that the test's marker names: a server that breaks, and a verdict at the end."""
    from ssedrill.pytest_plugin.chosen import Chosen

    if not isinstance(scenario := getattr(request, "param", None), Chosen):
        how = f'@pytest.mark.{MARK}("reset-mid-stream") names one, make_drill makes one'
        pytest.fail(f"which scenario? {how}", pytrace=False)
    return _drills.add(scenario)


@pytest.fixture
def make_drill(_drills: DrillsOfTest) -> MakeDrill:
    """Makes drills in the test itself: ``make_drill(faults=[{"reset": {"after_event": 3}}])``."""
    return _drills.make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what a test's drills have come to, and tell it."""
    item.stash[BODY] = getattr(item, "obj", None)
    if (drills := item.stash.get(DRILLS, None)) is not None:
        drills.begin()
    try:
        result = yield
    except BaseException as error:
        if (drills := item.stash.get(DRILLS, None)) is not None:
            drills.end(error)
        raise
    finally:
        del item.stash[BODY]
    if (drills := item.stash.get(DRILLS, None)) is not None:  # perhaps the body itself has asked for them
        drills.end(None)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """See that no variable points at a drill any more, in whichever order fixtures have put back what they found."""
    try:
        return (yield)
    finally:
        if (drills := item.stash.get(DRILLS, None)) is not None:
            drills.point_away()
            del item.stash[DRILLS]


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the body of a test on the virtual clock, if it wants that, in place of who would run it."""
    drills = pyfuncitem.stash.get(DRILLS, None)
    if drills is None or not drills.virtual:
        return (yield)
    from ssedrill.pytest_plugin.virtual import on_virtual_clock

    wrapped = pyfuncitem.obj
    pyfuncitem.obj = on_virtual_clock(pyfuncitem, pyfuncitem.stash[BODY], drills)
    try:
        return (yield)
    finally:
        pyfuncitem.obj = wrapped


def _import_as_everybody(pluginmanager: pytest.PytestPluginManager) -> None:
    """Have our modules imported as they are.

    pytest marks all that a plugin's distribution holds, and imports it with other asserts by a loader of its own.
    Here that would be hundreds of modules that are no tests. Nothing says how to opt out, so this looks inside: if
    there is nothing of that name one day, they are rewritten again, which costs time and no more.
    """
    hook = pluginmanager.rewrite_hook
    for name in ("_must_rewrite", "_marked_for_rewrite_cache"):
        marked = getattr(hook, name, None)
        if isinstance(marked, set):
            marked -= OURS
        elif isinstance(marked, dict):
            marked.clear()
