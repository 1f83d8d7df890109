"""The reference client recovers where it can, and says by name where it can't."""

import json

import pytest

from ssedrill.clock.virtual.virtual_clock import VirtualClock
from ssedrill.drivers.in_process.in_process import InProcess
from support.tinyserver import TEXT, WORDS, Reply, chunk, cut, drive, events, head, healthy, refused

REFERENCE = InProcess("ssedrill.clients.reference.client:reference")
DIALECTS = ("eventsource", "anthropic-messages", "openai-chat")
CHATS = DIALECTS[1:]


def rest(dialect, after):
    """Return a healthy stream of the words that come after so many."""
    return Reply(head() + chunk(events(dialect, WORDS[after:], first=after + 1)) + chunk(b""))


def run(dialect, *replies, **settings):
    """Run the reference against these replies, in virtual time."""
    return drive(REFERENCE, dialect, replies, clock=VirtualClock(), **settings)


@pytest.mark.parametrize("then", ["reset", "fin", "hang"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_goes_on_where_it_was_cut(dialect, then):
    """After a drop in mid-stream the rest is asked for, and each word is shown once."""
    told = run(dialect, cut(dialect, 3, then), rest(dialect, 3), patience_s=0.5)
    assert (told.kinds, told.text) == (["retry", "done"], TEXT)
    _, headers, body = told.asked[1]
    if dialect == "eventsource":
        assert headers["last-event-id"] == "a-3"
    else:
        assert json.loads(body)["messages"][1] == {"role": "assistant", "content": "".join(WORDS[:3])}


@pytest.mark.parametrize("damage", [b'data: {"a":\n\n', b"data: {}{}\n\n", b"data: [1]\n\n"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_damaged_event_is_a_drop(dialect, damage):
    """An event that can't be understood ends the attempt after the last good word."""
    broken = Reply(head() + chunk(events(dialect, WORDS[:3], end=False) + damage + b"data: never seen\n\n"))
    told = run(dialect, broken, rest(dialect, 3))
    assert (told.kinds, told.text) == (["retry", "done"], TEXT)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_complete_at_the_terminal_event(dialect):
    """An answer whose body never ends is complete when the terminal event is there."""
    told = run(dialect, Reply(head() + chunk(events(dialect)), "hang"), patience_s=3.0)
    assert (told.kinds, told.text) == (["done"], TEXT)
    assert told.seconds < 2.0


@pytest.mark.parametrize("dialect", DIALECTS)
def test_end_of_body_is_no_end_of_answer(dialect):
    """A body that ends in an orderly way before the answer does is a drop."""
    early = Reply(head() + chunk(events(dialect, WORDS[:3], end=False)) + chunk(b""))
    told = run(dialect, early, rest(dialect, 3))
    assert (told.kinds, told.text) == (["retry", "done"], TEXT)


def test_keepalives_alone_are_not_enough():
    """A connection that brings nothing but comments is given up, but later than one that is silent."""
    pings = Reply(head() + chunk(events("eventsource", WORDS[:3], end=False)), "ping")
    told = run("eventsource", pings, rest("eventsource", 3), patience_s=0.4)
    assert (told.kinds, told.text) == (["retry", "done"], TEXT)
    (retry,) = (entry for entry in told.journal.entries if entry.kind == "retry")
    assert retry.text.startswith("NoContent")
    assert retry.t >= 1.0


def test_same_id_is_shown_once():
    """An event that the server repeats, on the same connection or the next, is dropped."""
    twice = events("eventsource", WORDS[:3], end=False) + events("eventsource", WORDS[2:3], first=3, end=False)
    told = run("eventsource", Reply(head() + chunk(twice), "fin"), rest("eventsource", 2))
    assert (told.kinds, told.text) == (["retry", "done"], TEXT)


def test_events_without_ids_begin_anew():
    """An event source that gives no ids can't be resumed: the old text is withdrawn first."""
    bare = b"".join(b"data: " + json.dumps({"text": word}).encode() + b"\n\n" for word in ("x", "y"))
    whole = bare + b"event: end\ndata: {}\n\n"
    told = run("eventsource", Reply(head() + chunk(bare), "fin"), Reply(head() + chunk(whole) + chunk(b"")))
    assert told.kinds == ["retry", "restart", "done"]
    assert [entry.text for entry in told.journal.entries if entry.kind == "text"] == ["xy", "xy"]


def test_what_was_taken_back_is_not_gone_on_with():
    """Behind a hole in another answer the next is asked for from its beginning, with the ids that it had before."""

    def numbered(generation, numbers):
        return b"".join(b'id: %b-%d\ndata: {"token":%d,"text":"%d"}\n\n' % (generation, n, n, n) for n in numbers)

    end = b"id: a-end\nevent: end\ndata: {}\n\n"
    parts = (numbered(b"a", (1, 2, 3, 4)), numbered(b"b", (3,)), numbered(b"a", (1, 2, 3, 4)) + end)
    told = run("eventsource", *(Reply(head() + chunk(part), "fin") for part in parts))
    assert told.kinds == ["retry", "restart", "retry", "done"]
    assert [asked[1].get("last-event-id") for asked in told.asked] == [None, "a-4", None]
    assert [entry.text for entry in told.journal.entries if entry.kind == "text"] == ["1234", "1234"]


@pytest.mark.parametrize("then", ["fin", "hang"])
def test_a_wait_in_the_head_holds_though_the_body_does_not_come(then):
    """What the head says is known, whatever becomes of the rest."""
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 100\r\n\r\n{"
    told = run("openai-chat", Reply(busy, then), healthy("openai-chat"), patience_s=0.5)
    assert told.kinds == ["retry", "done"]
    assert told.seconds >= 3.0


def test_an_error_in_plain_words_may_ask_for_a_wait():
    """As one in JSON does."""
    words = b"event: error\ndata: Please try again in 2s\n\n"
    told = run("eventsource", Reply(head() + chunk(words) + chunk(b"")), healthy("eventsource"))
    assert told.kinds == ["retry", "done"]
    assert told.seconds >= 2.0


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "422 Nope"])
def test_hopeless_is_not_retried(status):
    """A request that the server calls wrong is not made again."""
    told = run("openai-chat", refused(status))
    assert told.error[0] == "RequestRefused"
    assert len(told.asked) == 1


def test_hopeless_error_event_is_not_retried():
    """The same inside a stream."""
    event = b'event: error\ndata: {"type":"error","error":{"type":"authentication_error","message":"no"}}\n\n'
    told = run("anthropic-messages", Reply(head() + chunk(event)))
    assert told.error == ("RequestRefused", "authentication_error: no")
    assert len(told.asked) == 1


@pytest.mark.parametrize("dialect", CHATS)
def test_asks_without_streaming_in_the_end(dialect, monkeypatch):
    """When streaming fails again and again, the rest is asked for whole."""
    monkeypatch.setattr("ssedrill.clients.reference.backoff.CAP_S", 0.05)
    monkeypatch.setattr("ssedrill.clients.reference.backoff.FLOOR_S", 0.01)
    text = "".join(WORDS[3:])
    whole = {
        "anthropic-messages": {"content": [{"type": "text", "text": text}]},
        "openai-chat": {"choices": [{"message": {"content": text}}]},
    }[dialect]
    answer = Reply(head(kind="application/json") + chunk(json.dumps(whole).encode()) + chunk(b""))
    told = run(dialect, cut(dialect, 3, "fin"), *[cut(dialect, 0, "fin")] * 5, answer, deadline_s=60)
    assert (told.kinds[-1], told.text) == ("done", TEXT)
    assert json.loads(told.asked[-1][2])["stream"] is False


def test_gives_up_before_the_deadline():
    """It reports in time that it has not made it, rather than to be stopped."""
    told = run("openai-chat", cut("openai-chat", 0, "fin"), deadline_s=2.0)
    assert told.error[0] == "OutOfTime"
    assert not told.journal.stopped


def test_wait_beyond_reason_is_named():
    """A wait that nobody has time for is the application's to decide."""
    told = run("openai-chat", refused("429 Too Many Requests", Retry_After="86400"))
    assert told.error[0] == "WaitTooLong"
    assert told.seconds < 1.0


def test_answer_at_the_models_limit_is_not_complete():
    """A model that stopped for want of tokens has not finished its answer."""
    body = b'data: {"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}\n\ndata: [DONE]\n\n'
    told = run("openai-chat", Reply(head() + chunk(body) + chunk(b"")))
    assert told.error[0] == "AnswerCutShort"


def openai_stream(content, reason):
    """Return a chat stream of one piece of text, perhaps an empty one, that stops for this reason."""
    first = {"choices": [{"delta": {"role": "assistant", "content": content}, "finish_reason": None}]}
    last = {"choices": [{"delta": {}, "finish_reason": reason}]}
    blocks = (f"data: {data}\n\n" for data in (json.dumps(first), json.dumps(last), "[DONE]"))
    return Reply(head() + chunk("".join(blocks).encode()) + chunk(b""))


@pytest.mark.parametrize("content", ["", "x"])
@pytest.mark.parametrize("reason", ["tool_call_rejected", "refusal", "", "STOP"])
def test_a_stop_that_is_no_normal_end_is_never_complete(content, reason):
    """An unheard-of finish reason is raised by name, with text before it and without."""
    told = run("openai-chat", openai_stream(content, reason))
    name, message = told.error
    assert name == "StoppedOtherwise"
    assert reason in message
    assert "done" not in told.kinds


@pytest.mark.parametrize("reason", ["stop", "tool_calls", "function_call"])
def test_a_normal_end_without_any_text_is_no_answer(reason):
    """A stream in good order that brought nothing is raised; with one word it is complete."""
    assert run("openai-chat", openai_stream("", reason)).error[0] == "EmptyAnswer"
    assert run("openai-chat", openai_stream("x", reason)).kinds == ["done"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_terminal_event_without_any_text_is_no_answer(dialect):
    """Whatever the dialect, the end of an answer in which nothing was said is raised and not asked again."""
    told = run(dialect, Reply(head() + chunk(events(dialect, [])) + chunk(b"")))
    assert told.error[0] == "EmptyAnswer"
    assert len(told.asked) == 1


def test_a_stop_without_text_and_a_drop_behind_it_is_no_answer():
    """The end of the connection after a stop is forgiven only if there was an answer."""
    data = json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    told = run("openai-chat", Reply(head() + chunk(f"data: {data}\n\n".encode()), "reset"))
    assert told.error[0] == "EmptyAnswer"


def test_second_message_in_a_stream_is_somebody_elses():
    """Another message's start in mid-stream is never spliced into this answer."""
    other = events("anthropic-messages", [" other"]).replace(b"msg_1", b"msg_2")
    mixed = Reply(head() + chunk(events("anthropic-messages", WORDS[:3], end=False) + other) + chunk(b""))
    told = run("anthropic-messages", mixed, rest("anthropic-messages", 3))
    assert told.text == TEXT


def test_unknown_dialect_is_unsupported():
    """A dialect that it has not learnt is answered as such."""
    assert run("morse", healthy("eventsource")).kinds == ["unsupported"]
