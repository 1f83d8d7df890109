"""The table of dialects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from ssedrill.dialects.anthropic_messages import AnthropicMessages
from ssedrill.dialects.base import Dialect
from ssedrill.dialects.eventsource import EventSource
from ssedrill.dialects.openai_chat import OpenAIChat

DIALECTS: Mapping[str, type[EventSource] | type[AnthropicMessages] | type[OpenAIChat]] = MappingProxyType(
    {kind.name: kind for kind in (EventSource, AnthropicMessages, OpenAIChat)}
)
"""Every dialect by its name; the first line of a class's docstring says what it is."""

_LINE_ENDS = {"lf": "\n", "crlf": "\r\n"}


def dialect(name: str, line_end: Literal["lf", "crlf"] = "lf") -> Dialect:
    """Return the dialect of this name, spelling its line ends so.

    Raises ValueError, which lists the names, where there is none of this name.
    """
    if name not in DIALECTS:
        raise ValueError(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}")
    return DIALECTS[name](_LINE_ENDS[line_end])
