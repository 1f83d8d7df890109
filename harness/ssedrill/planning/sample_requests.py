"""Requests as healthy clients make them: what scenarios are checked with and shown for."""

from __future__ import annotations

import json
from dataclasses import replace

from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Ask, ClientRequest, Piece, Request
from ssedrill.dialects.sse_decoder import SseDecoder
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.scenario import Stream
from ssedrill.model.tokens import token_text


def fresh_request(dialect: Dialect, *, usage: bool = False) -> Request:
    """Return the streaming request that a healthy client sends first, as it comes over the wire.

    One that wants to know its ``usage`` says so.
    """
    made = dialect.ask.make_request(dialect.ask.url(""), API_KEY, PROMPT)
    if usage and made.json is not None:
        made = replace(made, json={**made.json, **dialect.account.asking})
    return _received(made)


def resuming_request(dialect: Dialect, stream: Stream, generation: str, after: int) -> Request:
    """Return the request of a client that has the answer up to a token and asks for the rest."""
    writer, decoder = dialect.writer(stream.line_end), SseDecoder()
    texts = [token_text(generation, number, stream.text) for number in range(1, after + 1)]
    if texts:
        decoder.feed(writer.delta(Ask(RequestKind.STREAM), Piece(after, texts[-1], generation)).data)
    url = dialect.ask.url("")
    made = dialect.ask.make_request(url, API_KEY, PROMPT, partial="".join(texts), last_event_id=decoder.last_id or "")
    return _received(made)


def goes_on(dialect: Dialect) -> bool:
    """Tell whether a client of this dialect can ask for the rest of an answer."""
    return dialect.ask.understand(resuming_request(dialect, Stream(), "a", 1)).kind.goes_on


def _received(made: ClientRequest) -> Request:
    headers = tuple((name.lower(), value) for name, value in made.headers.items())
    if made.json is None:
        return Request(made.method, made.url, headers)
    body = json.dumps(made.json, separators=(",", ":")).encode()
    return Request(made.method, made.url, (*headers, ("content-type", "application/json")), body)
