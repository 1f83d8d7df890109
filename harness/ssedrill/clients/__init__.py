"""The table of built-in clients: real libraries as they come out of the box, and the reference.

Importing it imports none of the libraries; a client's driver does so when it is probed.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint

from ssedrill.clients.curl import command
from ssedrill.clients.from_function import client_of
from ssedrill.dialects import ALL
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Client, Imported, Speaks
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.drivers.in_process.load_function import load_function
from ssedrill.drivers.program.program_driver import Program
from ssedrill.model.abilities import Ability
from ssedrill_faults.extensions import Table

ANTHROPIC = ("anthropic-messages",)
OPENAI = ("openai-chat",)
"""What an SDK speaks is a fact about the SDK; all other clients speak whatever dialect there is."""

TELLS = frozenset({Ability.USAGE.value, Ability.FINISH.value})
"""An SDK gives its application more than the text."""

_SDKS = "pip install 'ssedrill[sdks]'"


def _python(
    name: str, function: str, dialects: Speaks, distribution: str, about: str, can: frozenset[str] = frozenset()
) -> Client:
    there = Imported(f"ssedrill.clients.{function}", distribution)
    driver = InProcess(there.function, distribution=distribution, install=_SDKS)
    return Client(name, driver, dialects, about, can, movable=there)


_BUILT_IN: tuple[Client, ...] = (
    _python(
        "reference",
        "reference.client:reference",
        ALL,
        "ssedrill",
        "ours: recovers wherever that is possible, fails loudly elsewhere",
        TELLS,
    ),
    _python(
        "anthropic",
        "anthropic_sdk:create",
        ANTHROPIC,
        "anthropic",
        "AsyncAnthropic, messages.create(stream=True)",
        TELLS,
    ),
    _python(
        "anthropic-sync",
        "anthropic_sdk:create_sync",
        ANTHROPIC,
        "anthropic",
        "Anthropic, messages.create(stream=True)",
        TELLS,
    ),
    _python(
        "anthropic-stream-helper",
        "anthropic_sdk:helper",
        ANTHROPIC,
        "anthropic",
        "AsyncAnthropic, messages.stream()",
        TELLS,
    ),
    _python(
        "anthropic-stream-helper-sync",
        "anthropic_sdk:helper_sync",
        ANTHROPIC,
        "anthropic",
        "Anthropic, messages.stream()",
        TELLS,
    ),
    _python(
        "openai",
        "openai_sdk:create",
        OPENAI,
        "openai",
        "AsyncOpenAI, chat.completions.create(stream=True)",
        TELLS,
    ),
    _python(
        "openai-sync",
        "openai_sdk:create_sync",
        OPENAI,
        "openai",
        "OpenAI, chat.completions.create(stream=True)",
        TELLS,
    ),
    _python(
        "openai-stream-helper",
        "openai_sdk:helper",
        OPENAI,
        "openai",
        "AsyncOpenAI, chat.completions.stream()",
        TELLS,
    ),
    _python(
        "openai-stream-helper-sync",
        "openai_sdk:helper_sync",
        OPENAI,
        "openai",
        "OpenAI, chat.completions.stream()",
        TELLS,
    ),
    _python(
        "httpx-sse",
        "httpx_sse_plain:show",
        ALL,
        "httpx-sse",
        "httpx.AsyncClient with httpx_sse.aconnect_sse, as its README uses it",
    ),
    _python(
        "aiohttp-plain",
        "aiohttp_plain:show",
        ALL,
        "aiohttp",
        "aiohttp, reading lines that begin with `data: `, as tutorials do",
    ),
    Client(
        "curl",
        Program(
            command, "raw", version_argv=("curl", "--version"), install="it is in every system's package manager"
        ),
        ALL,
        "curl -sS -N --fail; the raw body is the text",
    ),
)


def _make(entry: EntryPoint) -> Client:
    """Return the client that a package names, not imported: that is the business of the process that runs it."""
    return Client(entry.name, InProcess(entry.value, distribution=_distribution(entry)), ALL, imported=False)


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else ""


def _wrong(name: str, thing: object) -> str | None:
    return None if isinstance(thing, Client) else f"which is no Client but of type {type(thing).__name__}"


CLIENTS: Table[Client] = Table("ssedrill.clients", {one.name: one for one in _BUILT_IN}, _wrong, _make)
"""Every client that has a name, in the order in which they are listed.

Installed packages add theirs under the entry points ``ssedrill.clients``.
"""


def load_client(name: str) -> Client:
    """Import the function that a package names, as ``module:function`` on the command line; raises BadSpec."""
    entry = CLIENTS.entry_point(name)
    try:
        return client_of(load_function(entry.value), name, path=entry.value, distribution=_distribution(entry))
    except BadSpec as bad:
        raise BadSpec(f"{CLIENTS.source(name)} brings {name}, which can't be loaded ({bad})") from bad
