"""From what a user types after ``--client`` to a client."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from ssedrill.clients import CLIENTS, load_client
from ssedrill.clients.from_function import client_of
from ssedrill.clients.other_version import FORM, PREFIX, in_environment
from ssedrill.dialects import ALL, DIALECTS
from ssedrill.dialects.call import API_KEY, PROMPT
from ssedrill.drivers import DRIVERS
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.load_function import load_function
from ssedrill.drivers.spec_form import SpecForm
from ssedrill.loading.problems import nearest, shown
from ssedrill.model.client_name import CLIENT_NAME
from ssedrill.model.secrets.known import Secrets

MOST_CHARS = 4096
"""A longer specification is something else; it may become a file's name and a part of every report."""

FORMS = f"a built-in name, module:function, path.py:function, cmd:PROGRAM ARGS, raw:PROGRAM ARGS or {FORM}"

_CALLED = re.compile(rf"(?P<name>{CLIENT_NAME})(?:@(?P<dialects>[^=:/\s]*))?=(?P<spec>.*)", re.DOTALL)
"""``NAME=SPEC`` or ``NAME@DIALECT,DIALECT=SPEC``."""


def load_here(spec: str) -> Client:
    """Import a client's function into this process; raises BadSpec."""
    if spec in CLIENTS:
        return load_client(spec)
    return client_of(load_function(spec), spec, path=spec)


def parse_spec(text: str, secrets: Secrets | None = None, load: Callable[[str], Client] = load_here) -> Client:
    """Return the client that a specification means; raises BadSpec, which says what would be right.

    ``NAME=SPEC`` says what it is called, and ``NAME@DIALECT,DIALECT=SPEC`` in which dialects it is drilled, too.
    Without that its name is the specification without secrets, and so are messages; who parses several gives them the
    same ``secrets``, so that those which differ by a secret alone have names that differ. ``load`` has a function
    imported and returns the client that it is. A function may have an attribute ``dialects`` (a tuple of names, or
    "all"); without it, it is offered all of them.
    """
    if called := _CALLED.fullmatch(text.strip()):
        return _called(called["name"], called["dialects"], parse_spec(called["spec"], secrets, load))
    if text.strip().partition(":")[0] not in DRIVERS:  # a function or a built-in name: it has no words to hide
        return _parse(text, load)
    secrets = Secrets((API_KEY, PROMPT)) if secrets is None else secrets
    try:
        client = _parse(text, load)
    except BadSpec as bad:
        raise BadSpec(secrets.text(str(bad), command=True)) from None
    name = secrets.text(client.name, command=True)
    return client if name == client.name else replace(client, name=name, secrets=tuple(secrets.numbers.items()))


def parse_specs(texts: Iterable[str], load: Callable[[str], Client]) -> dict[str, Client]:
    """Return the clients that some specifications mean, each once, by the first specification that means it.

    Raises BadSpec, also for two of one name.
    """
    secrets = Secrets((API_KEY, PROMPT))
    found: dict[str, Client] = {}
    given: dict[str, Client] = {}
    for text in dict.fromkeys(texts):
        client = parse_spec(text, secrets, load)
        if client.name not in found:
            given[text] = client
        if found.setdefault(client.name, client) is not client:
            raise BadSpec(f"two clients are called {client.name}: write NAME={client.spec or client.name} for one")
    return given


def parse_again(text: str, name: str, numbers: Iterable[tuple[str, int]], load: Callable[[str], Client]) -> Client:
    """Return a client that was parsed elsewhere, under the name that it had there; ``numbers`` are its secrets.

    Raises BadSpec, also if it is called something else here.
    """
    client = parse_spec(text, Secrets((API_KEY, PROMPT), dict(numbers)), load)
    if client.name != name:
        raise BadSpec(f"{name} is called {client.name} here: install the same ssedrill on both machines")
    return client


def _called(name: str, dialects: str | None, client: Client) -> Client:
    """Return the client under a name of its own, in these of its dialects."""
    if name in CLIENTS and name != client.name:
        raise BadSpec(f"{name} is a built-in client: call {client.name} something else")
    chosen = client.dialects if dialects is None else tuple(dict.fromkeys(dialects.split(",")))
    for one in chosen:
        if one not in client.dialects:
            speaks = f"{client.name} speaks {', '.join(client.dialects)}"
            known = speaks if one in DIALECTS else nearest(one, DIALECTS)
            raise BadSpec(f"{name}@{dialects}: {shown(one)} is no dialect of it; {known}")
    return replace(client, name=name, speaks=chosen if dialects is not None else client.speaks, spec=client.name)


def _parse(text: str, load: Callable[[str], Client]) -> Client:
    spec = text.strip()
    if not spec:
        raise BadSpec(f"empty client: write {FORMS}")
    if len(spec) > MOST_CHARS:
        raise BadSpec(f"{spec[:40]}… is longer than {MOST_CHARS} characters: write {FORMS}")
    if "\0" in spec or not spec.isprintable():
        raise BadSpec(f"{text!a} holds characters that can't be printed: write {FORMS}")
    prefix, colon, rest = spec.partition(":")
    if colon and prefix == "service" and prefix not in DRIVERS:
        raise BadSpec(f"{spec}: test services can't be driven yet; write {FORMS}")
    if rest.startswith("//"):
        raise BadSpec(f"{spec} is an address, not a client (the server is ssedrill's own): write {FORMS}")
    if colon and prefix in DRIVERS:
        return _driven(spec, DRIVERS[prefix], rest)
    if colon and prefix == PREFIX:
        return in_environment(spec)
    if colon:
        return load(spec)
    if spec not in CLIENTS:
        raise BadSpec(f"there is no client {spec!r}; {_meant(spec)} Other forms: {FORMS.partition(', ')[2]}")
    return CLIENTS[spec] if CLIENTS[spec].imported else load(spec)


def _meant(spec: str) -> str:
    """Say what a word that is no client may be meant for."""
    if os.path.isdir(spec):
        return "it is a folder."
    if os.path.isfile(spec):
        return f"did you mean {spec}:FUNCTION?" if spec.endswith(".py") else f"did you mean the program cmd:./{spec}?"
    near = difflib.get_close_matches(spec[:100], CLIENTS, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(CLIENTS)}."


def _driven(spec: str, how: SpecForm, rest: str) -> Client:
    try:
        return Client(spec, how.make(rest), ALL, how.about, can_more=how.announces)
    except BadSpec as bad:
        raise BadSpec(f"{spec}: {bad}") from None
