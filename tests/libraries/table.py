"""The libraries that people stream with, as clients that can be drilled: what they are, and whether they are here.

``make libraries`` sets up their environments. What is absent is named, and never taken for drilled.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".libraries"
TODAY, OLDER, NODE = "today", "older", "node"


@dataclass(frozen=True)
class Library:
    """A library, the environment that has it, its adapter here, and the dialect that it is drilled in."""

    name: str
    environment: str
    package: str
    adapter: str
    dialect: str

    def why_absent(self) -> str | None:
        """Say why it can't be drilled here, or return None."""
        if self.environment == NODE:
            if shutil.which("node") is None:
                return f"{self.name}: there is no Node"
            there = (INSTALLED / NODE / "node_modules" / self.package).exists()
        else:
            there = any((INSTALLED / self.environment).glob(f"lib/python*/site-packages/{self.package}"))
        return None if there else f"{self.name} is not installed (make libraries)"

    def client(self) -> str:
        """Return what ``ssedrill run --client`` takes."""
        if self.environment == NODE:  # Node looks for packages beside the file that asks for them
            for file in HERE.glob("*.mjs"):
                shutil.copy(file, INSTALLED / NODE)
            return f"cmd:node {INSTALLED / NODE / self.adapter}"
        if ":" in self.adapter:
            return str(HERE / self.adapter)
        return f"cmd:{INSTALLED / self.environment / 'bin' / 'python'} {HERE / self.adapter}"

    @property
    def ssedrill(self) -> Path:
        """The command of the environment that the library is in; a program is run by this one."""
        environment = Path(sys.prefix) if self.environment == NODE else INSTALLED / self.environment
        return environment / "bin" / "ssedrill"


CHAT, MESSAGES, SSE = "openai-chat", "anthropic-messages", "eventsource"
LIBRARIES = (
    Library("litellm", TODAY, "litellm", "chat_litellm.py:stream", CHAT),
    Library("litellm, async", TODAY, "litellm", "chat_litellm.py:astream", MESSAGES),
    Library("openai-agents", TODAY, "agents", "chat_agents.py:stream", CHAT),
    Library("langchain-openai", TODAY, "langchain_openai", "chat_langchain.py:stream", CHAT),
    Library("langchain-anthropic", TODAY, "langchain_anthropic", "chat_langchain.py:astream", MESSAGES),
    Library("pydantic-ai", TODAY, "pydantic_ai", "chat_pydantic_ai.py:stream", CHAT),
    Library("pydantic-ai, anthropic", TODAY, "pydantic_ai", "chat_pydantic_ai.py:stream", MESSAGES),
    Library("tornado", TODAY, "tornado", "sse_tornado.py:stream", SSE),
    Library("pycurl", TODAY, "pycurl", "sse_pycurl.py:stream", SSE),
    Library("gevent", TODAY, "gevent", "sse_gevent.py", SSE),
    Library("instructor", OLDER, "instructor", "chat_instructor.py:stream", CHAT),
    Library("llama-index", OLDER, "llama_index", "chat_llama_index.py:stream", CHAT),
    Library("llama-index, async", OLDER, "llama_index", "chat_llama_index.py:astream", CHAT),
    Library("openai for Node", NODE, "openai", "openai.mjs", CHAT),
    Library("anthropic for Node", NODE, "@anthropic-ai/sdk", "anthropic.mjs", MESSAGES),
    Library("ai for Node", NODE, "ai", "ai.mjs", CHAT),
)
