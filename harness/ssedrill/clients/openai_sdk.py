"""OpenAI's Python SDK as it comes out of the box, but for base URL, key, read timeout and a shared TLS context."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai.resources.chat  # noqa: F401 (loaded on first use otherwise, in the middle of a drill)
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, DefaultHttpxClient, OpenAI, Timeout

from ssedrill.clients.over_session import over_async_session, over_session
from ssedrill.clients.tls import default_context
from ssedrill.dialects.call import MODEL
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.abilities import Ability


async def _create(client: AsyncOpenAI, target: Target) -> AsyncIterator[str]:
    """Iterate over chat.completions.create(stream=True)."""
    stream = await client.chat.completions.create(**_question(target), stream=True)
    async with stream:
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content
            _tell(target, chunk)


def _create_sync(client: OpenAI, target: Target) -> Iterator[str]:
    """Iterate over chat.completions.create(stream=True), blocking."""
    with client.chat.completions.create(**_question(target), stream=True) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content
            _tell(target, chunk)


async def _helper(client: AsyncOpenAI, target: Target) -> AsyncIterator[str]:
    """Iterate over the content events of chat.completions.stream() and take its final completion."""
    async with client.chat.completions.stream(**_question(target)) as stream:
        async for event in stream:
            if event.type == "content.delta":
                yield event.delta
        _tell(target, await stream.get_final_completion())


def _helper_sync(client: OpenAI, target: Target) -> Iterator[str]:
    """Iterate over the content events of chat.completions.stream() and take its final completion, blocking."""
    with client.chat.completions.stream(**_question(target)) as stream:
        for event in stream:
            if event.type == "content.delta":
                yield event.delta
        _tell(target, stream.get_final_completion())


def _tell(target: Target, said: Any) -> None:
    """Tell the application what it is to know besides the text, if a chunk, or a completion, says it."""
    if Ability.USAGE in target.wants and said.usage is not None:
        target.usage(
            prompt_tokens=said.usage.prompt_tokens,
            completion_tokens=said.usage.completion_tokens,
            total_tokens=said.usage.total_tokens,
        )
    if Ability.FINISH in target.wants and said.choices and said.choices[0].finish_reason is not None:
        target.finish(said.choices[0].finish_reason)


def _client(session: SessionTarget) -> OpenAI:
    http = DefaultHttpxClient(verify=default_context())
    return OpenAI(base_url=session.url, api_key=session.api_key, timeout=_timeout(session), http_client=http)


def _async_client(session: SessionTarget) -> AsyncOpenAI:
    http = DefaultAsyncHttpxClient(verify=default_context())
    return AsyncOpenAI(base_url=session.url, api_key=session.api_key, timeout=_timeout(session), http_client=http)


def _timeout(session: SessionTarget) -> Timeout:
    return Timeout(600.0, connect=5.0, read=session.patience_s)  # the SDK's default, but for the read timeout


def _question(target: Target) -> dict[str, Any]:
    asked: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": target.prompt}]}
    if Ability.USAGE in target.wants:
        asked["stream_options"] = {"include_usage": True}
    return asked


create = over_async_session(_async_client, _create)
create_sync = over_session(_client, _create_sync)
helper = over_async_session(_async_client, _helper)
helper_sync = over_session(_client, _helper_sync)
