"""Requests: POST /signal, whole if it asks for plain text."""

from __future__ import annotations

from ssedrill.dialects.call import call_in
from ssedrill.dialects.exchange import Ask, ClientRequest, Request
from ssedrill.model.request_kind import RequestKind

PATH = "/line/signal"


def url(origin: str) -> str:
    """Return the line's address."""
    return f"{origin}/line"


def url_of_call(url: str, call: int) -> str:
    """Return the same address: the message names the call."""
    return url


def environment(url: str, api_key: str) -> dict[str, str]:
    """Return what the line's operators look for."""
    return {"SEMAPHORE_LINE": url}


def make_request(
    url: str, api_key: str, prompt: str, *, stream: bool = True, partial: str = "", last_event_id: str = ""
) -> ClientRequest:
    """Return a request for the whole message: there is no other."""
    accept = "text/event-stream" if stream else "text/plain"
    return ClientRequest("POST", f"{url}/signal", {"accept": accept}, {"message": prompt})


def understand(request: Request) -> Ask:
    """Read a request."""
    if request.path != PATH:
        return Ask(RequestKind.UNKNOWN, why="no such line")
    if request.method != "POST":
        return Ask(RequestKind.UNKNOWN, why="the line takes POST", status=405)
    kind = RequestKind.WHOLE if request.header("accept") == "text/plain" else RequestKind.STREAM
    return Ask(kind, call=call_in(request.body.decode(errors="replace")))
