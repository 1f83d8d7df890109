"""The dialect of Anthropic's Messages API.

A stream has no cursor. A client that was cut off may start over, or send the partial answer back and have it
continued; the latter gets a message of its own that begins where the partial answer ends.
"""

from __future__ import annotations

from ssedrill.dialects.anthropic_messages import ask, read
from ssedrill.dialects.anthropic_messages.account import ACCOUNT
from ssedrill.dialects.anthropic_messages.serve import AnthropicMessagesWriter
from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Resumption

REASONS = frozenset(
    {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"}
)

DIALECT = Dialect(
    name="anthropic-messages",
    about="Anthropic's Messages API, streaming or not.",
    resumption=Resumption.CONTINUATION,
    serve=AnthropicMessagesWriter,
    ask=ask,
    read=read,
    reasons=REASONS,
    account=ACCOUNT,
)
