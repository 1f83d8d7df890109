"""Which names speak of a credential: what is secret is told by what it is called, never by how it looks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

_CREDENTIAL = frozenset(
    {
        "apikey", "assertion", "auth", "authentication", "authorization", "bearer", "cookie", "cred",
        "credential", "credentials", "creds", "dsn", "hmac", "jwt", "key", "netrc", "oauth", "otp", "pass",
        "passcode", "passphrase", "passwd", "password", "passwords", "pat", "pgpass", "pw", "pwd", "sas",
        "secret", "secrets", "sid", "sig", "sign", "signature", "signatures", "token", "totp", "webhook"
    }
)  # fmt: skip
_MANY = frozenset({"keys", "tokens"})
"""These are counted or listed more often than they are secret: only with a word before them that says whose."""
_WHOSE = frozenset(
    {
        "access", "api", "auth", "client", "csrf", "private", "refresh", "secret", "session", "signing",
        "xsrf"
    }
)  # fmt: skip
_COUNTED = frozenset(
    {
        "budget", "cached", "count", "counts", "length", "limit", "limits", "max", "min", "num", "per",
        "remaining", "size", "total", "type", "usage"
    }
)  # fmt: skip
"""With one of these a key or a token is no credential: max_tokens, token_count, token_type."""
_MAY_BE_COUNTED = frozenset({"key", "pass", "sign", "token"})
_OF_SESSION = frozenset({"cookie", "hash", "id", "key", "token"})
_WRITTEN_AS_ONE = re.compile(
    r"(?:access|account|api|app|auth|client|encryption|functions|license|master|private|secret|service|session|shared"
    r"|signing|subscription)key\d*$"
    r"|(?:token|secret|passw(?:or)?d|passphrase|pwd|cookie|credentials?|authorization|authentication|signature)\d*$"
    r"|(?:basic|http|proxy|user)auth$|sess(?:ion)?id$|websocketprotocol$|connection(?:string|uri|url)$|connstr$"
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_CODE = re.compile(r"\.(?:c|cjs|go|html?|java|js|json|md|mjs|py|rb|rs|sh|toml|ts|txt|ya?ml)$", re.IGNORECASE)
"""A file is called so, and what follows it is a line or a function."""
_NOT_OURS = frozenset({"idempotency", "idempotent", "ratelimit"})
_FOLDERS = ("PWD", "OLDPWD")
_ERRORS = ("error", "exception", "warning")


@lru_cache(4096)
def speaks_of_credential(name: str) -> bool:
    """Tell whether a name, in any spelling (snake, kebab, camel, percent-encoded), is that of a credential.

    Idempotency keys, rate limits, counts of tokens and classes of errors are none.
    """
    words = _words(name)
    if _OF_CODE.search(name) or not words or words[-1] in _ERRORS or _NOT_OURS.intersection(words):
        return False
    pairs = list(pairwise(words))
    if ("rate", "limit") in pairs:
        return False
    if any(first in _WHOSE and second in _MANY for first, second in pairs):
        return True
    found = _CREDENTIAL.intersection(words)
    if found and found <= _MAY_BE_COUNTED and _COUNTED.intersection(words) and not _WHOSE.intersection(words):
        return False
    if found or any(first == "session" and second in _OF_SESSION for first, second in pairs):
        return True
    return _WRITTEN_AS_ONE.search("".join(words)) is not None


def variable_speaks_of_credential(name: str) -> bool:
    """Tell the same of an environment variable: there the shell's PWD and OLDPWD are folders."""
    return name not in _FOLDERS and speaks_of_credential(name)


@lru_cache(4096)
def may_be_a_count(name: str) -> bool:
    """Tell whether a small number under this name is a count (``token: 5``), though other values are secret."""
    return _CREDENTIAL.intersection(_words(name)) <= _MAY_BE_COUNTED


@lru_cache(4096)
def speaks_of_session(name: str) -> bool:
    """Tell whether it is the name of a session's id or cookie, which the server itself may have given."""
    words = _words(name)
    return bool({"cookie", "session", "sid"}.intersection(words)) or "".join(words).endswith(("sessid", "sessionid"))


def _words(name: str) -> list[str]:
    for _ in range(3):  # a name in a URL that is in a URL
        name = unquote(name)
    return [word.lower() for word in _WORD.findall(unicodedata.normalize("NFKC", name))]
