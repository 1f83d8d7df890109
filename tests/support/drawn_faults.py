"""Faults on single events, drawn by Hypothesis for the answers of ``drawn_answers``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from ssedrill_faults.fault import Fault
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.ids import IdsFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.frames.spelling import SpellingFault
from ssedrill_faults.frames.swap_events import SwapEventsFault
from ssedrill_faults.frames.unfinished_event import UnfinishedEventFault
from ssedrill_faults.plan import Answer
from ssedrill_faults.served_text import ServedText

PLACES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"after_token": st.integers(0, 34)}),
    st.fixed_dictionaries({"after_event": st.integers(0, 8)}),
    st.fixed_dictionaries({"before": st.sampled_from(["first-token", "terminal"])}),
    st.fixed_dictionaries({"after": st.sampled_from(["headers", "terminal"])}),
)
FROM_HERE = st.just({}) | PLACES


def _at(places: st.SearchStrategy[dict[str, Any]], fault: Callable[..., Fault], **settings: Any) -> Any:
    return st.builds(lambda place, others: fault(**place, **others), places, st.fixed_dictionaries(settings))


SPELLED = st.one_of(
    _at(
        FROM_HERE,
        SpellingFault,
        line_end=st.sampled_from(["lf", "crlf", "cr", "mixed"]),
        after_colon=st.none() | st.integers(0, 2),
        data_lines=st.none() | st.integers(2, 9),
    ),
    st.just(ByteOrderMarkFault()),
    _at(FROM_HERE, IdsFault, form=st.sampled_from(["nul", "repeat"])),
    _at(FROM_HERE, PingFault, form=st.sampled_from(["own", "comment"]), every=st.none() | st.integers(1, 3)),
    _at(PLACES, InsertEventFault, comment=st.sampled_from(["", "x", "{token:3}\n"]), pad=st.none() | st.just(9)),
)
"""What a client that does everything right need not notice."""

WRITTEN = {
    "data": st.none() | st.sampled_from(["", "x\ny", '{"t":"{token:3}"}', '["{token:4}","{token:5}"]']),
    "event": st.none() | st.sampled_from(["", "ping", "a\0b"]),
    "id": st.none() | st.sampled_from(["", "a\0"]),
    "comment": st.none() | st.just("c"),
    "times": st.integers(1, 3),
}
MOVED = st.one_of(
    _at(PLACES, InsertEventFault, retry=st.just("10"), **WRITTEN),
    _at(PLACES, InsertEventFault, raw=st.sampled_from(["data: {token:6}\n\n", "\r", "\ndata", ": x\n", "id: 1\r\n"])),
    _at(PLACES, DropEventFault, count=st.integers(1, 2)),
    _at(PLACES, DuplicateEventFault, times=st.integers(1, 3)),
    _at(PLACES, SwapEventsFault),
    _at(PLACES, UnfinishedEventFault, lacks=st.sampled_from(["empty-line", "line-end"])),
    _at(
        PLACES,
        EditEventFault,
        set=st.sampled_from([{"t": "gone"}, {"u": 1}, {"t": "{token:7}"}]),
        count=st.integers(1, 2),
    ),
    _at(PLACES, EditEventFault, event=st.just("e"), every=st.booleans()),
    _at(PLACES, EditEventFault, remove=st.just(("t",)), pad=st.none() | st.just(30)),
    _at(FROM_HERE, IdsFault, form=st.just("number"), replace=st.just(True)),
    _at(FROM_HERE, PingFault, form=st.sampled_from(["event", "data"])),
    st.just(ByteOrderMarkFault(times=2)),
)
"""What changes what a client is told."""


def served_by(answer: Answer) -> ServedText:
    """Return the text that an answer is made of; tokens that it has not have a text of their own."""
    texts = {
        frame.token: json.loads(frame.data.partition(b"data: ")[2])["t"]
        for frame in answer.frames
        if frame.token is not None
    }
    return ServedText("g", 99, lambda number: texts.get(number, f" g{number}."))
