"""What the calls of a drill are about: the same prompt, model and key for every client, in every dialect."""

from __future__ import annotations

import re

PROMPT = "Count the fire engines."
MODEL = "drill-model-1"
MAX_TOKENS = 1024
"""The most tokens that a client asks for, if its dialect wants a limit. The server serves what the scenario says."""
API_KEY = "sk-drill-not-a-key"
"""Looks like a key, so that clients take it, and opens nothing."""

_CALL = re.compile(r"\(call ([1-9][0-9]{0,5})\)")


def prompt_of(call: int) -> str:
    """Return the prompt of one of several calls, which says which it is."""
    return f"{PROMPT} (call {call})"


def call_in(text: str) -> int:
    """Return the call that a prompt names; 0 if it names none."""
    found = _CALL.search(text)
    return int(found[1]) if found else 0
