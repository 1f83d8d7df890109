"""Runs as two journals made by hand, for tests of what is made of them: nothing is served, nobody waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.judging.metrics import Measured, measure
from ssedrill.model.record import Record
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Attempt, Scenario, Stream
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill.running.job import Job
from ssedrill.running.judged import assess
from ssedrill_faults.fault import Fault
from ssedrill_faults.http1 import render
from ssedrill_faults.plan import Answer, CloseOnAccept, Door, Frame, Framing, Op, Plan, Refuse, Reset, Role
from ssedrill_faults.wire.reset import ResetFault
from support.records import answer_ops, attempt, cut_after, shown

TOKENS = 20
RESET = ResetFault(after_token=8)


def drilled(*faults: Fault, then: Sequence[Fault] = (), tokens: int = TOKENS, **changes: object) -> Scenario:
    """Return a scenario of 20 tokens with these faults on its first attempt, and perhaps others on all later ones."""
    rules = (Attempt(faults), Attempt(tuple(then)))
    return replace(Scenario("made", "Made by hand.", ("eventsource",), Stream(tokens), rules, ()), **changes)


HEALTHY = drilled()
BROKEN = drilled(RESET)


def healthy(number: int, t: float, *, generation: str = "a", kind: RequestKind = RequestKind.STREAM) -> AttemptLog:
    """Return an attempt that was answered in full: a token every 5 ms, and then the terminal event."""
    log = attempt(number, t, answer_ops(1, TOKENS, generation=generation))
    log.plan, log.kind = replace(log.plan, generation=generation, first_token=1), kind
    return log


def cut(number: int, t: float, *, after: int = 8, fault: str = "reset", generation: str = "a") -> AttemptLog:
    """Return an attempt that was reset behind a token; by nobody's fault if ``fault`` is empty."""
    ops = cut_after(answer_ops(1, TOKENS, generation=generation), after, Reset(fault=fault or None))
    log = attempt(number, t, ops, fault=fault)
    log.plan = replace(log.plan, generation=generation, first_token=1)
    return log


def rest(number: int, t: float, first: int, *, kind: RequestKind = RequestKind.RESUME) -> AttemptLog:
    """Return an attempt that was answered with the rest of the answer."""
    log = attempt(number, t, answer_ops(first, TOKENS))
    log.plan, log.kind = replace(log.plan, generation="a", first_token=first), kind
    return log


def refused(
    number: int,
    t: float,
    *,
    status: int = 503,
    wait_s: float | None = None,
    fault: str = "",
    said: bytes = b'{"error": "busy"}',
) -> AttemptLog:
    """Return an attempt that was answered with an error in place of a stream."""
    headers = () if wait_s is None else (("Retry-After", f"{wait_s:g}"),)
    body = Frame(said, Role.ERROR)
    answer = Answer((body,), status, headers, Framing.LENGTH, head_fault=fault or None)
    log = attempt(number, t, render(answer), fault=fault)
    log.plan = replace(log.plan, status=status, retry_after_s=wait_s)
    return log


def whole_answer(number: int, t: float, *, ends: tuple[Op, ...] = ()) -> AttemptLog:
    """Return a request that was answered without streaming."""
    text = "".join(f" a{n}." for n in range(1, TOKENS + 1)).encode()
    log = attempt(number, t, (*render(Answer((Frame(text, Role.BODY),), framing=Framing.LENGTH)), *ends))
    log.plan, log.kind = replace(log.plan, generation="a", first_token=1), RequestKind.WHOLE
    return log


def door(number: int, t: float, what: Door, *, evidence: str = "") -> AttemptLog:
    """Return an attempt that came no further than the door."""
    name = {Refuse: "refuse", CloseOnAccept: "close_on_accept"}.get(type(what), "mute")
    plan = Plan(number, (), door=what, faults=(name,), breaking=(name,))
    return AttemptLog(number, 0, t, plan, kind=RequestKind.DOOR, evidence=evidence)


def left_at(log: AttemptLog, t: float) -> AttemptLog:
    """Have the client leave: what was due later was not played."""
    log.played = [played for played in log.played if played.t <= t]
    log.left, log.left_t, log.done_t = "eof", t, None
    return log


def done(entries: Iterable[TokenEntry], t: float | None = None) -> list[TokenEntry]:
    """Return these entries, and behind them that the client said "complete"."""
    said = list(entries)
    return [*said, TokenEntry(len(said) + 1, (said[-1].t if said else 0.0) if t is None else t, "done")]


def failed(entries: Iterable[TokenEntry], t: float) -> list[TokenEntry]:
    """Return these entries, and behind them that the client raised an error."""
    said = list(entries)
    return [*said, TokenEntry(len(said) + 1, t, "error", "connection lost", "Dropped")]


def measured(
    attempts: Sequence[AttemptLog], entries: Sequence[TokenEntry], scenario: Scenario = HEALTHY, **journal: object
) -> Measured:
    """Measure a run that the harness ended after 30 seconds."""
    return measure(scenario, WireJournal([], list(attempts)), TokenJournal(list(entries), **journal), 30.0)


def assessed(
    attempts: Sequence[AttemptLog], entries: Sequence[TokenEntry], scenario: Scenario = HEALTHY, **journal: object
) -> Record:
    """Judge such a run."""
    wire = WireJournal([], list(attempts))
    return assess(job_of(scenario), wire, TokenJournal(list(entries), **journal), 30.0, clock="virtual")


def job_of(scenario: Scenario) -> Job:
    """Return the job of drilling a client that nobody runs."""
    return Job(scenario, Client("subject", InProcess("none:none"), ("eventsource",)), "eventsource")


ALL_SHOWN = shown(1, TOKENS, 0.005)
"""What a client shows of a healthy answer that was asked for at 0."""
