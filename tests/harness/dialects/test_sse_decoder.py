"""The event stream decoder: every case whole, byte by byte, and with trailing bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.dialects.sse_decoder import SseDecoder, SseEvent

CASES = {
    "lf": (b"data: a\n\n", [SseEvent("message", "a")]),
    "crlf": (b"data: a\r\n\r\n", [SseEvent("message", "a")]),
    "cr": (b"data: a\r\rdata: b\r\r", [SseEvent("message", "a"), SseEvent("message", "b")]),
    "mixed": (b"data: a\r\ndata: b\n\rdata: c\r\n\n", [SseEvent("message", "a\nb"), SseEvent("message", "c")]),
    "bom": (b"\xef\xbb\xbfdata: a\n\n", [SseEvent("message", "a")]),
    "second-bom": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [SseEvent("message", "b")]),
    "no-space": (b"data:a\ndata:  b\n\n", [SseEvent("message", "a\n b")]),
    "type": (b"event: end\ndata\n\n", [SseEvent("end", "")]),
    "no-data": (b"event: x\n\ndata: a\n\n", [SseEvent("message", "a")]),
    "comment": (b": ping\n\ndata: a\n: b\n\n", [SseEvent("message", "a")]),
    "id": (b"id: 7\ndata: a\n\ndata: b\n\n", [SseEvent("message", "a", "7"), SseEvent("message", "b")]),
    "nul-id": (b"id: 7\0\ndata: a\n\n", [SseEvent("message", "a")]),
    "not-line-ends": (
        "data: a\u2028b\u0085c\x0bd\x0ce\n\n".encode(),
        [SseEvent("message", "a\u2028b\u0085c\x0bd\x0ce")],
    ),
    "thai-emoji": ("data: ก👩‍🚒\n\n".encode(), [SseEvent("message", "ก👩‍🚒")]),
    "broken-utf8": (b"data: \xe0\xb8\n\n", [SseEvent("message", "\ufffd")]),
    "unknown-field": (b"foo: a\ndata: b\n\n", [SseEvent("message", "b")]),
}


@pytest.mark.parametrize("trailing", [b"", b"data: unfinished", b"data: unfinished\n", b"id: 9\n"])
@pytest.mark.parametrize("step", [1, 2, 3, 10_000])
@pytest.mark.parametrize(("stream", "expected"), CASES.values(), ids=CASES)
def test_events(stream, expected, step, trailing):
    """Events come out the same however the bytes are cut, and what is unfinished does not."""
    decoder, data = SseDecoder(), stream + trailing
    assert [e for i in range(0, len(data), step) for e in decoder.feed(data[i : i + step])] == expected


@given(
    st.binary(max_size=200).map(lambda data: data.replace(b"q", b"\ndata: ").replace(b"z", b"\r\n\r\n")), st.data()
)
def test_any_cut_gives_the_same(stream, data):
    """For any bytes and any cut the events are those of the whole."""
    at = data.draw(st.integers(0, len(stream)))
    whole, cut = SseDecoder(), SseDecoder()
    assert cut.feed(stream[:at]) + cut.feed(stream[at:]) == whole.feed(stream)
    assert cut.last_id == whole.last_id


def test_cr_ends_a_line_at_once():
    """An event that ends in CR is there before the LF that may belong to it, and that LF ends nothing more."""
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\r") == [SseEvent("message", "a")]
    assert decoder.feed(b"\ndata: b\n") == []
    assert decoder.feed(b"\n") == [SseEvent("message", "b")]


def test_last_id_outlives_its_event():
    """The id to resume from stays until another comes, and only what was dispatched counts."""
    decoder = SseDecoder()
    decoder.feed(b"id: 7\ndata: a\n\ndata: b\n\nid: 8\ndata: c\n")
    assert decoder.last_id == "7"
    decoder.feed(b"\nid\ndata: d\n\n")
    assert decoder.last_id == ""


@pytest.mark.parametrize(("field", "seconds"), [(b"retry: 1500", 1.5), (b"retry: 1.5", None), (b"retry: -1", None)])
def test_retry_is_digits_only(field, seconds):
    """A stream's wish for the reconnection time counts when it consists of digits."""
    decoder = SseDecoder()
    decoder.feed(field + b"\n\n")
    assert decoder.reconnect_s == seconds
