"""The request that a client makes, in whatever dialect its target speaks."""

from __future__ import annotations

from ssedrill.dialects import UnknownDialect, find_dialect
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import ClientRequest
from ssedrill.drivers.target import Target, Unsupported


def dialect_of(target: Target) -> Dialect:
    """Return the target's dialect; raises Unsupported if it is not known here."""
    try:
        return find_dialect(target.dialect)
    except UnknownDialect as unknown:
        raise Unsupported(str(unknown)) from None


def request_for(target: Target, *, stream: bool = True, partial: str = "", last_event_id: str = "") -> ClientRequest:
    """Return the request for an answer, streaming or whole, new or the rest of one.

    ``partial`` is the text so far and ``last_event_id`` the last event that had an id; the dialect takes what it can
    use. Raises Unsupported for a dialect that is not known here.
    """
    ask = dialect_of(target).ask
    return ask.make_request(
        target.url, target.api_key, target.prompt, stream=stream, partial=partial, last_event_id=last_event_id
    )
