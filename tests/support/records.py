"""Hand-made records for the tests of reports: small, and true to what a run leaves behind."""

from __future__ import annotations

from dataclasses import fields, replace

from ssedrill.judging.ledger import build_ledger
from ssedrill.judging.written import Written, written_on
from ssedrill.model.numbers import Numbers, Recovery
from ssedrill.model.record import (
    Check,
    Claim,
    ErrorSeen,
    Outcome,
    Record,
    RecordFile,
    RecoveredBy,
    Severity,
    Status,
    Verdict,
)
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Flavour
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.token_runs import TokenRun, folded
from ssedrill.model.tokens import token_text
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played, WireJournal
from ssedrill_faults.http1 import render
from ssedrill_faults.plan import Answer, AwaitConsumed, Fin, Frame, Op, Plan, Reset, Role, Wait, Write

HEADERS = (("content-type", "text/event-stream"),)


def answer_ops(first: int, last: int, *, generation: str = "a", text: Flavour = Flavour.ASCII) -> tuple[Op, ...]:
    """Return a healthy answer with these tokens, one every 5 ms."""
    frames = [Frame(b"event: start\ndata: {}\n\n", Role.START)]
    for number in range(first, last + 1):
        data = f"data: {token_text(generation, number, text)}\n\n".encode()
        frames.append(Frame(data, Role.DELTA, number, 0.005))
    frames.append(Frame(b"data: [DONE]\n\n", Role.TERMINAL))
    return render(Answer(tuple(frames), headers=HEADERS))


def cut_after(ops: tuple[Op, ...], token: int, ending: Op) -> tuple[Op, ...]:
    """Return the operations up to a token, then an ending."""
    at = next(i for i, op in enumerate(ops) if isinstance(op, Write) and token in op.tokens)
    return (*ops[: at + 1], AwaitConsumed(), ending)


def attempt(number: int, t: float, ops: tuple[Op, ...], *, fault: str = "") -> AttemptLog:
    """Return an attempt at a stream that played all of its operations at the times they are due."""
    plan = Plan(number, ops, status=200)
    log = AttemptLog(number, number, t, plan, "POST", "/v1/messages", kind=RequestKind.STREAM)
    if fault:
        log.plan = replace(log.plan, faults=(fault,), breaking=(fault,))
    end = 0
    for i, op in enumerate(ops):
        end += len(op.data) if isinstance(op, Write) else 0
        log.played.append(Played(round(t, 6), i, end, read=True))
        t += op.seconds if isinstance(op, Wait) else 0  # a pause is noted when it begins
    log.done_t, log.consumed, log.consumed_by = round(t, 6), end, "sock_diag"
    return log


def shown(first: int, last: int, t: float, *, n: int = 1, generation: str = "a") -> list[TokenEntry]:
    """Return the entries of a client that shows these tokens, one every 5 ms from ``t``."""
    return [
        TokenEntry(n + i, round(t + 0.005 * i, 6), "text", token_text(generation, number, Flavour.ASCII))
        for i, number in enumerate(range(first, last + 1))
    ]


def whole(*generations: str, tokens: int, flavour: Flavour = Flavour.ASCII) -> Written:
    """Return what was written if these answers were, each in one piece, at the very beginning of a run."""
    texts = ["".join(token_text(one, number, flavour) for number in range(1, tokens + 1)) for one in generations]
    answers = [attempt(i, 0.0, (Write(text.encode(), Role.BODY),)) for i, text in enumerate(texts, start=1)]
    for answer, generation in zip(answers, generations, strict=True):
        answer.plan = replace(answer.plan, generation=generation)
    return written_on(WireJournal([], answers), flavour)


def changed(run: Record, /, **changes: object) -> Record:
    """Return a run with these fields or numbers changed; other tokens are marked as the ledger does it."""
    names = {field.name for field in fields(Numbers)}
    numbers = {name: value for name, value in changes.items() if name in names}
    rest = {name: value for name, value in changes.items() if name not in names}
    run = replace(run, numbers=replace(run.numbers, **numbers), **rest)
    return marked(run) if {"tokens", "claim"} & changes.keys() else run


def marked(run: Record, expected: int = 40) -> Record:
    """Return a run with its tokens marked as those of so many ASCII tokens, of which all answers had been written."""
    written = whole("a", "b", tokens=expected)
    ledger = build_ledger(run.tokens, claim=run.claim, expected=expected, flavour=Flavour.ASCII, written=written)
    return replace(run, shown=folded(ledger.tokens))


def value_of(run: Record, name: str) -> object:
    """Return a field or a number of a run."""
    return getattr(run, name) if hasattr(run, name) else getattr(run.numbers, name)


def passed(scenario: str = "healthy", client: str = "good", **changes: object) -> Record:
    """Return the record of a client that did everything right."""
    entries = shown(1, 40, 0.005)
    entries.append(TokenEntry(41, 0.205, "done"))
    run = Record(
        scenario=scenario,
        client=client,
        dialect="openai-chat",
        seed=0,
        clock="virtual",
        outcome=Outcome.CLEAN,
        claim=Claim.COMPLETE,
        verdict=Verdict.PASS,
        summary="showed all 40 tokens, once and in order, in one request",
        checks=[Check("outcome", Severity.MUST, Status.OK, "clean", "clean")],
        numbers=Numbers(requests=1, ttft_s=0.005, longest_silence_s=0.005, elapsed_s=0.205),
        wall_s=0.031,
        shown=[TokenRun(1, "a", 1, 40)],
        wire=WireJournal([ConnectionLog(1, 0.0, 0.21, "client", "eof")], [attempt(1, 0.0, answer_ops(1, 40))]),
        tokens=TokenJournal(entries),
    )
    return changed(run, **changes)


def duplicated(scenario: str = "reset-mid-stream", client: str = "eager", **changes: object) -> Record:
    """Return the record of a client that starts over after a reset and shows 12 tokens twice."""
    first = attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Reset(fault="reset")), fault="reset")
    second = attempt(2, 0.56, answer_ops(1, 40))
    entries = [*shown(1, 12, 0.005), TokenEntry(13, 0.06, "retry", "ECONNRESET")]
    entries += [*shown(1, 40, 0.565, n=14), TokenEntry(54, 0.765, "done")]
    return changed(
        passed(scenario, client),
        outcome=Outcome.DUPLICATED,
        verdict=Verdict.FAIL,
        summary="showed 12 tokens twice after the retry at 560 ms and called the answer complete",
        checks=[
            Check("fault-met", Severity.MUST, Status.OK, "the fault is met", "met"),
            Check("outcome", Severity.MUST, Status.BROKEN, "recovered or failed-loudly", "duplicated"),
            Check("recovery", Severity.SHOULD, Status.BROKEN, "<= 500 ms", "0.565 s"),
        ],
        requests=2,
        retries=1,
        duplicates=12,
        wasted_tokens=12,
        recovery=Recovery(0.565, 0.0, 0.5, 0.0, 0.065),
        gaps_s=[0.5],
        elapsed_s=0.765,
        wire=WireJournal([], [first, second]),
        tokens=TokenJournal(entries),
        **changes,
    )


def truncated(scenario: str = "fin-mid-stream", client: str = "trusting", **changes: object) -> Record:
    """Return the record of a client that takes the end of the connection for the end of the answer."""
    first = attempt(1, 0.0, cut_after(answer_ops(1, 40), 12, Fin(fault="fin")), fault="fin")
    return changed(
        passed(scenario, client),
        outcome=Outcome.TRUNCATED_SILENTLY,
        verdict=Verdict.FAIL,
        summary="told the application that the answer was complete with 28 of 40 tokens missing (13-40)",
        checks=[Check("outcome", Severity.MUST, Status.BROKEN, "failed-loudly", "truncated-silently")],
        lost=28,
        elapsed_s=0.06,
        wire=WireJournal([], [first]),
        tokens=TokenJournal([*shown(1, 12, 0.005), TokenEntry(13, 0.06, "done")]),
        **changes,
    )


def restarted(scenario: str = "reset-mid-stream", client: str = "honest", **changes: object) -> Record:
    """Return the record of a client that withdraws what it showed and starts over, a little late."""
    base = duplicated(scenario, client)
    second = attempt(2, 0.56, answer_ops(1, 40, generation="b"))
    entries = [*shown(1, 12, 0.005), TokenEntry(13, 0.06, "restart")]
    entries += [*shown(1, 40, 0.565, n=14, generation="b"), TokenEntry(54, 0.765, "done")]
    return changed(
        base,
        outcome=Outcome.RECOVERED,
        verdict=Verdict.WARN,
        summary="started over, withdrawing 12 tokens, after reset at 60 ms",
        checks=[Check("recovery", Severity.SHOULD, Status.BROKEN, "<= 500 ms", "0.505 s")],
        recovered_by=RecoveredBy.RESTARTED,
        duplicates=0,
        withdrawn=12,
        wire=WireJournal([], [base.wire.attempts[0], second]),
        tokens=TokenJournal(entries),
        **changes,
    )


def raised(message: str, scenario: str = "error-first", client: str = "loud", **changes: object) -> Record:
    """Return the record of a client that fails with this message, though it should not have."""
    return changed(
        passed(scenario, client),
        outcome=Outcome.FAILED_LOUDLY,
        claim=Claim.ERROR,
        verdict=Verdict.FAIL,
        summary=f"raised APIError: {message} after 0 of 40 tokens, all of them right; 1 request",
        checks=[Check("outcome", Severity.MUST, Status.BROKEN, "recovered", message)],
        error=ErrorSeen("APIError", message),
        tokens=TokenJournal([TokenEntry(1, 0.01, "error", message, "APIError")], stderr=message),
        **changes,
    )


def untested(scenario: str = "stall", client: str = "absent", **changes: object) -> Record:
    """Return the record of a run that proves nothing."""
    return changed(
        passed(scenario, client),
        outcome=Outcome.NOT_TESTED,
        claim=Claim.NONE,
        verdict=Verdict.NOT_TESTED,
        summary="proves nothing: no request came",
        checks=[Check("fault-met", Severity.MUST, Status.BROKEN, "the fault is met", "no request came")],
        requests=0,
        wire=WireJournal(),
        tokens=TokenJournal(),
        **changes,
    )


def unsupported(scenario: str = "healthy", client: str = "absent", **changes: object) -> Record:
    """Return the record of a client that says it can't do this."""
    what = {"outcome": Outcome.UNSUPPORTED, "verdict": Verdict.UNSUPPORTED, "summary": "says it can't do this"}
    return changed(passed(scenario, client), **what, **changes)


def file_of(*runs: Record) -> RecordFile:
    """Return a record file of these runs."""
    return RecordFile(versions={"ssedrill": "0.1.0", "python": "3.11.2"}, runs=list(runs))


def many() -> RecordFile:
    """Return a file with nine clients and ten scenarios, good and bad, in two dialects here and there."""
    clients = ["anthropic", "anthropic-stream-helper", "openai", "openai-stream-helper", "httpx-sse"]
    clients += ["aiohttp-plain", "curl", "reference", "cmd:./my-client"]
    scenarios = [
        "healthy",
        "reset-mid-stream",
        "fin-mid-stream",
        "rate-limited-retry-after-seconds",
        "keepalive-only",
    ]
    scenarios += ["stall-mid-stream", "terminal-missing-but-complete", "utf8-split", "unauthorized-401"]
    scenarios += ["malformed-json-once"]
    makers = (passed, passed, duplicated, truncated, restarted, passed, untested, passed, unsupported)
    runs = []
    for i, scenario in enumerate(scenarios):
        for j, client in enumerate(clients):
            runs.append(makers[(i * 4 + j * (i + 1)) % len(makers)](scenario, client))
            if client == "reference":
                runs.append(passed(scenario, client, dialect="anthropic-messages"))
    return file_of(*runs)
