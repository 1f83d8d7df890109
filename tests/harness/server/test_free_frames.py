"""Events that a scenario writes, changes and spells itself, as a raw socket gets them."""

from __future__ import annotations

import pytest

from ssedrill.model.scenario import Stream
from ssedrill_faults.fault import Fault
from ssedrill_faults.frames.byte_order_mark import ByteOrderMarkFault
from ssedrill_faults.frames.clean_end import CleanEndFault
from ssedrill_faults.frames.drop_event import DropEventFault
from ssedrill_faults.frames.duplicate_event import DuplicateEventFault
from ssedrill_faults.frames.edit_event import EditEventFault
from ssedrill_faults.frames.error_event import ErrorEventFault
from ssedrill_faults.frames.ids import IdsFault
from ssedrill_faults.frames.insert_event import InsertEventFault
from ssedrill_faults.frames.pace import PaceFault
from ssedrill_faults.frames.ping import PingFault
from ssedrill_faults.frames.spelling import SpellingFault
from ssedrill_faults.frames.swap_events import SwapEventsFault
from ssedrill_faults.frames.unfinished_event import UnfinishedEventFault
from ssedrill_faults.marks import Mark
from ssedrill_faults.plan import Framing, Persistence
from support.answers import body, compiled
from support.drillserver import Script, drill
from support.h11_client import read_by_h11
from support.rawclient import ask

TOKEN = 'id: a-{0}\ndata: {{"token":{0},"text":" a{0}."}}\n\n'
KEEPALIVE = "data: : keepalive\n\n"
END = "id: a-end\nevent: end\ndata: {}\n\n"


def tokens(*numbers: int) -> str:
    """Return the events of these tokens."""
    return "".join(TOKEN.format(number) for number in numbers)


STREAM = tokens(1, 2, 3) + END
ON_THE_WIRE: list[tuple[Fault, str | bytes]] = [
    (
        InsertEventFault(after_token=1, event="e", id="\0", retry="9", comment="c", data="{token:2}\n\u2028"),
        tokens(1) + ": c\nid: \0\nevent: e\nretry: 9\ndata:  a2.\ndata: \u2028\n\n" + tokens(2, 3) + END,
    ),
    (
        InsertEventFault(before="terminal", raw="\r\ndata\0:{generation}{token:3}\ufeff\r", times=2),
        tokens(1, 2, 3) + "\r\ndata\0:a a3.\ufeff\r" * 2 + END,
    ),
    (
        InsertEventFault(after_token=2, raw_hex="646174613a c3 28 ed a0 80 0a 0a"),
        tokens(1, 2).encode() + b"data:\xc3(\xed\xa0\x80\n\n" + (tokens(3) + END).encode(),
    ),
    (InsertEventFault(after="headers", comment="", pad=1 << 21), f": {'x' * (1 << 21)}\n\n{STREAM}"),
    (DropEventFault(after_token=1, count=2), tokens(1) + END),
    (DuplicateEventFault(after_token=2, times=2), tokens(1, 2, 2, 2, 3) + END),
    (SwapEventsFault(after_token=2), tokens(1, 2) + END + tokens(3)),
    (
        EditEventFault(after_token=1, set={"text": "{token:3}"}, null=("n",), event="e", without=("id",)),
        tokens(1) + 'event: e\ndata: {"token":2,"text":" a3.","n":null}\n\n' + tokens(3) + END,
    ),
    (EditEventFault(after="headers", every=True, replace={"data: ": "data:"}), STREAM.replace("data: ", "data:")),
    (UnfinishedEventFault(after="terminal"), STREAM[:-1]),
    (UnfinishedEventFault(after_token=2, lacks="line-end"), tokens(1) + tokens(2)[:-2] + tokens(3) + END),
    (SpellingFault(line_end="cr", after_colon=0), STREAM.replace("\n", "\r").replace(": ", ":")),
    (
        SpellingFault(after_token=2, data_lines=2),
        tokens(1, 2) + tokens(3).replace(",", ",\ndata: ") + END.replace("{", "{\ndata: "),
    ),
    (ByteOrderMarkFault(), "\ufeff" + STREAM),
    (ByteOrderMarkFault(times=2), "\ufeff\ufeff" + STREAM),
    (
        IdsFault(form="nul", after_token=2),
        tokens(1, 2) + tokens(3).replace("\n", "\nid: 1\0\n", 1) + END.replace("\n", "\nid: 2\0\n", 1),
    ),
    (IdsFault(form="same", replace=True, after_token=3), tokens(1, 2, 3) + END.replace("a-end", "1")),
    (PingFault(every=2, form="data"), tokens(1) + KEEPALIVE + tokens(2, 3) + KEEPALIVE + END),
    (PingFault(after="terminal", form="event"), STREAM + "event: ping\ndata: \n\n"),
    (PaceFault(after_token=2, every_s=0.002), STREAM),
    (CleanEndFault(after_token=1, inside=Mark.JSON), tokens(1) + tokens(2)[:26]),
    (CleanEndFault(after_token=1, inside=Mark.BLANK_LINE), tokens(1) + tokens(2)[:-1]),
    (
        ErrorEventFault(after_token=2, kind="rate_limit", message="Slow down.", retry_after_s=2.5),
        tokens(1, 2) + 'event: error\ndata: {"error": {"type": "rate_limit", "message": "Slow down.", '
        '"retry_after": 2.5}}\n\n',
    ),
]


@pytest.mark.parametrize("framing", [Framing.CHUNKED, Framing.CLOSE])
@pytest.mark.parametrize(("fault", "stream"), ON_THE_WIRE, ids=lambda value: getattr(value, "name", ""))
def test_a_raw_socket_gets_these_bytes(fault: Fault, stream: str | bytes, framing: Framing) -> None:
    """Byte for byte what the plan says, and read as HTTP the events as they were written down."""
    served = Stream(tokens=3, every_s=0.001, framing=framing, persistence=Persistence.CLOSE)
    _, plan = compiled("eventsource", served, (fault,))
    heard, journal = drill(Script(plan.ops), ask, settle_s=0.0)
    written = stream if isinstance(stream, bytes) else stream.encode()
    assert (heard.data, heard.ending) == (plan.data, "eof")
    assert read_by_h11([heard.data], closes=framing is Framing.CLOSE).body == body(plan) == written
    assert {plan.ops[played.op].fault for played in journal.attempts[0].played} >= {fault.name}
