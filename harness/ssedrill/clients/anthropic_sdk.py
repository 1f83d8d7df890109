"""Anthropic's Python SDK as it comes out of the box, but for base URL, key, read timeout and a shared TLS context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic.resources.messages  # noqa: F401 (loaded on first use otherwise, in the middle of a drill)
from anthropic import Anthropic, AsyncAnthropic, DefaultAsyncHttpxClient, DefaultHttpxClient, Timeout

from ssedrill.clients.over_session import over_async_session, over_session
from ssedrill.clients.tls import default_context
from ssedrill.dialects.call import MAX_TOKENS, MODEL
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.abilities import Ability


async def _create(client: AsyncAnthropic, target: Target) -> AsyncIterator[str]:
    """Iterate over messages.create(stream=True)."""
    stream = await client.messages.create(**_message(target), stream=True)
    async with stream:
        async for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text
            elif event.type == "message_delta":
                _tell(target, event.usage, event.delta.stop_reason)


def _create_sync(client: Anthropic, target: Target) -> Iterator[str]:
    """Iterate over messages.create(stream=True), blocking."""
    with client.messages.create(**_message(target), stream=True) as stream:
        for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text
            elif event.type == "message_delta":
                _tell(target, event.usage, event.delta.stop_reason)


async def _helper(client: AsyncAnthropic, target: Target) -> AsyncIterator[str]:
    """Iterate over the text of messages.stream() and take its final message."""
    async with client.messages.stream(**_message(target)) as stream:
        async for text in stream.text_stream:
            yield text
        message = await stream.get_final_message()
        _tell(target, message.usage, message.stop_reason)


def _helper_sync(client: Anthropic, target: Target) -> Iterator[str]:
    """Iterate over the text of messages.stream() and take its final message, blocking."""
    with client.messages.stream(**_message(target)) as stream:
        yield from stream.text_stream
        message = stream.get_final_message()
        _tell(target, message.usage, message.stop_reason)


def _tell(target: Target, usage: Any, reason: str | None) -> None:
    """Tell the application what it is to know besides the text: the numbers as the SDK gives them."""
    if Ability.USAGE in target.wants and usage is not None:
        told = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
        target.usage(**{name: number for name, number in told.items() if number is not None})
    if Ability.FINISH in target.wants and reason is not None:
        target.finish(reason)


def _client(session: SessionTarget) -> Anthropic:
    http = DefaultHttpxClient(verify=default_context())
    return Anthropic(base_url=session.url, api_key=session.api_key, timeout=_timeout(session), http_client=http)


def _async_client(session: SessionTarget) -> AsyncAnthropic:
    http = DefaultAsyncHttpxClient(verify=default_context())
    return AsyncAnthropic(base_url=session.url, api_key=session.api_key, timeout=_timeout(session), http_client=http)


def _timeout(session: SessionTarget) -> Timeout:
    return Timeout(600.0, connect=5.0, read=session.patience_s)  # the SDK's default, but for the read timeout


def _message(target: Target) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": MAX_TOKENS,
        "messages": [{"role": "user", "content": target.prompt}],
    }


create = over_async_session(_async_client, _create)
create_sync = over_session(_client, _create_sync)
helper = over_async_session(_async_client, _helper)
helper_sync = over_session(_client, _helper_sync)
