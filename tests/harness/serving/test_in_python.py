"""A drill that is served for the time of a ``with`` block."""

from __future__ import annotations

import httpx
import pytest

import ssedrill
from ssedrill.serving.refused import Refused


def test_a_served_drill():
    """A client that fails is judged by what is told of it; nobody listens any more after the block."""
    with ssedrill.serve("reset-mid-stream", dialect="openai-chat") as drill:
        assert drill.environment["OPENAI_BASE_URL"] == drill.url
        assert drill.record().outcome == "not-tested"
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Count the fire engines."}]}
        with pytest.raises(httpx.HTTPError):
            httpx.post(f"{drill.url}/chat/completions", json=body, trust_env=False)
        drill.shown("")
        drill.restart()
        drill.shown("\ud800")
        drill.restart()
        record = drill.failed(type("ReadError" * 100, (httpx.ReadError,), {})("\ud800"))
    assert (record.outcome, record.claim, record.error.error_class[:9]) == ("failed-loudly", "error", "ReadError")
    with pytest.raises(httpx.ConnectError):
        httpx.get(drill.url, trust_env=False)


def test_one_that_lies():
    """Who calls nothing an answer has not got one; a dialect that the scenario has not is refused."""
    with ssedrill.serve("healthy", dialect="eventsource") as drill:
        httpx.get(drill.url, trust_env=False)
        with pytest.raises(TypeError, match="this is bytes"):
            drill.shown(b"x")
        record = drill.complete()
        assert record.outcome == "truncated-silently"
    assert drill.record() is record
    with pytest.raises(RuntimeError, match="the drill is over"):
        drill.shown("more")
    with pytest.raises(Refused, match="healthy is not for"), ssedrill.serve("healthy", dialect="gopher"):
        pass
