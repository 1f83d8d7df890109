"""Anthropic's Python SDK as it comes out of the box, but for base URL, key, read timeout and a shared TLS context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic.resources.messages  # noqa: F401 (loaded on first use otherwise, in the middle of a drill)
from anthropic import Anthropic, AsyncAnthropic, DefaultAsyncHttpxClient, DefaultHttpxClient, Timeout

from ssedrill.clients.tls import default_context
from ssedrill.dialects.call import MAX_TOKENS, MODEL
from ssedrill.drivers.target import Target
from ssedrill.model.abilities import Ability


async def create(target: Target) -> AsyncIterator[str]:
    """Iterate over messages.create(stream=True)."""
    async with _async_client(target) as client:
        stream = await client.messages.create(**_message(target), stream=True)
        async with stream:
            async for event in stream:
                if event.type == "content_block_delta" and event.delta.type == "text_delta":
                    yield event.delta.text
                elif event.type == "message_delta":
                    _tell(target, event.usage, event.delta.stop_reason)


def create_sync(target: Target) -> Iterator[str]:
    """Iterate over messages.create(stream=True), blocking."""
    with _client(target) as client, client.messages.create(**_message(target), stream=True) as stream:
        for event in stream:
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                yield event.delta.text
            elif event.type == "message_delta":
                _tell(target, event.usage, event.delta.stop_reason)


async def helper(target: Target) -> AsyncIterator[str]:
    """Iterate over the text of messages.stream() and take its final message."""
    async with _async_client(target) as client, client.messages.stream(**_message(target)) as stream:
        async for text in stream.text_stream:
            yield text
        message = await stream.get_final_message()
        _tell(target, message.usage, message.stop_reason)


def helper_sync(target: Target) -> Iterator[str]:
    """Iterate over the text of messages.stream() and take its final message, blocking."""
    with _client(target) as client, client.messages.stream(**_message(target)) as stream:
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


def _client(target: Target) -> Anthropic:
    http = DefaultHttpxClient(verify=default_context())
    return Anthropic(base_url=target.url, api_key=target.api_key, timeout=_timeout(target), http_client=http)


def _async_client(target: Target) -> AsyncAnthropic:
    http = DefaultAsyncHttpxClient(verify=default_context())
    return AsyncAnthropic(base_url=target.url, api_key=target.api_key, timeout=_timeout(target), http_client=http)


def _timeout(target: Target) -> Timeout:
    return Timeout(600.0, connect=5.0, read=target.patience_s)  # the SDK's default, but for the read timeout


def _message(target: Target) -> dict[str, Any]:
    return {
        "model": MODEL,
        "max_tokens": MAX_TOKENS,
        "messages": [{"role": "user", "content": target.prompt}],
    }
