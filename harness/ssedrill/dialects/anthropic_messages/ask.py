"""Requests to Anthropic's Messages API."""

from __future__ import annotations

from ssedrill.dialects.call import MAX_TOKENS, MODEL
from ssedrill.dialects.chat import messages, understand_chat
from ssedrill.dialects.exchange import Ask, ClientRequest, Request

_PATHS = ("/v1/messages", "/messages")  # base URLs are given with and without the version


def url(origin: str) -> str:
    """Return the base URL as Anthropic's SDKs take it."""
    return origin


def url_of_call(url: str, call: int) -> str:
    """Return the same URL: the prompt names the call."""
    return url


def environment(url: str, api_key: str) -> dict[str, str]:
    """Return what Anthropic's SDKs look for."""
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": api_key}


def make_request(
    url: str, api_key: str, prompt: str, *, stream: bool = True, partial: str = "", last_event_id: str = ""
) -> ClientRequest:
    """Return a request for a message, new or continued."""
    headers = {
        "accept": "text/event-stream" if stream else "application/json",
        "x-api-key": api_key,
        "anthropic-version": "2023-06-01",
    }
    body = {"model": MODEL, "messages": messages(prompt, partial), "stream": stream, "max_tokens": MAX_TOKENS}
    return ClientRequest("POST", url + _PATHS[0], headers, body)


def understand(request: Request) -> Ask:
    """Read a request."""
    ask, _ = understand_chat(request, _PATHS)
    return ask
