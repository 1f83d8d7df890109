"""What chat requests have in common: their messages, and the partial answer that one hands back to be continued."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from ssedrill.dialects.call import call_in
from ssedrill.dialects.exchange import Ask, Request
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.tokens import last_token

_GO_ON = "Your answer was cut off. Go on exactly where it stops, without repeating any of it."


def messages(prompt: str, partial: str = "") -> list[dict[str, str]]:
    """Return a request's messages: the prompt, and a partial answer that is to be continued, if there is one."""
    asked = [{"role": "user", "content": prompt}]
    if partial:
        asked += [{"role": "assistant", "content": partial}, {"role": "user", "content": _GO_ON}]
    return asked


def understand_chat(request: Request, paths: Collection[str]) -> tuple[Ask, dict[str, Any]]:
    """Read a chat request; return what it asks for, and its JSON (empty if it has none).

    Options that only one API has are for the dialect to find in the JSON.
    """
    path = request.path.partition("?")[0]
    if path not in paths:
        return Ask(RequestKind.UNKNOWN, why=f"no such endpoint: {path}"), {}
    if request.method != "POST":
        return Ask(RequestKind.UNKNOWN, why=f"{request.method} is not allowed here, use POST", status=405), {}
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return Ask(RequestKind.UNKNOWN, why="the request body is not JSON", status=400), {}
    if not isinstance(body, dict):
        return Ask(RequestKind.UNKNOWN, why="the request body is not a JSON object", status=400), {}
    generation, after = partial_answer(body.get("messages")) or ("", 0)
    streamed = RequestKind.CONTINUE if generation else RequestKind.STREAM
    kind = streamed if body.get("stream") is True else RequestKind.WHOLE
    return Ask(kind, generation, after, call=_call_of(body.get("messages"))), body


def _call_of(messages: object) -> int:
    """Return the call that the prompt names: the last that does, in a conversation of several."""
    texts = ["".join(_texts(one.get("content"))) for one in _users(messages)]
    return next((call for text in reversed(texts) if (call := call_in(text))), 0)


def _users(messages: object) -> Iterator[dict[str, Any]]:
    """Give the messages of the user."""
    if isinstance(messages, list):
        yield from (one for one in messages if isinstance(one, dict) and one.get("role") == "user")


def partial_answer(messages: object) -> tuple[str, int] | None:
    """Return generation and number of the last token that a request gives back to be continued.

    A client may put the partial answer into an assistant message, with or without a "continue" after it, or quote it
    in a user message. People write things like "v2." in their own words, so a quotation counts only if the token
    before it is there too.
    """
    if not isinstance(messages, list):
        return None
    for message in reversed(messages):
        if not isinstance(message, dict) or message.get("role") not in ("assistant", "user"):
            continue
        text = "".join(_texts(message.get("content")))
        found = last_token(text)
        if found is None:
            continue
        generation, number = found
        if message["role"] == "assistant" or f"{generation}{number - 1}" in text:
            return found
    return None


def _texts(content: object) -> Iterator[str]:
    """Give the text of a message's content, which is a string or a list of blocks."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                yield part["text"]
