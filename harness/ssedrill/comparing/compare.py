"""What has changed from one record to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ssedrill.comparing.drills import Drill, Key, drills_of
from ssedrill.comparing.measures import Finding, Measured, measured
from ssedrill.judging.checks import CHECKS
from ssedrill.model.record import RecordFile


class Change(StrEnum):
    """What has become of a drill, what needs a look first."""

    BROKEN = "broken"  # it passed, and does not
    FAILS_DIFFERENTLY = "fails differently"
    FIXED = "fixed"  # it did not pass, and does
    PASSES_DIFFERENTLY = "passes differently"
    NEW = "new"
    GONE = "gone"
    SAME = "same"

    @property
    def meaning(self) -> str:
        """What it means, in a line."""
        return _MEANINGS[self]


_MEANINGS: Mapping[Change, str] = {
    Change.BROKEN: "passed, and does not any more: a regression",
    Change.FAILS_DIFFERENTLY: "passes in neither; a regression if the outcome is a worse one",
    Change.FIXED: "did not pass, and does now",
    Change.PASSES_DIFFERENTLY: "passes in both, with another outcome, or with other SHOULDs broken",
    Change.NEW: "there was no such drill; no regression, however it came out",
    Change.GONE: "there is no such drill any more",
    Change.SAME: "the same verdict, outcome and broken checks",
}


@dataclass(frozen=True)
class Changed:
    """One drill, then and now; ``key`` is that of now, if there is one now."""

    key: Key
    change: Change
    old: Drill | None
    new: Drill | None
    measures: Sequence[Measured] = ()
    remarks: Sequence[str] = ()  # what to know before one believes it

    @property
    def regression(self) -> bool:
        """It did what every client has to do, and does not; or it fails in a worse way than before."""
        if self.change is Change.FAILS_DIFFERENTLY and self.old is not None and self.new is not None:
            return self.new.outcome.badness > self.old.outcome.badness
        return self.change is Change.BROKEN

    @property
    def worse_measures(self) -> list[Measured]:
        """The measures that got worse."""
        return [one for one in self.measures if one.worse]

    def measures_with(self, *findings: Finding) -> list[Measured]:
        """Return the measures of which this was found."""
        return [one for one in self.measures if one.finding in findings]


@dataclass(frozen=True)
class Comparison:
    """Two records side by side."""

    old: RecordFile
    new: RecordFile
    drills: Sequence[Changed]
    clients: Mapping[str, str] = field(default_factory=dict)  # of those called otherwise: the name then to that now
    strict: bool = False  # a measure that got worse is a regression

    @property
    def regressions(self) -> list[Changed]:
        """The drills that got worse."""
        return [one for one in self.drills if one.regression or (self.strict and one.worse_measures)]

    def with_change(self, change: Change) -> list[Changed]:
        """Return the drills of which this became, in order."""
        return [one for one in self.drills if one.change is change]

    @property
    def tests(self) -> int:
        """How many measures were put to the test, of which one in a hundred differs by chance."""
        return sum(measure.p is not None for one in self.drills for measure in one.measures)


def compare(
    old: RecordFile,
    new: RecordFile,
    *,
    clients: Mapping[str, str] | None = None,
    strict: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare two records drill by drill.

    ``clients`` says which client of ``old`` is compared with which one of ``new``; without it each is compared with
    the one of the same name. ``seed`` is for what the test of measures leaves to chance.
    """
    pairs = {} if clients is None else dict(clients)
    before = drills_of(old, pairs or None)
    after = drills_of(new, pairs.values() if pairs else None)
    then = {key._replace(client=pairs.get(key.client, key.client)): drill for key, drill in before.items()}
    keys = dict.fromkeys([*after, *then])
    changed = [_changed(key, then.get(key), after.get(key), seed) for key in keys]
    return Comparison(old, new, changed, {a: b for a, b in pairs.items() if a != b}, strict)


def _changed(key: Key, old: Drill | None, new: Drill | None, seed: int) -> Changed:
    if old is None or new is None:
        return Changed(key, Change.NEW if old is None else Change.GONE, old, new)
    return Changed(key, _change(old, new), old, new, measured(old, new, seed), tuple(_remarks(old, new)))


def _change(old: Drill, new: Drill) -> Change:
    if old.passes != new.passes:
        return Change.FIXED if new.passes else Change.BROKEN
    ways = [(one.verdict, one.outcome, one.broken, one.warned) for one in (old, new)]
    if ways[0] == ways[1]:
        return Change.SAME
    return Change.PASSES_DIFFERENTLY if new.passes else Change.FAILS_DIFFERENTLY


def _remarks(old: Drill, new: Drill) -> Iterable[str]:
    """Say what makes two drills hard to compare, and which of them did not come out the same in all repeats."""
    if old.clocks != new.clocks:
        yield f"on other clocks: {' and '.join(sorted(old.clocks))}, then {' and '.join(sorted(new.clocks))}"
    elif old.clocks == {"virtual"} and old.seeds != new.seeds:
        yield "with other seeds: what is left to chance may differ"
    before, after = _asked(old), _asked(new)
    then, now = _expectations(old), _expectations(new)
    if any(before[one] != after[one] for one in before.keys() & after.keys()) or (then and now and then != now):
        yield "judged by other expectations: the scenario was changed"
    for when, drill in (("then", old), ("now", new)):
        if drill.flaky:
            parts = ", ".join(f"{count} {outcome}" for outcome, count in drill.outcomes.items())
            yield f"flaky {when}: {drill.passed_runs} of {len(drill.runs)} runs passed ({parts})"


def _expectations(drill: Drill) -> frozenset[tuple[str, str]]:
    """Return which of a scenario's own checks the tested runs of a drill have, answered or not; empty for none."""
    checks = [check for run in drill.runs if run.outcome.is_tested for check in run.checks]
    own = (check for check in checks if check.id in CHECKS and CHECKS[check.id].unit is not None)
    return frozenset((check.id, check.severity.value) for check in own)


def _asked(drill: Drill) -> dict[tuple[str, str], str]:
    """Return what was expected of a drill by the checks that were answered."""
    checks = [check for run in drill.runs for check in run.checks if check.status.answered]
    return {(check.id, check.severity.value): check.expected for check in checks}
