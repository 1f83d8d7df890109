"""Records of whole reports: families of scenarios, clients that differ, and as many runs as one likes."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.model.record import Check, Outcome, Record, RecordFile, Severity, Status, Verdict
from ssedrill.model.scenario_facts import ScenarioFacts
from support.records import changed, duplicated, file_of, passed, restarted, truncated, unsupported, untested

FACTS = (
    ScenarioFacts("healthy", "protocol", "Nothing goes wrong.", "The control of\nevery experiment."),
    ScenarioFacts(
        "reset-mid-stream", "tcp", "A reset after 12 tokens.", "The most reported.", ("x",), ("acme/client#51",)
    ),
    ScenarioFacts("rate-limited", "limits", "429 with Retry-After.", "It is a promise."),
    ScenarioFacts("stall", "tcp", "Silence.", "Hangs."),
)


def impatient(scenario: str = "rate-limited", client: str = "eager", **changes: object) -> Record:
    """Return the record of a client that recovered, but did not wait as it was asked to."""
    checks = [
        Check("outcome", Severity.MUST, Status.OK, "recovered", "recovered"),
        Check("retry_after", Severity.MUST, Status.BROKEN, "kept", "1.5 s too early"),
        Check("recovery", Severity.SHOULD, Status.BROKEN, "<= 500 ms", "0.565 s"),
    ]
    what = {"outcome": Outcome.RECOVERED, "verdict": Verdict.FAIL, "checks": checks}
    return changed(restarted(scenario, client), **what, **changes)


def fleet() -> RecordFile:
    """Return a report of four scenarios: ``eager`` fails, ``good`` does not, ``half`` can't do all."""
    file = file_of(
        passed("healthy", "eager"),
        passed("healthy", "good"),
        passed("healthy", "half"),
        duplicated("reset-mid-stream", "eager"),
        restarted("reset-mid-stream", "good"),
        restarted("reset-mid-stream", "half", dialect="eventsource"),
        unsupported("reset-mid-stream", "half"),
        impatient("rate-limited", "eager"),
        passed("rate-limited", "good"),
        passed("stall", "eager"),
        passed("stall", "good"),
        untested("stall", "half"),
    )
    file.scenarios = list(FACTS)
    file.versions |= {"client eager": "1.2.3", "platform": "Linux"}
    file.meta = {
        "command": "ssedrill run --client eager --client good --client half",
        "wall_clock_started": "2026-01-02T03:04:05+00:00",
        "wall_clock_s": 1.25,
    }
    return file


def many_runs(count: int, clients: int = 20) -> RecordFile:
    """Return a report of so many runs, each in a cell of its own, a third of them not as they should be."""
    made = [passed("s", "c"), duplicated("s", "c"), passed("s", "c"), restarted("s", "c"), passed("s", "c")]
    made.append(truncated("s", "c"))
    runs = [
        replace(made[i % len(made)], scenario=f"scenario-{i // clients}", client=f"client-{i % clients}")
        for i in range(count)
    ]
    file = file_of(*runs)
    why = "A client that shows text twice does so in front of its users. " * 4
    file.scenarios = [
        ScenarioFacts(f"scenario-{i}", f"family-{i // 10}", f"About {i}: it breaks and comes back.", why)
        for i in range(-(-count // clients))
    ]
    return file
