"""The status fault, and every way in which it asks a client to wait."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.fault import Impossible
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.plan import Framing, Persistence, Plan, Role, Wait, Write
from ssedrill_faults.wire.reset import ResetFault
from support.voice import plan_of, small_answer

NOW = 1_700_000_000.25


def told(fault: StatusFault, framing: Framing = Framing.CHUNKED) -> tuple[Plan, dict[str, str], Any]:
    """Return the plan, its headers and its body."""
    plan = plan_of(small_answer(2, framing=framing), fault, now_epoch_s=NOW)
    head, body = plan.data.split(b"\r\n\r\n", 1)
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return plan, headers, json.loads(body) if body else None


@pytest.mark.parametrize("framing", list(Framing))
def test_the_answer_is_the_dialects_error_body(framing: Framing) -> None:
    """Status line, one segment of body with its length, and the mark on the head, whatever the stream's framing."""
    plan, headers, body = told(StatusFault(code=529, message="busy"), framing)
    assert plan.data.startswith(b"HTTP/1.1 529 Overloaded\r\n")
    assert body == {"status": 529, "message": "busy", "retry_after": None}
    assert headers == {
        "request-id": "r1",
        "Content-Type": "application/json",
        "Content-Length": str(len(plan.data.split(b"\r\n\r\n", 1)[1])),
        "Connection": "keep-alive",
    }
    assert [(op.role, op.fault) for op in plan.ops if isinstance(op, Write)] == [
        (Role.HEAD, "status"),
        (Role.ERROR, None),
    ]
    assert (plan.status, plan.retry_after_s) == (529, None)


@pytest.mark.parametrize(
    ("settings", "header", "value", "asked_s"),
    [
        ({"retry_after_s": 2.0}, "Retry-After", "2", 2.0),
        ({"retry_after_s": 0.0}, "Retry-After", "0", 0.0),
        ({"retry_after_s": 1e9}, "Retry-After", "1000000000", 1e9),
        ({"retry_after_s": 1.5, "form": "decimal"}, "Retry-After", "1.5", 1.5),
        ({"retry_after_s": 2.0, "form": "decimal"}, "Retry-After", "2.0", 2.0),
        ({"retry_after_s": 0.25, "form": "ms-header"}, "retry-after-ms", "250", 0.25),
        ({"form": "garbage"}, "Retry-After", "soon", None),
    ],
)
def test_a_wait_is_spelled_in_a_header(
    settings: dict[str, Any], header: str, value: str, asked_s: float | None
) -> None:
    """The header has the text, the plan the number of seconds that a right client waits."""
    plan, headers, _ = told(StatusFault(code=429, **settings))
    waits = {key: text for key, text in headers.items() if "retry" in key.lower()}
    assert waits == {header: value}
    assert plan.retry_after_s == asked_s


def test_a_date_is_rounded_up_and_the_plan_knows_by_how_much() -> None:
    """Dates have whole seconds: the plan's wait is what is really left until that second."""
    plan, headers, _ = told(StatusFault(code=503, retry_after_s=2.0, form="date"))
    assert headers["Retry-After"] == "Tue, 14 Nov 2023 22:13:23 GMT"
    assert plan.retry_after_s == 2.75


def test_a_past_date_asks_for_no_wait() -> None:
    """The date is well before the request."""
    plan, headers, _ = told(StatusFault(code=503, form="past-date"))
    assert parsedate_to_datetime(headers["Retry-After"]).timestamp() == int(NOW) - 3600
    assert plan.retry_after_s is None


@pytest.mark.parametrize(("wait_s", "number"), [(2.0, "2"), (1.5, "1.5")])
def test_a_wait_may_stand_in_the_body_alone(wait_s: float, number: str) -> None:
    """The dialect is given the number for its error body; no header tells it."""
    plan, headers, body = told(StatusFault(code=429, retry_after_s=wait_s, form="body"))
    assert body["retry_after"] == number
    assert not [key for key in headers if "retry" in key.lower()]
    assert plan.retry_after_s == wait_s


def test_headers_can_be_added_and_replaced() -> None:
    """A header of the same name, in whatever case, gives way."""
    fault = StatusFault(code=307, headers={"Location": "/elsewhere", "REQUEST-ID": "r2"}, should_retry=False)
    _, headers, _ = told(fault)
    assert (headers["Location"], headers["REQUEST-ID"], headers["x-should-retry"]) == ("/elsewhere", "r2", "false")
    assert "request-id" not in headers


def test_a_given_header_wins_in_any_case() -> None:
    """A scenario that spells content-type itself gets exactly one such header."""
    fault = StatusFault(
        code=502, retry_after_s=1, headers={"content-type": "text/html", "X-Should-Retry": "maybe"}, should_retry=True
    )
    _, headers, _ = told(fault)
    names = [name.lower() for name in headers]
    assert (names.count("content-type"), names.count("x-should-retry")) == (1, 1)
    assert (headers["content-type"], headers["X-Should-Retry"]) == ("text/html", "maybe")


def test_should_retry_can_say_yes() -> None:
    """The header with which a server asks for a retry of what is not retried otherwise."""
    assert told(StatusFault(code=400, should_retry=True))[1]["x-should-retry"] == "true"


def test_no_content_has_neither_body_nor_length() -> None:
    """204 tells an event source to stop; HTTP forbids both."""
    plan, headers, body = told(StatusFault(code=204))
    assert body is None
    assert headers == {"request-id": "r1", "Connection": "keep-alive"}
    assert len(plan.ops) == 1


@pytest.mark.parametrize(
    ("text", "headers", "content_type"),
    [
        ("<html>Bad Gateway</html>", {}, "text/html; charset=utf-8"),
        ("upstream timed out ไทย", {}, "text/plain; charset=utf-8"),
        ("<x/>", {"content-type": "application/xml"}, "application/xml"),
        ("", {}, "text/plain; charset=utf-8"),
    ],
)
def test_a_body_of_ones_own_is_sent_as_it_is(text: str, headers: dict[str, str], content_type: str) -> None:
    """Its bytes, its length and one content type go over the wire in place of the dialect's error body."""
    plan = plan_of(small_answer(), StatusFault(code=502, body=text, headers=headers, retry_after_s=3.0))
    head, _, body = plan.data.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.decode().split("\r\n")]
    assert body == text.encode()
    assert f"content-length: {len(text.encode())}" in lines
    assert [line for line in lines if line.startswith("content-type")] == [f"content-type: {content_type}"]
    assert "retry-after: 3" in lines
    assert plan.retry_after_s == 3.0
    assert all(op.data for op in plan.ops if isinstance(op, Write))


@pytest.mark.parametrize(
    ("body", "wait_s"),
    [
        ('{"error": {}, "retry_after": 3}', 3.0),
        ('{"error": {"retry_after": "1.5s"}}', 1.5),
        ('{"error": {"retry_after": 2}, "retry_after": 3}', 3.0),
        ('{"error": {"retry_after": 3}, "retry_after": 2}', 3.0),
        ('{"error": {"details": ["x", 3]}, "retry_after": [3]}', None),
        ('[{"error": {"details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "26.2s"}]}}]', 26.2),
        ('{"error": {"details": [{"@type": "x/google.rpc.QuotaFailure", "retryDelay": "26.2s"}]}}', None),
        ('{"error": {"retry_after": "soon"}, "retry_after": true}', None),
        ('{"error": {"retry_after": -1}, "details": 3}', None),
        ('[{"error": {"details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": 26}]}}]', 26.0),
        ('{"error": {"details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "4.837906927s"}]}}', 4.837906927),
        ('{"details": [{"@type": "google.rpc.RetryInfo", "retryDelay": {"seconds": "3", "nanos": 500000000}}]}', 3.5),
        ('{"details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": {"seconds": "x"}}]}', None),
        ('{"details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": {}}]}', None),
        ('{"error": {"message": "Quota exceeded. Please retry in 26.66s."}}', 26.66),
        ('{"error": {"message": "Please try again in 2m30s.", "retry_after": 4}}', 4.0),
        ("Rate limit reached. Please try again in 6m0s.", 360.0),
        ("<p>Please wait 20 seconds, or retry after 1 hour 2 min</p>", 3720.0),
        ("Try again in 500ms", 0.5),
        ("try again in 3 moons", None),
        ("it failed 20 seconds ago, retry 3 of 5", None),
        ("retry_after: 3", None),
        ("3", None),
        ("", None),
    ],
)
def test_a_wait_in_a_body_of_ones_own_is_asked_for(body: str, wait_s: float | None) -> None:
    """Where gateways and Google's services put it, or in plain words, if there is a wait in it."""
    assert plan_of(small_answer(), StatusFault(code=429, body=body)).retry_after_s == wait_s


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("3", 3.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("9999999", 9999999.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 6.0),
        ("Thu, 01 Jan 1970 00:00:01 GMT", None),
        ("Thu, 99 Jan 1970 00:00:10 GMT", None),
        ("soon", None),
        ("nan", None),
        ("-1", None),
        ("1e3", None),
        ("", None),
    ],
)
def test_a_retry_after_of_any_text(text: str, wait_s: float | None) -> None:
    """It is sent as it is, and asks for what a reader of HTTP finds in it at that moment."""
    plan = plan_of(small_answer(), StatusFault(code=429, retry_after_text=text), now_epoch_s=4.0)
    assert f"\r\nRetry-After: {text}\r\n".encode() in plan.data
    assert plan.retry_after_s == wait_s


def test_a_message_may_ask_for_a_wait() -> None:
    """In the dialect's own body."""
    asked = StatusFault(code=429, message="Please try again in 7s.")
    assert plan_of(small_answer(), asked).retry_after_s == 7.0


def test_a_header_outranks_the_body() -> None:
    """The wait that is asked for is the one that is given."""
    asked = StatusFault(code=429, body='{"retry_after": 9}', retry_after_s=2.0)
    assert plan_of(small_answer(), asked).retry_after_s == 2.0


def test_no_content_may_say_that_its_body_is_empty() -> None:
    """An empty body changes nothing for a status that has none."""
    assert plan_of(small_answer(), StatusFault(code=204, body="")) == plan_of(small_answer(), StatusFault(code=204))


def test_the_connection_header_stays_as_planned() -> None:
    """With `Connection: close` the error is followed by a FIN."""
    plan = plan_of(small_answer(persistence=Persistence.CLOSE), StatusFault(code=500))
    assert b"Connection: close\r\n" in plan.data
    assert type(plan.ops[-1]).__name__ == "Fin"


def test_an_error_body_can_be_cut() -> None:
    """A reset inside the error body goes together with the status."""
    plan = plan_of(small_answer(), StatusFault(code=500), ResetFault(after="headers"))
    assert plan.breaking == ("status", "reset")
    assert plan.data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"code": 99}, "99 is no final HTTP status"),
        ({"code": 600}, "600 is no final HTTP status"),
        ({"code": 429, "form": "date"}, "needs a retry_after_s"),
        ({"code": 429, "form": "garbage", "retry_after_s": 1.0}, "leave it out"),
        ({"code": 429, "form": "past-date", "retry_after_s": 1.0}, "leave it out"),
        ({"code": 429, "retry_after_s": 1.5}, "use form = decimal"),
        ({"code": 429, "retry_after_s": -1.0}, "use form = past-date"),
        ({"code": 429, "retry_after_s": float("inf")}, "from zero up"),
        ({"code": 429, "headers": {"X Y": "z"}}, "header"),
        ({"code": 429, "headers": {"X": "a\r\nb"}}, "header"),
        ({"code": 429, "headers": {"X": "ไทย"}}, "header"),
        ({"code": 429, "headers": {"content-length": "3"}}, "header"),
        ({"code": 429, "headers": {"Retry-After": "5"}}, "can't set Retry-After: use retry_after_s"),
        ({"code": 429, "headers": {"RETRY-AFTER-MS": "5"}}, "can't set RETRY-AFTER-MS: use retry_after_s"),
        ({"code": 502, "body": "x", "message": "y"}, "message means nothing: leave it out"),
        ({"code": 502, "body": "", "message": "y"}, "message means nothing: leave it out"),
        ({"code": 429, "body": "x", "form": "body", "retry_after_s": 1.0}, "choose one"),
        ({"code": 204, "body": "x"}, "can't be sent with code 204"),
    ],
)
def test_settings_that_make_no_sense_say_so(settings: dict[str, Any], why: str) -> None:
    """Each with what would be right."""
    with pytest.raises(ValueError, match=why):
        StatusFault(**settings)


def test_two_statuses_contradict_each_other() -> None:
    """An answer has one status."""
    with pytest.raises(Impossible, match="both set the status"):
        plan_of(small_answer(), StatusFault(code=500), StatusFault(code=503))


def test_there_is_no_token_in_an_error_body() -> None:
    """A position by token is refused, in words."""
    with pytest.raises(Impossible, match="no token 1"):
        plan_of(small_answer(), StatusFault(code=500), CleanEndFault(after_token=1))
    assert not [op for op in plan_of(small_answer(), StatusFault(code=500)).ops if isinstance(op, Wait)]


STREAMS = (
    "data: {}\n\n",
    "\ufeffid: a-1\ndata: {}\n\n",
    "\n\nevent: end\n\n",
    "junk\r\rretry:1\r\r",
    ": ping\r\n\r\n",
    "<p>\ndata:x\n",
    "\n\n: ping\n\n",
)
NO_STREAMS = ("", "data", " data: x", '{\n"data": 1}', "<style>\n:root {}\n</style>", "the id: 5", "Data: x")


@pytest.mark.parametrize("body", STREAMS)
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "text/event-stream"}])
@pytest.mark.parametrize("code", [200, 201])
def test_a_stream_is_not_hidden_in_a_body(code: int, headers: dict[str, str], body: str) -> None:
    """What a reader would take for events is refused, whatever the headers say; the message names what to use."""
    with pytest.raises(ValueError, match=r"^body with .* hides an event stream.*malformed_json.*insert_event"):
        StatusFault(code=code, headers=headers, body=body)


@pytest.mark.parametrize(("code", "body"), [*((200, body) for body in NO_STREAMS), (503, STREAMS[0])])
def test_what_is_no_stream_may_be_a_body(code: int, body: str) -> None:
    """Pages, JSON and words may come with 200, and a refusal may say what it likes."""
    assert StatusFault(code=code, body=body).body == body
