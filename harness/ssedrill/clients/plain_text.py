"""What the code that people write by hand takes from an event: the text, and the end, and nothing else."""

from __future__ import annotations

from typing import Any


def text_of(dialect: str, data: Any) -> str:
    """Return the text of an event's JSON, found by the shortest way; raises KeyError where that leads nowhere."""
    match dialect:
        case "eventsource":
            return str(data.get("text", ""))
        case "anthropic-messages":
            return str(data["delta"].get("text", "")) if data["type"] == "content_block_delta" else ""
        case _:
            return str(data["choices"][0]["delta"].get("content") or "")
