"""The request that a client makes, in whatever dialect its target speaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from ssedrill.dialects import UnknownDialect, find_dialect
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import ClientRequest
from ssedrill.drivers.target import Target, Unsupported
from ssedrill.model.abilities import Ability


def dialect_of(target: Target) -> Dialect:
    """Return the target's dialect; raises Unsupported if it is not known here."""
    try:
        return find_dialect(target.dialect)
    except UnknownDialect as unknown:
        raise Unsupported(str(unknown)) from None


def request_for(target: Target, *, stream: bool = True, partial: str = "", last_event_id: str = "") -> ClientRequest:
    """Return the request for an answer, streaming or whole, new or the rest of one.

    ``partial`` is the text so far and ``last_event_id`` the last event that had an id; the dialect takes what it can
    use. If the scenario wants to know the usage, a stream is asked for it. Raises Unsupported for a dialect that is
    not known here.
    """
    dialect = dialect_of(target)
    made = dialect.ask.make_request(
        target.url, target.api_key, target.prompt, stream=stream, partial=partial, last_event_id=last_event_id
    )
    if stream and made.json is not None and Ability.USAGE in target.wants:
        return replace(made, json={**made.json, **dialect.account.asking})
    return made


def tell(target: Target, usage: Mapping[str, int] | None, finish: str | None) -> None:
    """Tell the application what it is to know of an answer besides its text, as far as the scenario asks for it."""
    if usage and Ability.USAGE in target.wants:
        target.usage(**usage)
    if finish is not None and Ability.FINISH in target.wants:
        target.finish(finish)


def with_key(made: ClientRequest) -> ClientRequest:
    """Return a request that has effects with a key by which the server knows it again: the same for the same."""
    if made.json is None:
        return made
    key = sha256(json.dumps(made.json, sort_keys=True).encode()).hexdigest()[:32]
    return replace(made, headers={**made.headers, "idempotency-key": f"drill-{key}"})
