"""Libraries that people stream with say the same on the virtual clock as on the real one.

Each runs in an environment of its own, which `make libraries` sets up; what is not there is skipped, by name.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".libraries"
SCENARIOS = (
    "healthy",
    "clean-end-without-terminal",
    "close-on-accept-then-up",
    "connection-refused-then-up",
    "done-then-linger",
    "error-event-mid-stream",
    "fin-mid-stream",
    "overloaded-529-twice",
    "rate-limited-retry-after-seconds",
    "reset-before-headers",
    "reset-mid-stream",
    "unauthorized-401",
    "utf8-split",
)
COUNTED = ("requests", "retries", "withdrawn", "duplicates", "lost", "reordered", "corrupted", "spliced")
ON_THE_REAL_CLOCK = "on the real clock: "
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

    def drilled(self, clock: str) -> dict[str, dict]:
        """Return the run of every scenario on a clock."""
        environment = TODAY if self.environment == NODE else self.environment
        command = [INSTALLED / environment / "bin" / "ssedrill", "run", *SCENARIOS, "--client", self.client()]
        options = ["--dialect", self.dialect, "--clock", clock, "--jobs", "2", "--json", "-"]
        done = subprocess.run([*command, *options], stdout=subprocess.PIPE, timeout=800, check=False)
        return {run["scenario"]: run for run in json.loads(done.stdout)["runs"]}


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


def told(run: dict) -> dict:
    """Return what must be the same on both clocks."""
    counts = {name: run["numbers"][name] for name in COUNTED}
    return {"outcome": run["outcome"], "claim": run["claim"]} | counts


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_a_library_is_the_same_on_both_clocks(library) -> None:
    """Outcome, claim and counts agree in every scenario; a run that was not virtual says why."""
    if why := library.why_absent():
        pytest.skip(why)
    virtual, real = library.drilled("auto"), library.drilled("real")
    assert set(virtual) == set(real) == set(SCENARIOS)
    assert {name: told(run) for name, run in virtual.items()} == {name: told(run) for name, run in real.items()}
    assert virtual["healthy"]["outcome"] == "clean"
    for run in virtual.values():
        assert run["clock"] == "virtual" or run["notes"][0].startswith(ON_THE_REAL_CLOCK)
