"""Our own reader, which the reference client uses, makes of every case what the web platform tests say."""

from __future__ import annotations

import base64

import pytest

from ssedrill.dialects.sse_decoder import SseDecoder
from support.wpt import CASES, event_of

KINDS = ("parse", "reconnect", "retry-timing")
READABLE = [case for case in CASES if case.answer(1)["body_b64"] and case.kind in KINDS]
IDS = [str(case.number) for case in READABLE]


def stream(case) -> bytes:
    """Return what the first connection says."""
    return base64.b64decode(case.answer(1)["body_b64"])


def read(case) -> tuple[SseDecoder, list[tuple[str, str, str]]]:
    """Read the first connection byte by byte; return the decoder, and the events with the last id at their time."""
    decoder, found = SseDecoder(), []
    for byte in stream(case):
        found += [(event.type, event.data, decoder.last_id or "") for event in decoder.feed(bytes([byte]))]
    return decoder, found


def test_every_parse_case_is_read():
    """None of the cases that are about reading is left out."""
    assert sum(case.kind == "parse" for case in READABLE) == 18


@pytest.mark.parametrize("case", READABLE, ids=IDS)
def test_events(case):
    """Type, data and last id of every event of the first connection are those of the standard."""
    _, found = read(case)
    assert found == [event_of(event) for event in case.expect["events_first_connection"]]


@pytest.mark.parametrize("case", READABLE, ids=IDS)
def test_at_once(case):
    """The same events come of the whole stream at once."""
    whole = SseDecoder()
    events = whole.feed(stream(case))
    decoder, found = read(case)
    assert [(event.type, event.data) for event in events] == [(type_, data) for type_, data, _ in found]
    assert whole.last_id == decoder.last_id


@pytest.mark.parametrize("case", READABLE, ids=IDS)
def test_what_a_reconnect_needs(case):
    """The wait that a stream asks for, and the id that the second request carries, are those of the standard."""
    decoder, _ = read(case)
    if (retry_ms := case.expect.get("retry_ms")) is not None:
        assert decoder.reconnect_s == retry_ms / 1000
    elif "retry_ms" in case.expect:
        assert decoder.reconnect_s is None
    if (second := case.expect.get("second_request")) is not None:
        assert (decoder.last_id or "") == (second["last_event_id_header"] or "")
