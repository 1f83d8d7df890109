"""What a program under test finds in its environment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from difflib import get_close_matches
from types import MappingProxyType

from ssedrill.dialects import DIALECTS
from ssedrill.drivers.target import SessionTarget, Target
from ssedrill.model.secrets.known import passwords
from ssedrill.model.secrets.names import variable_speaks_of_credential

_LEADS_TO_CREDENTIALS = "AWS_"
"""Profiles, roles and addresses from which an SDK fetches credentials for itself."""
PASSED = "SSEDRILL_HAND_ON"
"""Names, with commas between them, of variables that are handed on although they are secret."""
_OF_SESSION: Mapping[str, Callable[[SessionTarget], str]] = MappingProxyType(
    {
        "fallback_url": lambda session: session.fallback_url,
        "url": lambda session: session.url,
        "dialect": lambda session: session.dialect,
        "scenario": lambda session: session.scenario,
        "patience_s": lambda session: f"{session.patience_s:g}",
        "deadline_s": lambda session: f"{session.deadline_s:g}",
        "api_key": lambda session: session.api_key,
        "seed": lambda session: str(session.seed),
        "wants": lambda session: ",".join(sorted(session.wants)),
    }
)
_IF_ANY = frozenset({"fallback_url"})
FACTS = (*_OF_SESSION, "prompt", "calls")
"""The names of all that a program may be told; ``prompt`` of its only call, ``calls`` if it makes several."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LOCAL = ("127.0.0.1", "localhost", "::1")


def held_back(inherited: Mapping[str, str]) -> list[str]:
    """Return the names of the variables that a program does not get, for they may hold credentials.

    Their names speak of one, or their values are URLs with a password. What the user has named is handed on.
    """
    passed = inherited.get(PASSED, "").split(",")
    return [
        name
        for name, value in inherited.items()
        if name not in passed
        and (variable_speaks_of_credential(name) or name.startswith(_LEADS_TO_CREDENTIALS) or passwords(value))
    ]


def environment(facts: Mapping[str, str], inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the inherited environment without its secrets, and with everything that a client is told (``facts_of``).

    No proxy is used for the drill's own address, and Python programs are made to write their lines at once.
    """
    kept_here = set(held_back(inherited))
    env = {name: value for name, value in inherited.items() if name not in kept_here}
    env |= {f"SSEDRILL_{name.upper()}": value for name, value in facts.items()}
    env |= sdk_variables(facts) | {"PYTHONUNBUFFERED": "1"}
    bypass_proxies(env)
    return env


def sdk_variables(facts: Mapping[str, str]) -> dict[str, str]:
    """Return what points the SDKs of every dialect at the drill: none of them may reach a real provider.

    The target's own dialect comes last, since two dialects of one provider may have variables in common.
    """
    url, api_key = facts["url"], facts["api_key"]
    own = DIALECTS.get(facts["dialect"])
    base = url if own is None else url.removesuffix(own.ask.url(""))  # the run's segment is part of it
    found: dict[str, str] = {}
    for name, dialect in DIALECTS.items():
        if name != facts["dialect"]:
            found |= dialect.ask.environment(dialect.ask.url(base), api_key)
    return found if own is None else found | own.ask.environment(url, api_key)


def bypass_proxies(env: MutableMapping[str, str]) -> None:
    """Have no proxy used for this machine's own addresses: a drill that goes through one tests the proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        others = [host for host in env.get(name, "").split(",") if host and host not in _LOCAL]
        env[name] = ",".join((*_LOCAL, *others))


def facts_of(target: Target) -> dict[str, str]:
    """Return what a program is told, by name; the names are those of the placeholders in its command line too."""
    return _facts(target.session()) | {"prompt": target.prompt}


def facts_of_session(session: SessionTarget) -> dict[str, str]:
    """Return the same for a program that makes several calls, each of which it reads from its standard input."""
    return _facts(session) | {"calls": str(session.calls)}


def _facts(session: SessionTarget) -> dict[str, str]:
    return {name: said for name, say in _OF_SESSION.items() if (said := say(session)) or name not in _IF_ANY}


def slips(argv: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give what stands in braces in a command line and is nearly the name of a fact, with the one that it is near."""
    for found in _PLACEHOLDER.finditer(" ".join(argv)):
        near = get_close_matches(found[1], FACTS, n=1, cutoff=0.8)
        if near and near[0] != found[1]:
            yield found[0], f"{{{near[0]}}}"


def filled_in(argument: str, facts: Mapping[str, str]) -> str:
    """Replace ``{url}``, ``{patience_s}`` and the like; other braces stay as they are."""
    return _PLACEHOLDER.sub(lambda found: facts.get(found[1], found[0]), argument)
