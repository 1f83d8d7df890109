"""The runs of a record by drill: what came of each, in a form in which two can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ssedrill.model.record import CallRecord, Outcome, Record, RecordFile, Repeats, Severity, Status, Verdict


class Key(NamedTuple):
    """What is drilled, by whom."""

    scenario: str
    client: str
    dialect: str


@dataclass(frozen=True)
class Drill:
    """All runs of a scenario by a client in one dialect, and what is said of them together."""

    key: Key
    runs: tuple[Record, ...]
    together: tuple[Repeats, ...] = ()

    @cached_property
    def worst(self) -> Record:
        """The run that speaks for the drill; of equals, the first."""
        return max(self.runs, key=lambda run: (run.verdict.badness, run.outcome.badness))

    @cached_property
    def verdict(self) -> Verdict:
        """The worst verdict, of a run or of all together."""
        verdicts = [self.worst.verdict, *(one.verdict for one in self.together)]
        return max(verdicts, key=lambda verdict: verdict.badness)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the worst run."""
        return self.worst.outcome

    @property
    def passes(self) -> bool:
        """Every run does what every client has to do; "not tested" and "unsupported" are no passes."""
        return self.verdict in (Verdict.PASS, Verdict.WARN)

    @cached_property
    def passed_runs(self) -> int:
        """How many runs pass."""
        return sum(run.verdict in (Verdict.PASS, Verdict.WARN) for run in self.runs)

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """The ids of the MUSTs that are broken in a run, in a call of one, or by all runs together."""
        return broken_in(*self.runs, *self.together)

    @cached_property
    def warned(self) -> tuple[str, ...]:
        """The ids of the SHOULDs that are broken."""
        return broken_in(*self.runs, *self.together, severity=Severity.SHOULD)

    @cached_property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How many runs came out how, the worst first; if there are several, the drill is flaky."""
        found = [run.outcome for run in self.runs]
        ordered = sorted(set(found), key=lambda outcome: outcome.badness, reverse=True)
        return {outcome: found.count(outcome) for outcome in ordered}

    @property
    def flaky(self) -> bool:
        """Not all runs came out alike."""
        return len({(run.verdict, run.outcome) for run in self.runs}) > 1

    @property
    def clocks(self) -> frozenset[str]:
        """The clocks that its runs were on."""
        return frozenset(run.clock for run in self.runs)

    @property
    def seeds(self) -> Sequence[int]:
        """The seeds of its runs, in order."""
        return sorted(run.seed for run in self.runs)


def broken_in(*found: Record | CallRecord | Repeats, severity: Severity = Severity.MUST) -> tuple[str, ...]:
    """Return the ids of the checks of this severity that are broken, in calls too, each once, in their order."""
    checks = [check for one in found for check in one.checks]
    checks += [check for one in found if isinstance(one, Record) for call in one.calls for check in call.checks]
    broken = (check for check in checks if check.status is Status.BROKEN and check.severity is severity)
    return tuple(dict.fromkeys(check.id for check in broken))


def drills_of(file: RecordFile, clients: Iterable[str] | None = None) -> dict[Key, Drill]:
    """Return the drills of a record, of these clients or of all, in the order of their first runs."""
    wanted = None if clients is None else frozenset(clients)
    runs: dict[Key, list[Record]] = {}
    for run in file.runs:
        if wanted is None or run.client in wanted:
            runs.setdefault(Key(run.scenario, run.client, run.dialect), []).append(run)
    together: dict[Key, list[Repeats]] = {}
    for one in file.repeats:
        together.setdefault(Key(one.scenario, one.client, one.dialect), []).append(one)
    return {key: Drill(key, tuple(found), tuple(together.get(key, ()))) for key, found in runs.items()}
