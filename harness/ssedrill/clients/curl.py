"""The real curl: no retries, the raw body on standard output."""

from __future__ import annotations

import json
import math

from ssedrill.clients.request import request_for
from ssedrill.drivers.target import Target


def command(target: Target) -> list[str]:
    """Return curl's command line; its patience is a transfer of less than a byte a second for so many seconds."""
    ask = request_for(target)
    patience = str(max(1, math.ceil(target.patience_s)))
    argv = ["curl", "-sS", "-N", "--fail", "--connect-timeout", patience]
    argv += ["--speed-limit", "1", "--speed-time", patience, "-X", ask.method]
    for name, value in ask.headers.items():
        argv += ["-H", f"{name}: {value}"]
    if ask.json is not None:
        argv += ["-H", "content-type: application/json", "--data-binary", json.dumps(ask.json)]
    return [*argv, ask.url]
