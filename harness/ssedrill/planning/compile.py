"""From a scenario and one request to the plan of what that attempt does. Pure: the same arguments, the same plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ssedrill.dialects import dialect as find_dialect
from ssedrill.dialects.base import Ask, Dialect, Piece, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Scenario, Stream
from ssedrill.model.tokens import generation_name, token_text
from ssedrill.planning import cors
from ssedrill_faults import http1
from ssedrill_faults.compose import compose
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.plan import Answer, Frame, Plan, Role, Write

PROMPT = "Count the fire engines."


def fresh_request(dialect: Dialect) -> Request:
    """Return the streaming request that a healthy client sends first."""
    body = dialect.healthy_body(PROMPT)
    headers = (("accept", "text/event-stream"),)
    if not body:
        return Request("GET", dialect.path(), headers)
    return Request("POST", dialect.path(), (*headers, ("content-type", "application/json")), body)


def compile_plan(
    scenario: Scenario, dialect: Dialect, seed: int, attempt: int, request: Request, generation: str
) -> tuple[Ask, Plan]:
    """Return what a request asks for and what attempt number ``attempt`` (from 1) does about it.

    ``generation`` is what a new stream serves; one that is resumed or continued goes on with its own. The plan's
    generation is empty where it serves no text at all, so that this production can still be given to a later attempt.

    A scenario is checked against a fresh stream when it is loaded. The answers to other requests are shorter and may
    not have the places that its faults name: those faults are left out, and the plan does not list them. The same
    goes for places that HTTP/1.0 lacks, since it has no chunks. A request that is not understood is no attempt:
    whatever ``attempt`` says, it meets no fault, and its plan has the number 0. Raises Impossible where a fault can't
    be applied to a fresh stream.
    """
    ask = dialect.understand(request)
    served = ask.generation or generation
    answer = _for_client(_answer(scenario.stream, dialect, ask, served, request), request)
    if not ask.kind.is_attempt:
        plan = compose(answer, (), voice=dialect, seed=seed, attempt=0)
        return ask, replace(plan, ops=http1.without_body(plan.ops)) if request.method == "HEAD" else plan
    faults = scenario.attempt(attempt).faults

    def composed(faults: Sequence[Fault]) -> Plan:
        return compose(
            answer,
            faults,
            voice=dialect,
            seed=seed,
            attempt=attempt,
            now_epoch_s=request.now_epoch_s,
            reused=request.reused,
        )

    try:
        plan = composed(faults)
    except Impossible:
        if ask.kind is RequestKind.STREAM and not request.http_1_0:
            raise
        plan = composed(_possible(faults, composed))
    return ask, _with_text(plan, ask, served)


def trial(scenario: Scenario) -> None:
    """Compile every attempt in every dialect for a fresh request.

    Raises Impossible, naming the attempt and the fault, where a fault can't be applied.
    """
    for name in scenario.dialects:
        dialect = find_dialect(name, scenario.stream.line_end)
        answer = _answer(
            scenario.stream, dialect, Ask(RequestKind.STREAM), generation_name(0), fresh_request(dialect)
        )
        for number, attempt in enumerate(scenario.attempts, start=1):
            _try(answer, attempt.faults, dialect, number)


def _try(answer: Answer, faults: Sequence[Fault], dialect: Dialect, attempt: int) -> None:
    """Compose them all; where that fails, find the first that fails and raise Impossible in its name."""
    try:
        compose(answer, faults, voice=dialect, seed=0, attempt=attempt)
    except Impossible:
        for count, fault in enumerate(faults, start=1):
            try:
                compose(answer, faults[:count], voice=dialect, seed=0, attempt=attempt)
            except Impossible as problem:
                raise Impossible(f"attempt {attempt}, {fault.name} ({dialect.name}): {problem}") from None


def _possible(faults: Sequence[Fault], composed: Callable[[Sequence[Fault]], Plan]) -> list[Fault]:
    """Return those of the faults that can be applied, one after the other."""
    kept: list[Fault] = []
    for fault in faults:
        try:
            composed([*kept, fault])
        except Impossible:
            continue
        kept.append(fault)
    return kept


def _answer(stream: Stream, dialect: Dialect, ask: Ask, generation: str, request: Request) -> Answer:
    """Return the healthy answer."""
    if request.method == "OPTIONS":
        return replace(cors.preflight(request), persistence=stream.persistence)
    if not ask.kind.asks_for_answer:
        return replace(dialect.refusal(ask), persistence=stream.persistence)
    if ask.kind is RequestKind.WHOLE:
        numbers = range(ask.after_token + 1, stream.tokens + 1)
        text = "".join(token_text(generation, number, stream.text) for number in numbers)
        return replace(dialect.whole(text, generation, len(numbers)), persistence=stream.persistence)
    frames = (
        *dialect.opening(ask, generation, stream),
        *_deltas(stream, dialect, ask, generation),
        *dialect.closing(ask, generation, stream),
    )
    return Answer(frames, 200, dialect.head(generation), stream.framing, stream.persistence)


def _for_client(answer: Answer, request: Request) -> Answer:
    """Return the answer as this client can read it: in the HTTP that it speaks, and readable for a browser's page."""
    if request.method != "OPTIONS":
        answer = replace(answer, headers=(*answer.headers, *cors.leave(request)))
    return http1.for_http_1_0(answer) if request.http_1_0 else answer


def _deltas(stream: Stream, dialect: Dialect, ask: Ask, generation: str) -> Iterator[Frame]:
    """Give the frames of all tokens that are wanted, each after its pause, with a ping halfway through some."""
    ping = dialect.ping_frame()
    half = Frame(ping.data, ping.role, wait_s=stream.every_s / 2)
    for number in range(ask.after_token + 1, stream.tokens + 1):
        frame = dialect.delta(ask, Piece(number, token_text(generation, number, stream.text), generation))
        wait_s = stream.every_s
        if stream.ping_every and number % stream.ping_every == 0:
            wait_s -= half.wait_s
            yield half
        yield Frame(frame.data, frame.role, frame.token, wait_s)


def _with_text(plan: Plan, ask: Ask, generation: str) -> Plan:
    """Say in the plan which text it serves, as far as it serves any after its faults."""
    writes = [op for op in plan.ops if isinstance(op, Write)]
    first = next((number for op in writes for number in op.tokens), None)
    if first is not None:
        return replace(plan, generation=generation, first_token=first)
    if ask.kind is RequestKind.WHOLE and plan.status == 200 and any(op.role is Role.BODY for op in writes):
        return replace(plan, generation=generation, first_token=ask.after_token + 1)
    return plan
