"""Requests to an event source: the address is all there is to say, and Last-Event-ID on a reconnect."""

from __future__ import annotations

import re

from ssedrill.dialects.exchange import Ask, ClientRequest, Request
from ssedrill.model.last_event_id import NAME, carried, sent_in
from ssedrill.model.request_kind import RequestKind

PATH = "/stream"

_CALL = re.compile(r"call=([1-9][0-9]{0,5})")
_CURSOR = re.compile(r"([a-z]{1,3})-(?:([0-9]{1,7})|end)")


def url(origin: str) -> str:
    """Return the address of the stream itself."""
    return origin + PATH


def url_of_call(url: str, call: int) -> str:
    """Return the address of the stream of one of several calls: nothing else could name it."""
    return f"{url}?call={call}"


def environment(url: str, api_key: str) -> dict[str, str]:
    """Return nothing: there is no SDK to be pointed anywhere."""
    return {}


def make_request(
    url: str, api_key: str, prompt: str, *, stream: bool = True, partial: str = "", last_event_id: str = ""
) -> ClientRequest:
    """Return a GET request: for the stream, for what follows an event, or for the answer as one JSON document."""
    headers = {"accept": "text/event-stream" if stream else "application/json"}
    if id_ := carried(last_event_id):
        headers[NAME] = id_
    return ClientRequest("GET", url, headers)


def understand(request: Request) -> Ask:
    """Read a request; an id that is not ours starts anew, as with a server that has lost its buffer."""
    path, _, query = request.path.partition("?")
    if path != PATH:
        return Ask(RequestKind.UNKNOWN, why=f"no such resource: {path}")
    if request.method != "GET":
        return Ask(RequestKind.UNKNOWN, why=f"{request.method} is not allowed here, use GET", status=405)
    accept = request.header("accept") or ""
    whole = "application/json" in accept and "text/event-stream" not in accept
    named = _CALL.fullmatch(query)
    call = int(named[1]) if named else 0
    cursor = _CURSOR.fullmatch(sent_in(request.headers))
    if cursor is None:
        return Ask(RequestKind.WHOLE if whole else RequestKind.STREAM, call=call)
    if cursor[2] is None:
        return Ask(RequestKind.GONE, cursor[1], call=call)
    return Ask(RequestKind.WHOLE if whole else RequestKind.RESUME, cursor[1], int(cursor[2]), call=call)
