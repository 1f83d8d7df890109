"""The dialect of the browser's EventSource: GET, event ids, Last-Event-ID.

A token's event has the id ``<generation>-<number>``, so a reconnect says by itself what it wants: the server's
replay buffer holds every generation. The closing event has an id of its own, ``<generation>-end``. A client that
has it and connects again gets 204, which tells an EventSource to stay away; a client that has all the tokens but
not the closing event gets just that event.

Not from any standard: the same resource as one JSON document for ``Accept: application/json``, for clients that
fall back to a request without streaming.
"""

from __future__ import annotations

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.eventsource import ask, read
from ssedrill.dialects.eventsource.serve import EventSourceWriter
from ssedrill.dialects.exchange import Resumption

DIALECT = Dialect(
    name="eventsource",
    about='Plain SSE over GET, resumed with Last-Event-ID (WHATWG HTML, "Server-sent events").',
    resumption=Resumption.CURSOR,
    serve=EventSourceWriter,
    ask=ask,
    read=read,
    numbered=True,
)
