"""The dialect of OpenAI's Chat Completions API.

A stream has no events by name and no cursor; ``[DONE]`` ends it. Usage comes in a chunk of its own, and as null in
all the others, only if the request asks for it.
"""

from __future__ import annotations

from ssedrill.dialects.dialect import Dialect
from ssedrill.dialects.exchange import Resumption
from ssedrill.dialects.openai_chat import ask, read
from ssedrill.dialects.openai_chat.account import ACCOUNT
from ssedrill.dialects.openai_chat.serve import OpenAIChatWriter

REASONS = frozenset({"stop", "length", "content_filter", "tool_calls", "function_call"})

DIALECT = Dialect(
    name="openai-chat",
    about="OpenAI's Chat Completions API, streaming or not.",
    resumption=Resumption.CONTINUATION,
    serve=OpenAIChatWriter,
    ask=ask,
    read=read,
    reasons=REASONS,
    account=ACCOUNT,
)
