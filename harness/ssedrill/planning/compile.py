"""From a scenario and one request to the plan of what that attempt does. Pure: the same arguments, the same plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias

from ssedrill.dialects import find_dialect
from ssedrill.dialects.dialect import Dialect, Writer
from ssedrill.dialects.exchange import Ask, Piece, Request
from ssedrill.judging.checks import wanted
from ssedrill.model.abilities import Ability
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Attempt, Scenario, Stream
from ssedrill.model.tokens import generation_name, token_text
from ssedrill.planning import cors
from ssedrill.planning.blame import to_blame
from ssedrill.planning.replayed import replayed
from ssedrill.planning.sample_requests import fresh_request
from ssedrill.planning.turns import HEALTHY
from ssedrill.planning.witness import reads, unjudgeable
from ssedrill_faults import http1
from ssedrill_faults.answer.header_fields import joined
from ssedrill_faults.compose import compose
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.plan import Answer, Frame, Op, Plan, Readable, Role, Write
from ssedrill_faults.served_text import ServedText
from ssedrill_faults.stages import Moment

Choice: TypeAlias = Callable[[int, Ask, Request], tuple[int, Attempt]]
"""From an attempt's number and request to the scenario's attempt, and its number."""

KEPT_STREAMS = 32
KEPT_TOKENS = 1000
"""So many healthy streams, of at most so many tokens each, are kept: run after run asks for the same."""


def compile_plan(
    scenario: Scenario,
    dialect: Dialect,
    seed: int,
    attempt: int,
    request: Request,
    generation: str,
    choose: Choice | None = None,
) -> tuple[Ask, Plan]:
    """Return what a request asks for and what attempt number ``attempt`` (from 1) does about it.

    Which of the scenario's attempts it meets is for ``choose`` to say; by default its number decides.
    ``generation`` is what a new stream serves; one that is resumed or continued goes on with its own. The plan's
    generation is empty if it serves no text at all, so that this production can still be given to a later attempt.

    A scenario is checked against a fresh stream when it is loaded. The answers to other requests are shorter and may
    not have the places that its faults name: those faults are left out, and the plan does not list them. The same
    goes for places that HTTP/1.0 lacks, since it has no chunks. A request that is not understood is no attempt:
    whatever ``attempt`` says, it meets no fault, and its plan has the number 0. Raises Impossible if a fault can't be
    applied to a fresh stream.
    """
    writer = dialect.writer(scenario.stream.line_end)
    ask = _understood(dialect, request)
    rule, met = _chosen(scenario, attempt, ask, request, choose)
    places = dict(request.places)
    headers = joined(request.headers)
    faults = [fault.filled_in(places) for fault in _in_dialect(met.faults, dialect) if fault.suits(headers)]
    given = replayed(ask, faults, scenario.stream.tokens)
    served = given.generation or generation
    origins = scenario.server.origins
    healthy = _answer(scenario.stream, dialect, given, served, request, origins)
    answer = _for_client(healthy.answer, request, origins)
    if not ask.kind.is_attempt:
        plan = compose(answer, (), voice=writer, seed=seed, attempt=0, now_epoch_s=request.now_epoch_s)
        return ask, replace(plan, ops=http1.without_body(plan.ops)) if request.method == "HEAD" else plan

    def composed(faults: Sequence[Fault]) -> Plan:
        return compose(
            answer,
            faults,
            voice=writer,
            seed=seed,
            attempt=attempt,
            now_epoch_s=request.now_epoch_s,
            run_t=request.run_t,
            reused=request.reused,
            rendered=healthy.ops if answer is healthy.answer else None,
            served=_served(scenario.stream, served),
            reader=partial(reads, dialect=dialect, flavour=scenario.stream.text, generation=served),
        )

    try:
        plan = composed(faults)
    except Impossible:
        if ask.kind is RequestKind.STREAM and not request.http_1_0 and not any(fault.moment for fault in faults):
            raise
        plan = composed(_possible(faults, composed))
    after = ask.after_token if plan.reads or plan.extras else 0
    return ask, replace(_with_text(plan, given, served), rule=rule, after=after)


def _chosen(
    scenario: Scenario, number: int, ask: Ask, request: Request, choose: Choice | None
) -> tuple[int, Attempt]:
    """Return the attempt that a request meets, with its own number; what is none of the call meets none."""
    if not ask.kind.is_attempt:
        return 0, HEALTHY
    if choose is not None:
        return choose(number, ask, request)
    return 0, scenario.attempt(number)


def trial(scenario: Scenario, *, judged: bool = False) -> list[Plan]:
    """Compile every attempt in every dialect for a fresh request, and return the plans.

    What is for requests without streaming is compiled for one of those.
    When in the run a later attempt begins is not known, so that a fault at a moment of the run need not fit there.
    Raises Impossible, naming the attempt and the fault, if a fault can't be applied, or, if the text is to be
    ``judged``, if nobody could tell what a client makes of it.
    """
    plans: list[Plan] = []
    usage = Ability.USAGE in wanted(scenario)
    for name in scenario.dialects:
        dialect = find_dialect(name)
        writer = dialect.writer(scenario.stream.line_end)
        fresh = fresh_request(dialect, usage=usage)
        options = dialect.ask.understand(fresh).options if usage else ()
        composed = _Trial(dialect, writer, scenario.stream, generation_name(0), judged)
        other = replace(composed, generation=generation_name(1))
        for number, attempt in enumerate(scenario.attempts, start=1):
            faults = _in_dialect(attempt.faults, dialect)
            ask = Ask(RequestKind.WHOLE) if attempt.is_for_whole else Ask(RequestKind.STREAM, options=options)
            answer = _answer(scenario.stream, dialect, ask, generation_name(0), fresh, ()).answer
            try:
                plans.append(composed(answer, faults, number))
            except Impossible:
                faults = [fault for fault in faults if number == 1 or fault.moment is not Moment.RUN]
                plans.append(composed(answer, faults, number))
            if judged and any(fault.rewrites_text for fault in faults):  # it must be right in the words of any answer
                other(_answer(scenario.stream, dialect, ask, generation_name(1), fresh, ()).answer, faults, number)
    return plans


def _in_dialect(faults: Sequence[Fault], dialect: Dialect) -> list[Fault]:
    """Return the faults that are for a dialect."""
    return [fault for fault in faults if not fault.dialects or dialect.name in fault.dialects]


def _served(stream: Stream, generation: str) -> ServedText:
    return ServedText(generation, stream.tokens, lambda number: token_text(generation, number, stream.text))


@dataclass(frozen=True)
class _Trial:
    """Composes faults over a fresh answer; if that is judged, its text must be one that can be told when shown."""

    dialect: Dialect
    writer: Writer
    stream: Stream
    generation: str
    judged: bool

    def __call__(self, answer: Answer, faults: Sequence[Fault], attempt: int) -> Plan:
        """Compose them all; if that fails, raise Impossible in the name of those for which it does."""
        composed = partial(
            compose,
            answer,
            voice=self.writer,
            seed=0,
            attempt=attempt,
            now_epoch_s=0.0,
            served=_served(self.stream, self.generation),
            reader=self._read,
        )

        def problem(some: Sequence[Fault]) -> str | None:
            try:
                composed(some)
            except Impossible as why:
                return str(why)
            return None

        try:
            return composed(faults)
        except Impossible as why:
            names = " and ".join(faults[i].name for i in to_blame(faults, problem))
            raise type(why)(f"attempt {attempt}, {names} ({self.dialect.name}): {why}") from None

    def _read(self, body: bytes) -> Readable:
        if self.judged and (why := unjudgeable(body, self.dialect, self.stream.text, self.generation)):
            raise Impossible(why)
        return Readable()


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


def _understood(dialect: Dialect, request: Request) -> Ask:
    """Have the dialect read a request; what is somebody else's it never sees."""
    if request.foreign is None:
        return dialect.ask.understand(request)
    return Ask(RequestKind.UNKNOWN, why=request.foreign.why, status=request.foreign.status)


class _Healthy(NamedTuple):
    answer: Answer
    ops: tuple[Op, ...] | None = None  # what it comes to, if it was kept


def _answer(
    stream: Stream, dialect: Dialect, ask: Ask, generation: str, request: Request, origins: Sequence[str]
) -> _Healthy:
    """Return the healthy answer."""
    writer = dialect.writer(stream.line_end)
    if request.method == "OPTIONS" and request.foreign is None:
        return _Healthy(replace(cors.preflight(request, origins), persistence=stream.persistence))
    if not ask.kind.asks_for_answer:
        return _Healthy(replace(writer.refusal(ask), persistence=stream.persistence))
    if ask.kind is RequestKind.WHOLE:
        numbers = range(ask.after_token + 1, stream.tokens + 1)
        text = "".join(token_text(generation, number, stream.text) for number in numbers)
        return _Healthy(replace(writer.whole(text, generation, len(numbers)), persistence=stream.persistence))
    if stream.tokens > KEPT_TOKENS:
        return _Healthy(_streamed(stream, writer, ask, generation))
    return _kept(stream, dialect.serve, writer.line_end, ask, generation)


@lru_cache(maxsize=KEPT_STREAMS)
def _kept(stream: Stream, serve: Callable[[str], Writer], line_end: str, ask: Ask, generation: str) -> _Healthy:
    answer = _streamed(stream, serve(line_end), ask, generation)
    return _Healthy(answer, http1.render(answer))


def _streamed(stream: Stream, writer: Writer, ask: Ask, generation: str) -> Answer:
    """Return the healthy stream of a generation."""
    frames = (
        *writer.opening(ask, generation, stream),
        *_deltas(stream, writer, ask, generation),
        *writer.closing(ask, generation, stream),
    )
    return Answer(frames, 200, writer.head(generation), stream.framing, stream.persistence)


def _for_client(answer: Answer, request: Request, origins: Sequence[str]) -> Answer:
    """Return the answer as this client can read it: in the HTTP that it speaks, and readable for a page let in."""
    if request.method != "OPTIONS" and (leave := cors.leave(request, origins)):
        answer = replace(answer, headers=(*answer.headers, *leave))
    return http1.for_http_1_0(answer) if request.http_1_0 else answer


def _deltas(stream: Stream, writer: Writer, ask: Ask, generation: str) -> Iterator[Frame]:
    """Give the frames of all tokens that are wanted, each after its pause, with a ping halfway through some."""
    ping = writer.ping_frame()
    half = Frame(ping.data, ping.role, wait_s=stream.every_s / 2)
    for number in range(ask.after_token + 1, stream.tokens + 1):
        frame = writer.delta(ask, Piece(number, token_text(generation, number, stream.text), generation))
        wait_s = stream.every_s
        if stream.ping_every and number % stream.ping_every == 0:
            wait_s -= half.wait_s
            yield half
        yield Frame(frame.data, frame.role, frame.token, wait_s)


def _with_text(plan: Plan, ask: Ask, generation: str) -> Plan:
    """Say in the plan which text it serves, as far as it serves any after its faults.

    The beginning of a token is enough, and so is one that a fault has damaged: what was sent of one production may
    never pass for the next one's.
    """
    writes = [op for op in plan.ops if isinstance(op, Write)]
    first = next((number for op in writes for number in op.tokens), None)
    if first is not None:
        return replace(plan, generation=generation, first_token=first)
    whole = ask.kind is RequestKind.WHOLE
    extra = any(extra.text for extra in plan.extras)
    if extra or any(op.role is Role.BODY if whole else _has_text(op, generation) for op in writes):
        return replace(plan, generation=generation, first_token=ask.after_token + 1)
    return plan


_OF_TEXT = (Role.DELTA, Role.STOP, Role.TERMINAL)
"""What segments with text are for. One that is put together from several has the role of its last part."""


def _has_text(op: Write, generation: str) -> bool:
    """Tell whether some of a generation's text may be in a segment of a stream, whole or not."""
    if op.role in _OF_TEXT or op.spoiled:
        return True
    return op.role is not Role.HEAD and re.search(rf" {generation}[1-9]".encode(), op.data) is not None
