"""Who may use the control API: nobody from another origin, and with a token, who has it."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ssedrill.serving.refused import Refused

LOOPBACK = ("127.0.0.1", "localhost")
_OWN_NUMBER = re.compile(r"127(\.[0-9]{1,3}){3}")
_NAME = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


@dataclass(frozen=True)
class Guard:
    """Without a token only programs of this machine can connect, and a browser's page must be the server's own."""

    token: str = ""

    def check(self, headers: Mapping[str, str], query: Mapping[str, str], *, is_page: bool) -> None:
        """Raise Refused if a request is not to be answered. The page may have the token in its address."""
        host = headers.get("Host", "")
        name = host_name(host)
        if name and not _NAME.fullmatch(name):
            raise Refused(400, "the header Host names no host", f"use http://{LOOPBACK[0]}, or this server's name")
        if not self.token and not is_loopback(name):
            right = f"use http://{LOOPBACK[0]}, which no other server's name can lead to"
            raise Refused(421, "this server has another name", right)
        origin = headers.get("Origin")
        if origin is not None and origin != f"http://{host}":
            raise Refused(403, "a page of another origin may not use this server", "open its own page, at /")
        if headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and not is_page:
            raise Refused(403, "a page of another site may not use this server", "open its own page, at /")
        if self.token and not self._knows(headers, query, is_page=is_page):
            right = "send the header Authorization: Bearer TOKEN, with the token that serve was given or has printed"
            raise Refused(401, "the token is missing or wrong", right)

    def _knows(self, headers: Mapping[str, str], query: Mapping[str, str], *, is_page: bool) -> bool:
        scheme, _, given = headers.get("Authorization", "").partition(" ")
        tokens = [given.strip()] if scheme.lower() == "bearer" else []
        if is_page:
            tokens.append(query.get("token", ""))
        return any(hmac.compare_digest(one.encode("utf-8", "replace"), self.token.encode()) for one in tokens)


def is_loopback(name: str) -> bool:
    """Tell whether a host is this machine, whoever says it: a name can be made to lead here, and a number can't."""
    return name in LOOPBACK or _OWN_NUMBER.fullmatch(name) is not None


def host_name(host: str) -> str:
    """Return the host of a Host header without its port."""
    name, _, port = host.rpartition(":")
    return (name if port.isdecimal() else host).lower()
