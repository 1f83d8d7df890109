"""From scenario and request to plan."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from ssedrill.dialects import DIALECTS, find_dialect
from ssedrill.dialects.exchange import Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Flavour, Regenerate, Scenario, Server, Stream
from ssedrill.planning import compile
from ssedrill.planning.compile import KEPT_STREAMS, KEPT_TOKENS, compile_plan, trial
from ssedrill.planning.sample_requests import fresh_request
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.door.close_on_accept import CloseOnAcceptFault
from ssedrill_faults.fault import Fault, Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_terminal import DropTerminalFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.malformed_json import MalformedJsonFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import CloseOnAccept, Fin, Framing, Persistence, Plan, Reset, Role, Wait, Write
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.jitter import JitterFault
from ssedrill_faults.wire.reset import ResetFault
from ssedrill_faults.wire.stall import StallFault
from support.answers import body, compiled, head, request, scenario

KEPT = getattr(compile, "_kept")  # noqa: B009 - private
OTHERWISE = {
    "tokens": 7,
    "every_s": 0.25,
    "regenerate": Regenerate.SAME,
    "text": Flavour.THAI,
    "line_end": "crlf",
    "framing": Framing.LENGTH,
    "persistence": Persistence.CLOSE,
    "ping_every": 2,
    "retry_s": 3.0,
}
"""Another value for everything in a stream."""

every = pytest.mark.parametrize("name", DIALECTS)

WHOLE = {
    "eventsource": request("eventsource", headers={"accept": "application/json"}),
    "anthropic-messages": request("anthropic-messages", stream=False),
    "openai-chat": request("openai-chat", stream=False),
}


def tokens(plan: Plan) -> list[int]:
    """Return the numbers of the tokens that a plan serves."""
    return [number for op in plan.ops if isinstance(op, Write) for number in op.tokens]


@every
def test_the_same_arguments_give_the_same_plan(name: str):
    """Compiling is pure: seed, attempt and request decide everything, chance included."""
    drill = scenario(Stream(tokens=6), (JitterFault(up_to_s=1.0),))
    voice = find_dialect(name)

    def plan(seed: int, attempt: int) -> Plan:
        return compile_plan(drill, voice, seed, attempt, fresh_request(voice), "a")[1]

    assert plan(7, 1) == plan(7, 1)
    assert plan(7, 1) != plan(8, 1)
    assert plan(7, 1) != replace(plan(7, 2), attempt=1)


@every
def test_what_was_kept_of_another_plan_makes_no_difference(name: str):
    """Healthy streams are made once and used again, by plans of the very same stream and of no other."""
    voice = find_dialect(name)
    plain = Stream(tokens=6, every_s=0.5)
    streams = [plain, *(replace(plain, **{key: other}) for key, other in OTHERWISE.items())]
    assert {field.name for field in fields(Stream)} == OTHERWISE.keys()
    fresh = fresh_request(voice)
    page = replace(fresh, headers=(*fresh.headers, ("origin", "http://page.test")))
    requests = [fresh, replace(fresh, http_1_0=True), page]
    drills = [
        replace(scenario(stream, faults), server=Server(("http://page.test",)))
        for stream in streams
        for faults in ((), (JitterFault(up_to_s=1.0),), (StatusFault(code=503),))
    ]
    asked = [(drill, asks, generation) for drill in drills for asks in requests for generation in ("a", "b")]

    def plan(drill: Scenario, asks: Request, generation: str) -> Plan:
        return compile_plan(drill, voice, 0, 1, asks, generation)[1]

    anew = []
    for one in asked:
        KEPT.cache_clear()
        anew.append(plan(*one))
    assert [plan(*one) for one in asked] == anew
    assert [plan(*one) for one in reversed(asked)] == anew[::-1]
    assert KEPT.cache_info().hits > len(asked)


def test_long_streams_are_not_kept():
    """What is kept is bounded: long streams are made anew, and the others are so many at most."""
    KEPT.cache_clear()
    compiled("eventsource", Stream(tokens=KEPT_TOKENS + 1))
    assert KEPT.cache_info().currsize == 0
    for tokens in range(1, KEPT_STREAMS + 5):
        compiled("eventsource", Stream(tokens=tokens))
    assert KEPT.cache_info().currsize == KEPT_STREAMS


@every
def test_every_token_has_its_pause(name: str):
    """The pauses add up to one for each token; a ping stands in the middle of its token's pause."""
    _, plan = compiled(name, Stream(tokens=6, every_s=0.5, ping_every=3))
    assert sum(op.seconds for op in plan.ops if isinstance(op, Wait)) == 3.0
    pings = [i for i, op in enumerate(plan.ops) if isinstance(op, Write) and op.role is Role.PING]
    in_stream = pings[-2:]  # one dialect opens with a ping of its own
    for i, number in zip(in_stream, (3, 6), strict=True):
        before, ping, after, token = plan.ops[i - 1 : i + 3]
        assert (before, after) == (Wait(0.25), Wait(0.25))
        assert isinstance(ping, Write)
        assert isinstance(token, Write)
        assert token.tokens == (number,)


@every
def test_framing_and_persistence_are_the_streams(name: str):
    """How the body ends and what the Connection header says is the scenario's to choose."""
    close = Stream(tokens=2, framing=Framing.LENGTH, persistence=Persistence.CLOSE)
    _, plan = compiled(name, close)
    assert "Connection: close" in head(plan)
    assert "Content-Length: " in head(plan)
    assert plan.ops[-1] == Fin()
    _, plan = compiled(name, close, asked=WHOLE[name])
    assert "Connection: close" in head(plan)
    _, plan = compiled(name, close, asked=replace(request(name), path="/elsewhere"))
    assert "Connection: close" in head(plan)
    _, plan = compiled(name, Stream(tokens=2))
    assert "Transfer-Encoding: chunked\r\nConnection: keep-alive" in head(plan)


@every
def test_a_fault_strikes_at_the_same_token_in_every_dialect(name: str):
    """After token 2 means the same moment everywhere, and the plan says what it serves."""
    _, plan = compiled(name, None, (ResetFault(after_token=2),))
    assert tokens(plan) == [1, 2]
    assert plan.ops[-1] == Reset(fault="reset")
    assert (plan.generation, plan.first_token) == ("a", 1)
    assert plan.faults == plan.breaking == ("reset",)


@every
def test_an_attempt_without_text_serves_no_generation(name: str):
    """An error status, a cut before the first token and a shut door leave the generation for a later attempt."""
    for fault in (StatusFault(code=429), ResetFault(before="first-token"), CloseOnAcceptFault()):
        _, plan = compiled(name, None, (fault,))
        assert plan.faults == (fault.name,)
        assert (plan.generation, plan.first_token) == ("", None)
    assert plan.door == CloseOnAccept(reset=True)


def test_a_resumed_stream_has_passed_the_place_of_the_fault():
    """A reset after token 2 strikes before the first token of a stream that goes on after token 3."""
    asked = request("eventsource", headers={"last-event-id": "a-3"})
    _, plan = compiled("eventsource", None, (ResetFault(after_token=2),), asked=asked)
    assert tokens(plan) == []
    assert plan.ops[-1] == Reset(fault="reset")


def test_faults_without_a_place_in_a_resumed_stream_are_left_out():
    """A stream with no token left has no place after token 2; the other fault still holds."""
    asked = request("eventsource", headers={"last-event-id": "a-5"})
    faults = (ResetFault(after_token=2), DropTerminalFault())
    _, plan = compiled("eventsource", None, faults, asked=asked)
    assert plan.faults == ("drop_terminal",)
    assert "a-end" not in plan.data.decode()


@every
def test_a_whole_answer_is_served_without_the_faults_of_a_stream(name: str):
    """A fallback that asks for the whole answer gets it, whatever would have happened to token 2 of a stream."""
    ask, plan = compiled(name, None, (ResetFault(after_token=2),), asked=WHOLE[name])
    assert ask.kind == "whole"
    assert plan.faults == plan.breaking == ()
    assert " a1. a2. a3. a4. a5." in plan.data.decode()
    assert (plan.generation, plan.first_token, plan.status) == ("a", 1, 200)


@every
def test_a_whole_answer_meets_the_faults_that_fit_it(name: str):
    """A status fault and a place before the headers exist in every answer."""
    _, plan = compiled(name, None, (StatusFault(code=503),), asked=WHOLE[name])
    assert (plan.status, plan.generation, plan.faults) == (503, "", ("status",))
    _, plan = compiled(name, None, (ResetFault(before="headers"),), asked=WHOLE[name])
    assert (plan.data, plan.generation, plan.faults) == (b"", "", ("reset",))


@pytest.mark.parametrize(("cursor", "status"), [("a-end", 204), (None, 404)])
def test_refusals_are_served_without_the_faults_of_a_stream(cursor: str | None, status: int):
    """A finished source and a wrong address are answered as ever."""
    asked = request("eventsource", headers={"last-event-id": cursor or ""})
    asked = asked if cursor else replace(asked, path="/elsewhere")
    _, plan = compiled("eventsource", None, (ResetFault(after_token=2),), asked=asked)
    assert (plan.status, plan.faults) == (status, ())


@every
@pytest.mark.parametrize("change", [{"path": "/v1/models"}, {"method": "HEAD"}, {"method": "OPTIONS"}])
def test_a_request_that_is_not_understood_is_no_attempt(name: str, change: dict[str, str]):
    """It meets not even the faults that fit every answer, and has no attempt's number."""
    faults = StatusFault(code=429, retry_after_s=5.0), ResetFault(before="headers")
    ask, plan = compiled(name, None, faults, asked=replace(request(name), **change))
    assert ask.kind == "unknown"
    assert (plan.attempt, plan.faults, plan.breaking, plan.retry_after_s) == (0, (), (), None)
    assert plan.status in (204, 404, 405)


@every
def test_head_is_told_the_length_and_gets_no_body(name: str):
    """The head is that of the error that another method would get, and nothing follows it."""
    _, plan = compiled(name, asked=replace(request(name), method="HEAD", path="/elsewhere"))
    _, full = compiled(name, asked=replace(request(name), path="/elsewhere"))
    assert plan.data.endswith(b"\r\n\r\n")
    assert head(plan) == head(full)
    assert len(body(full)) > 0
    assert f"Content-Length: {len(body(full))}" in head(plan)


@every
@pytest.mark.parametrize("persistence", Persistence)
@pytest.mark.parametrize("framing", Framing)
def test_http_1_0_is_answered_without_chunks(name: str, framing: Framing, persistence: Persistence):
    """The same events, in a body that ends with its length or the connection, which does not stay."""
    stream = Stream(tokens=3, framing=framing, persistence=persistence)
    _, plan = compiled(name, stream, asked=replace(request(name), http_1_0=True))
    _, newer = compiled(name, stream)
    assert "chunked" not in head(plan)
    assert ("Content-Length" in head(plan)) is (framing is Framing.LENGTH)
    assert head(plan).endswith("Connection: close")
    assert plan.ops[-1] == Fin()
    assert body(plan) == body(newer)


def test_faults_without_a_place_in_http_1_0_are_left_out():
    """There is no chunk size to cut where there are no chunks; the other fault still holds."""
    asked = replace(request("eventsource"), http_1_0=True)
    inside = FinFault(after_token=2, inside=Mark.CHUNK_SIZE)
    faults = inside, DelayFault(after_token=1, for_s=1.0)
    assert compiled("eventsource", None, faults)[1].faults == ("fin", "delay")
    _, plan = compiled("eventsource", None, faults, asked=asked)
    assert plan.faults == ("delay",)
    assert tokens(plan) == [1, 2, 3, 4, 5]
    assert plan.ops[-1] == Fin()


@every
def test_a_page_that_is_let_in_may_ask_for_anything(name: str):
    """OPTIONS allows what is asked for by name, and answers to a page may be read; others say nothing of it."""
    page = Server(origins=("http://page",))
    wish = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,x-drill"}
    asked = replace(request(name, headers={"origin": "http://page", **wish}), method="OPTIONS")
    _, plan = compiled(name, asked=asked, server=page)
    assert (plan.status, body(plan)) == (204, b"")
    lines = head(plan).split("\r\n")
    assert "Access-Control-Allow-Origin: http://page" in lines
    assert "Vary: Origin" in lines
    assert "Access-Control-Allow-Methods: POST" in lines
    assert "Access-Control-Allow-Headers: authorization,x-drill" in lines
    for faults in ((), (StatusFault(code=429),)):
        _, plan = compiled(name, None, faults, asked=request(name, headers={"origin": "http://page"}), server=page)
        assert "Access-Control-Allow-Origin: http://page\r\n" in head(plan)
        assert "Access-Control" not in head(compiled(name, None, faults)[1])


@every
@pytest.mark.parametrize("let_in", [(), ("http://other",)], ids=["nobody", "another"])
def test_a_page_that_is_not_named_is_told_nothing(name: str, let_in: tuple[str, ...]):
    """Its preflight is refused, and no header lets it read an answer; what is no page's is answered as ever."""
    server = Server(origins=let_in)
    page = {"origin": "http://page", "access-control-request-method": "POST"}
    preflight = replace(request(name, headers=page), method="OPTIONS")
    for asked, status in ((preflight, 403), (request(name, headers=page), 200)):
        _, plan = compiled(name, asked=asked, server=server)
        assert plan.status == status
        assert "Access-Control" not in head(plan)
    _, plan = compiled(name, asked=replace(request(name), method="OPTIONS"), server=server)
    assert (plan.status, "Access-Control" in head(plan)) == (204, False)


@every
def test_a_stream_of_no_tokens_is_complete(name: str):
    """Opening and closing alone make a stream."""
    _, plan = compiled(name, Stream(tokens=0))
    assert tokens(plan) == []
    assert [op.role for op in plan.ops if isinstance(op, Write)][-2:] == [Role.TERMINAL, Role.END]


@every
def test_an_impossible_fault_is_not_swallowed_in_a_fresh_stream(name: str):
    """Where the scenario itself is wrong, compiling says so."""
    with pytest.raises(Impossible, match="after_token = 99"):
        compiled(name, None, (ResetFault(after_token=99),))


def test_the_date_of_a_retry_after_comes_from_the_request():
    """The wall clock is a fact of the request, not of this machine."""
    fault = StatusFault(code=429, retry_after_s=10.0, form="date")
    _, plan = compiled("openai-chat", None, (fault,), asked=replace(request("openai-chat"), now_epoch_s=0.0))
    assert "Retry-After: Thu, 01 Jan 1970 00:00:10 GMT" in head(plan)


def test_a_wait_in_the_body_reaches_every_dialects_body():
    """The fault that puts the wait into the body is spoken by the dialect as a number."""
    fault = StatusFault(code=429, retry_after_s=10.0, form="body")
    for name in DIALECTS:
        _, plan = compiled(name, None, (fault,))
        assert '"retry_after":10' in plan.data.decode()


def test_a_refusal_gives_no_text_away():
    """Who asks behind the end of an answer is told so; the text that was next is for somebody else."""
    ask, plan = compiled("eventsource", None, (), asked=request("eventsource", {"last-event-id": "a-end"}))
    assert ask.kind is RequestKind.GONE
    assert (plan.generation, plan.first_token) == ("", None)


@pytest.mark.parametrize("name", DIALECTS)
def test_reading_stops_at_an_error(name: str):
    """What comes behind it is not the answer's, its end neither."""
    faults = (ErrorEventFault(after_token=2, then="continue"), DuplicateEventFault(after_token=1))
    assert compiled(name, None, faults)[1].reads == (1, 1, 2)
    assert compiled(name, None, faults[1:])[1].reads == (1, 1, 2, 3, 4, 5, 0)


def test_a_trial_accepts_what_can_be_played():
    """All attempts in all dialects of a sound scenario compile."""
    drill = scenario(Stream(tokens=5), (ResetFault(after_token=5),), (StatusFault(code=429),), ())
    trial(replace(drill, dialects=tuple(DIALECTS)))


@pytest.mark.parametrize(
    ("faults", "named"),
    [
        ((ResetFault(after_token=6),), r"attempt 2, reset \(openai-chat\): after_token = 6"),
        ((JitterFault(up_to_s=1.0), ResetFault(after_token=6)), "attempt 2, reset "),
        ((ResetFault(after_event=9),), "attempt 2, reset .*after_event = 9"),
        ((ResetFault(after_token=1), CloseOnAcceptFault()), "attempt 2, reset and close_on_accept .*before the req"),
        ((StatusFault(code=429), StatusFault(code=503)), "attempt 2, status and status .*both set the status"),
        ((CleanEndFault(after_token=2), FinFault(after_token=4)), "attempt 2, clean_end and fin .*last token is 2"),
        (
            (MalformedJsonFault(after_token=3), JitterFault(up_to_s=1.0), ResetFault(after_token=2)),
            "attempt 2, malformed_json and reset .*malformed_json can never take effect",
        ),
        (  # the first two need each other
            (FinFault(after_silence_s=2.0), StallFault(after_token=1, for_s=3.0), ResetFault(after_token=6)),
            "attempt 2, reset .*after_token = 6",
        ),
    ],
)
def test_a_trial_names_attempt_fault_and_dialect(faults: tuple[Fault, ...], named: str):
    """What can't be played is told with the place in the scenario that must change."""
    drill = scenario(Stream(tokens=5), (), faults)
    with pytest.raises(Impossible, match=named):
        trial(replace(drill, dialects=("openai-chat",)))


def test_a_trial_tries_every_dialect():
    """A place that only one of the dialects lacks is found."""
    drill = scenario(Stream(tokens=2), (ResetFault(after_event=5),))
    trial(replace(drill, dialects=("anthropic-messages", "openai-chat")))
    with pytest.raises(Impossible, match="eventsource"):
        trial(replace(drill, dialects=("anthropic-messages", "openai-chat", "eventsource")))


@every
def test_long_streams_compile(name: str):
    """A hundred thousand tokens are as many in the plan; `make bench` sees that they take no more time for each."""
    _, plan = compiled(name, Stream(tokens=100_000))
    assert len(tokens(plan)) == 100_000
