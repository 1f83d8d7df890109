"""Requests to OpenAI's Chat Completions API."""

from __future__ import annotations

from dataclasses import replace

from ssedrill.dialects.call import MODEL
from ssedrill.dialects.chat import messages, understand_chat
from ssedrill.dialects.exchange import Ask, ClientRequest, Request

INCLUDE_USAGE = "include_usage"
"""The option of a request that wants to be told its usage."""

_VERSION, _ENDPOINT = "/v1", "/chat/completions"
_PATHS = (_VERSION + _ENDPOINT, _ENDPOINT)  # base URLs are given with and without the version


def url(origin: str) -> str:
    """Return the base URL as OpenAI's SDKs take it."""
    return origin + _VERSION


def url_of_call(url: str, call: int) -> str:
    """Return the same URL: the prompt names the call."""
    return url


def environment(url: str, api_key: str) -> dict[str, str]:
    """Return what OpenAI's SDKs look for."""
    return {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": api_key}


def make_request(
    url: str, api_key: str, prompt: str, *, stream: bool = True, partial: str = "", last_event_id: str = ""
) -> ClientRequest:
    """Return a request for a completion, new or continued."""
    headers = {
        "accept": "text/event-stream" if stream else "application/json",
        "authorization": f"Bearer {api_key}",
    }
    body = {"model": MODEL, "messages": messages(prompt, partial), "stream": stream}
    return ClientRequest("POST", url + _ENDPOINT, headers, body)


def understand(request: Request) -> Ask:
    """Read a request, and whether it wants to be told its usage."""
    ask, body = understand_chat(request, _PATHS)
    wanted = body.get("stream_options")
    if isinstance(wanted, dict) and wanted.get("include_usage") is True:
        return replace(ask, options=(INCLUDE_USAGE,))
    return ask
