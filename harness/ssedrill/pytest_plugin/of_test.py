"""All drills of one test: made, pointed at, begun with its body, judged at its end."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from ssedrill.clock.clock import Clock
from ssedrill.clock.real.real_clock import RealClock
from ssedrill.dialects import ALL
from ssedrill.drivers.by_hand import PYTEST, driven_by_hand
from ssedrill.drivers.program.environment import bypass_proxies
from ssedrill.judging.checks.outcome_check import HONEST_OUTCOMES
from ssedrill.loading.load import load_document
from ssedrill.loading.problems import BadScenario
from ssedrill.model.scenario import OUTCOME, Scenario
from ssedrill.pytest_plugin.chosen import Chosen, chosen
from ssedrill.pytest_plugin.names import MARK
from ssedrill.pytest_plugin.one_drill import Drill
from ssedrill.pytest_plugin.served import Served
from ssedrill.pytest_plugin.settings import check_dialect, settings_of
from ssedrill.pytest_plugin.told import failure, forget, keep, page_folder, passes, story
from ssedrill.running.job import Job
from ssedrill.running.open_drill import kept_apart, shuts_the_door
from ssedrill.running.portal import Portal

MOST_NAME_CHARS = 40


class MakeDrill(Protocol):
    """Makes a drill: of a scenario's name or file, or of what a scenario file would say."""

    def __call__(
        self,
        scenario: str | None = None,
        /,
        *,
        faults: Sequence[Mapping[str, Any]] | None = None,
        dialect: str | None = None,
        **document: Any,
    ) -> Drill:
        """Make it; ``faults`` are those of the first attempt, and all later ones are healthy."""


class DrillsOfTest:
    """Makes the drills of a test item and minds them; ``portal`` gives the session's server, for the real clock."""

    def __init__(self, item: pytest.Item, configured: object, portal: Callable[[], Portal]) -> None:
        self._item = item
        self.settings = settings_of(item, configured)
        self.virtual = self.settings.clock == "virtual"
        self.drills: list[Served] = []
        self.hung_up: Callable[[], object] = lambda: None
        """Told when the server of one of them has hung up, as its deadline has passed or its client loops."""
        self._portal = portal
        self._home: tuple[Portal, Clock] | None = None  # where drills are opened, while there is such a place
        self._in_body = self._is_over = False
        self._env = pytest.MonkeyPatch()
        self._pointed: dict[str, tuple[str | None, set[str]]] = {}  # variables: what each was, and what we made it
        self._apart = ExitStack()
        self._is_apart = False

    def add(self, chosen_one: Chosen) -> Drill:
        """Make the drill of a scenario that a marker names; skips the test if it is one of several in other dialects.

        It is listening from now on, unless it is to live on the virtual clock, which begins with the test's body.
        """
        return self._add(chosen_one.scenario, self._dialect(chosen_one.scenario, alone=chosen_one.alone))

    def make(
        self,
        scenario: str | None = None,
        /,
        *,
        faults: Sequence[Mapping[str, Any]] | None = None,
        dialect: str | None = None,
        **document: Any,
    ) -> Drill:
        """See MakeDrill. Fails the test for what no scenario file could say."""
        __tracebackhide__ = True
        spoken = None if dialect is None else check_dialect(dialect, "make_drill(dialect=...)")
        if scenario is not None and (faults is not None or document):
            pytest.fail("make_drill() takes the name of a scenario, or what a scenario file says, not both")
        if not isinstance(scenario, str | None):
            pytest.fail(f"make_drill() takes the name of a scenario, or a file, as str; {scenario!r:.60} is none")
        try:
            made = self._made(faults, spoken or self.settings.dialect, document) if scenario is None else None
            found = [] if scenario is None else chosen([scenario], (), self._item.path.parent, self._item.config)
        except BadScenario as bad:
            raise pytest.fail.Exception(str(bad)) from None
        if len(found) > 1:
            pytest.fail(f"make_drill({scenario!r}) names {len(found)} scenarios: name one of them")
        made = made or found[0].scenario
        return self._add(made, self._dialect(made, spoken=spoken))

    def begin(self) -> None:
        """The test's body begins."""
        self._in_body = True
        if not self.virtual:
            for drill in self.drills:
                drill.begin()

    @property
    def longest_s(self) -> float:
        """How long all calls of its drills may take one after the other, in seconds."""
        return sum(one.job.scenario.deadline_s * one.job.scenario.call_count for one in self.drills)

    def begin_late(self) -> None:
        """The test's body has asked for them: it has begun already."""
        if self.virtual:
            pytest.fail("on the virtual clock a test takes the fixture as an argument: both begin together")
        self.begin()

    def live_on(self, portal: Portal, clock: Clock) -> None:
        """Open the drills on the virtual clock, where the test's body begins now."""
        self._home = portal, clock
        for drill in self.drills:
            drill.open(portal, clock)
            drill.begin()

    async def leave(self, error: BaseException | None) -> None:
        """The test's body has ended, by an error perhaps: end the runs, on their loop."""
        for drill in self.drills:
            drill.body_ended(error)
        for drill in self.drills:
            await drill.close()
        self._home = None

    def end(self, error: BaseException | None) -> None:
        """The test is over, by an error perhaps: tell its drills, and fail it if one of them says so."""
        if not self.virtual and self.drills:
            self._portal().wait(self.leave(error))
        self._in_body, self._is_over = False, True
        if isinstance(error, pytest.skip.Exception | pytest.xfail.Exception):
            return
        bad = self._told(failed=error is not None)
        if error is not None:
            return
        if not self.drills:
            pytest.fail(f"the test takes make_drill, or is marked {MARK}, and has made no drill", pytrace=False)
        if bad:
            pytest.fail("\n".join(bad), pytrace=False)

    def close(self) -> None:
        """The test is gone: give back what it had."""
        self._env.undo()
        for drill in self.drills:
            drill.discard()
        if self.drills and not self.virtual:
            self._portal().wait(self.leave(None))
        self._apart.close()

    def point_away(self) -> None:
        """See that no variable is left that points at a drill.

        Who has set one in a test to something else puts back what it had found: perhaps the drill's, after the drill.
        """
        for name, (first, values) in self._pointed.items():
            if os.environ.get(name) in values:
                del os.environ[name]
                os.environ |= {} if first is None else {name: first}
        self._pointed.clear()

    def _told(self, *, failed: bool) -> list[str]:
        """Tell the story of each drill that needs it, and keep its page if wanted; return what fails the test."""
        bad, config = [], self._item.config
        for number, drill in enumerate(self.drills, start=1):
            folder = page_folder(config.rootpath / self.settings.report, self._item.nodeid, number)
            if not drill.is_begun:  # the body was not run by us
                bad.append(f"{drill.job.scenario.name} was never begun: something else runs the bodies of tests here")
                continue
            record = drill.record(drill.expected)
            if (is_bad := not passes(record)) and drill.since is not None:  # a bound may be that of the moment
                since = drill.record(drill.since)
                record, is_bad = (record, False) if passes(since) else (since, True)
            page = ""
            if self.settings.keep == "all" or (self.settings.keep == "failed" and (failed or is_bad)):
                page = keep(record, drill.job.scenario, folder, config.invocation_params.dir)
            elif self.settings.keep == "failed":
                forget(folder)
            if failed or is_bad:
                shown = story(record)
                self._item.add_report_section("call", "drill", "\n".join(filter(None, [shown, page])))
            if is_bad:
                bad.append("\n".join(filter(None, [failure(record), page and f"  {page}"])))
        return bad

    def _add(self, scenario: Scenario, dialect: str) -> Drill:
        if self._is_over:
            pytest.fail("the test is over: nobody would judge what is drilled now")
        if any(group.cancel for group in scenario.calls):
            pytest.fail(f"{scenario.name} calls off calls of its client, which a test can't be told", pytrace=False)
        test = getattr(self._item, "originalname", None) or self._item.name
        client = driven_by_hand(test, in_process=True, spec=f"{PYTEST}{self._item.nodeid}")
        job = Job(scenario, client, dialect, self.settings.seed)
        if shuts_the_door(scenario) and not self._is_apart:  # a second one would wait for the first
            self._is_apart = True
            self._apart.enter_context(kept_apart(job, RealClock(), lambda: None))
        drill = Served(job, lambda: self.hung_up())
        self._point_at(drill)
        self.drills.append(drill)
        if not self.virtual:
            drill.open(self._portal(), RealClock())
        elif self._home is not None:
            drill.open(*self._home)
        if drill.is_begun and self._in_body:
            drill.begin()
        return Drill(drill)

    def _point_at(self, drill: Served) -> None:
        """Point the SDKs at a drill: all of them at the first of a test, those of its protocol at a later one."""
        before = dict(os.environ)
        wanted = before | drill.environment(own=bool(self.drills))
        bypass_proxies(wanted)
        for name, value in wanted.items():
            if before.get(name) != value:
                self._env.setenv(name, value)
                self._pointed.setdefault(name, (before.get(name), set()))[1].add(value)

    def _dialect(self, scenario: Scenario, *, spoken: str | None = None, alone: bool = True) -> str:
        """Return the protocol in which a scenario is served."""
        dialect, there = spoken or self.settings.dialect, ", ".join(scenario.dialects)
        if dialect is None and len(scenario.dialects) > 1:
            how = f"say dialect=... in the marker, or drill_dialect = {scenario.dialects[-1]} in the ini file"
            pytest.fail(f"which protocol does your code speak? {scenario.name} is for {there}: {how}", pytrace=False)
        if dialect is not None and dialect not in scenario.dialects:
            why = f"{scenario.name} is for {there}, not for {dialect}"
            if alone:
                pytest.fail(why, pytrace=False)
            pytest.skip(why)
        return dialect or scenario.dialects[0]

    def _made(
        self, faults: Sequence[Mapping[str, Any]] | None, dialect: str | None, document: dict[str, Any]
    ) -> Scenario:
        """Return the scenario that a test writes down in itself."""
        if faults is not None and "attempt" in document:
            pytest.fail("make_drill() takes faults, those of the first attempt, or attempt, all of them: not both")
        number = len(self.drills) + 1
        name = "-".join(re.findall(r"[a-z0-9]+", self._item.name.lower()))[:MOST_NAME_CHARS].strip("-") or "test"
        made = {
            "name": f"{name}-{number}" if number > 1 else name,
            "about": f"Made by the test {self._item.name!a}.",
            "dialects": [dialect] if dialect else ALL,
            "must": {OUTCOME: [str(outcome) for outcome in HONEST_OUTCOMES]},
            "attempt": [{"faults": list(faults)}, {}] if faults else [{}],
            **document,
        }
        try:
            json.dumps(made)
        except (TypeError, ValueError, RecursionError) as error:
            right = "it takes what a scenario file could say: strings, numbers, lists and dicts"
            raise pytest.fail.Exception(f"make_drill(): {error}; {right}") from None
        return load_document(made, "make_drill()")
