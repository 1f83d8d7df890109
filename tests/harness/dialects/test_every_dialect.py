"""What holds in every dialect."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ssedrill.dialects import DIALECTS, UnknownDialect, find_dialect
from ssedrill.dialects.exchange import Request, Resumption
from ssedrill.dialects.sse import wait_value
from ssedrill.model.scenario import Flavour, Stream
from ssedrill.model.tokens import token_text
from ssedrill_faults.plan import Role, Write
from support.answers import Event, body, compiled, decoded, events, head, received, request

every = pytest.mark.parametrize("name", DIALECTS)


def text_of(event: Event) -> str:
    """Return the text that an event adds to the answer, in whatever dialect it is."""
    if event.data == "[DONE]":
        return ""
    data = json.loads(event.data)
    if "choices" in data:
        return "".join(choice["delta"].get("content", "") for choice in data["choices"])
    if "delta" in data:
        return data["delta"].get("text", "")
    return data.get("text", "")


@every
@pytest.mark.parametrize("line_end", ["lf", "crlf"])
@pytest.mark.parametrize("flavour", Flavour)
def test_a_stream_says_its_text(name: str, line_end: str, flavour: Flavour):
    """Decoded whole, byte by byte and with more bytes after it, a stream gives all its tokens in order."""
    stream = Stream(tokens=25, text=flavour, line_end=line_end, ping_every=4, retry_s=2.0)
    _, plan = compiled(name, stream)
    data = body(plan)
    whole = list(decoded([data]))
    assert "".join(map(text_of, whole)) == "".join(token_text("a", n, flavour) for n in range(1, 26))
    assert list(decoded(bytes([byte]) for byte in data)) == whole
    assert list(decoded([data, b"data: unfinished"])) == whole


@every
def test_line_ends_are_all_of_one_kind(name: str):
    """A CRLF stream has no bare LF and an LF stream no CR; but for that they say the same."""
    lf = body(compiled(name, Stream(tokens=5, retry_s=1.0, ping_every=2))[1])
    crlf = body(compiled(name, Stream(tokens=5, retry_s=1.0, ping_every=2, line_end="crlf"))[1])
    assert b"\r" not in lf
    assert crlf.replace(b"\r\n", b"") == lf.replace(b"\n", b"")
    assert crlf.count(b"\n") == crlf.count(b"\r\n") == lf.count(b"\n")


@every
@pytest.mark.parametrize("line_end", ["lf", "crlf"])
def test_each_frame_is_one_block(name: str, line_end: str):
    """Every segment of a stream ends with an empty line and has none inside, errors and pings too."""
    voice = find_dialect(name).writer(line_end)
    end = voice.line_end.encode()
    _, plan = compiled(name, Stream(tokens=3, line_end=line_end, ping_every=2, retry_s=1.0))
    blocks = [op.content for op in plan.ops if isinstance(op, Write)][1:-1]
    blocks += [voice.ping_frame().data, voice.error_frame("overloaded", "two\n\nlines").data]
    assert all(data.endswith(end + end) and data.count(end + end) == 1 for data in blocks)


@every
def test_roles_follow_the_stream(name: str):
    """Opening, tokens, closing: the last frame is the terminal one, and the only one of its kind."""
    _, plan = compiled(name, Stream(tokens=3))
    writes = [op for op in plan.ops if isinstance(op, Write)][1:-1]
    roles = [op.role for op in writes]
    assert roles.count(Role.TERMINAL) == 1
    assert roles[-1] is Role.TERMINAL
    assert [op.tokens for op in writes if op.role is Role.DELTA] == [(1,), (2,), (3,)]
    assert not any(op.tokens for op in writes if op.role is not Role.DELTA)


@every
def test_a_writer_with_other_line_ends_is_another_value(name: str):
    """Dialects and their writers are values: equal by their settings, and named like their place in the table."""
    spoken = find_dialect(name)
    assert spoken.writer() == spoken.writer("lf") != spoken.writer("crlf")
    assert spoken.name == name
    assert hash(spoken) == hash(find_dialect(name))
    assert hash(spoken.writer()) == hash(spoken.writer())


def test_an_unknown_dialect_is_refused_with_the_names():
    """The error tells which dialects there are."""
    with pytest.raises(UnknownDialect, match=r"no dialect 'morse'.*eventsource, anthropic-messages, openai-chat"):
        find_dialect("morse")


@every
@pytest.mark.parametrize(
    ("broken", "status"),
    [
        ({"path": "/elsewhere"}, 404),
        ({"method": "DELETE"}, 405),
    ],
)
def test_a_wrong_address_is_answered_with_an_error(name: str, broken: dict[str, str], status: int):
    """A request for something else gets an error in the dialect's own form, and no stream."""
    ask, plan = compiled(name, asked=replace(request(name), **broken))
    assert ask.kind == "unknown"
    assert plan.status == status
    assert plan.generation == ""
    assert "Content-Type: application/json" in head(plan)
    assert next(iter(broken.values())) in json.loads(body(plan))["error"]["message"]


@pytest.mark.parametrize("name", ["anthropic-messages", "openai-chat"])
@pytest.mark.parametrize("data", [b"", b"\xff", b"{", b"[]", b'"x"', b"[" * 100_000, b"1" * 5000])
def test_a_body_that_is_no_json_object_is_a_bad_request(name: str, data: bytes):
    """Whatever a client sends, the dialect answers."""
    ask, plan = compiled(name, asked=replace(request(name), body=data))
    assert (ask.kind, plan.status) == ("unknown", 400)
    assert "JSON" in json.loads(body(plan))["error"]["message"]


@pytest.mark.parametrize("name", ["anthropic-messages", "openai-chat"])
@pytest.mark.parametrize(
    "messages",
    [None, 5, [], ["x"], [{}], [{"role": "assistant"}], [{"role": "assistant", "content": [None, {"text": 5}]}]],
)
def test_odd_messages_ask_for_a_new_stream(name: str, messages: object):
    """Messages of an unexpected form hold no partial answer."""
    ask, _ = compiled(name, asked=request(name, messages=messages))
    assert ask.kind == "stream"


PARTIAL = " b1. b2. b3. b"

HANDED_BACK = {
    "prefill": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": PARTIAL}],
    "blocks": [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": [{"type": "text", "text": " b1. b2"}, {"type": "text", "text": ". b3."}]},
    ],
    "continue message": [
        {"role": "user", "content": "Go."},
        {"role": "assistant", "content": PARTIAL.strip()},
        {"role": "user", "content": "Go on from v2. on."},
    ],
    "quoted": [
        {"role": "user", "content": "Go."},
        {"role": "user", "content": f"You stopped after '{PARTIAL}' - go on from there."},
    ],
    "second drop": [
        {"role": "assistant", "content": " a1. a2."},
        {"role": "user", "content": "Go on."},
        {"role": "assistant", "content": " b3."},
    ],
}


@pytest.mark.parametrize("name", ["anthropic-messages", "openai-chat"])
@pytest.mark.parametrize("how", HANDED_BACK)
def test_a_partial_answer_is_continued(name: str, how: str):
    """A request that hands the partial answer back gets the rest of that generation, streaming or whole."""
    ask, plan = compiled(name, asked=request(name, messages=HANDED_BACK[how]))
    assert (ask.kind, ask.generation, ask.after_token) == ("continue", "b", 3)
    assert "".join(map(text_of, events(plan))) == " b4. b5."
    assert (plan.generation, plan.first_token) == ("b", 4)
    ask, plan = compiled(name, asked=request(name, messages=HANDED_BACK[how], stream=False))
    assert (ask.kind, plan.generation, plan.first_token) == ("whole", "b", 4)
    assert " b4. b5." in body(plan).decode()
    assert " b3." not in body(plan).decode()


@pytest.mark.parametrize("name", ["anthropic-messages", "openai-chat"])
def test_a_users_own_words_are_no_partial_answer(name: str):
    """A version number in a prompt does not look like a token."""
    ask, _ = compiled(name, asked=request(name, messages=[{"role": "user", "content": "Explain h2. Use v3."}]))
    assert ask.kind == "stream"


@every
@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 500, 502, 503, 504, 529])
def test_error_bodies_are_json_with_a_message(name: str, status: int):
    """Each status has an error body of the dialect's form, and no wait in it unless one is asked for."""
    error = json.loads(find_dialect(name).writer().error_body(status, "no\nway \u2028", None))
    assert error["error"]["message"] == "no\nway \u2028"
    assert error["error"]["type"]
    assert "retry_after" not in json.dumps(error)


@every
@pytest.mark.parametrize(("asked", "value"), [("30", 30), ("1.5", 1.5), ("30s", 30), ("soon", "soon")])
def test_a_wait_in_the_body_is_a_number_where_it_is_one(name: str, asked: str, value: object):
    """A client finds the wait beside the error, as a number or in the words that were asked for."""
    error = json.loads(find_dialect(name).writer().error_body(429, "slow down", asked))
    assert error["retry_after"] == value


@pytest.mark.parametrize("words", ["nan", "inf", "1e400", "9" * 5000, "", "٣", "0x10", " 5"])
def test_waits_that_json_cannot_hold_stay_words(words: str):
    """What is no plain number is handed on as it is."""
    assert wait_value(words) == words


@every
def test_the_healthy_request_is_understood(name: str):
    """The request that a healthy client sends first asks for a new stream."""
    ask, plan = compiled(name)
    assert ask.kind == "stream"
    assert plan.status == 200
    assert "Content-Type: text/event-stream" in head(plan)
    assert (plan.generation, plan.first_token) == ("a", 1)


def test_the_first_header_of_a_name_counts():
    """Requests give a header by its lower-case name, and None where it is missing."""
    asked = Request("GET", "/", (("x", "1"), ("x", "2")))
    assert asked.header("x") == "1"
    assert asked.header("y") is None


def understood(name: str, **wishes: Any) -> tuple[str, str, int]:
    """Return what a server makes of the request that a client of this dialect makes: kind, generation, token."""
    ask = find_dialect(name).ask
    found = ask.understand(received(ask.make_request(ask.url(""), "key", "Count.", **wishes)))
    return found.kind, found.generation, found.after_token


@every
@pytest.mark.parametrize(("stream", "kind"), [(True, "stream"), (False, "whole")])
def test_a_request_is_understood_as_it_was_meant(name: str, stream: bool, kind: str):
    """What a client asks for is what a server understands: a new answer, or the rest of one."""
    rest = {
        Resumption.CURSOR: {"last_event_id": "b-3", "partial": " c1. c2."},
        Resumption.CONTINUATION: {"partial": " b1. b2. b3.", "last_event_id": "c-2"},
    }[find_dialect(name).resumption]
    assert understood(name, stream=stream) == (kind, "", 0)
    found = understood(name, stream=stream, **rest)
    assert found[1:] == ("b", 3)
    assert found[0] in (("resume", "continue") if stream else ("whole",))


@every
def test_the_key_is_in_the_headers_if_there_is_an_sdk(name: str):
    """A dialect that tells SDKs of a key sends it; one without SDKs has no use for it."""
    ask = find_dialect(name).ask
    sent = " ".join(ask.make_request("http://h:1", "sk-1", "Count.").headers.values())
    assert ("sk-1" in sent) == ("sk-1" in ask.environment("http://h:1", "sk-1").values())


@every
def test_urls_are_what_clients_take(name: str):
    """A client adds to its base URL what makes the path of the healthy request."""
    ask = find_dialect(name).ask
    base = ask.url("http://h:1")
    added = {"eventsource": "", "anthropic-messages": "/v1/messages", "openai-chat": "/chat/completions"}[name]
    assert base + added == "http://h:1" + request(name).path == ask.make_request(base, "key", "Count.").url
