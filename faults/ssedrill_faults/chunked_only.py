"""What is said of a fault that works on chunks if the body has none."""

from __future__ import annotations

from ssedrill_faults.fault import Impossible


def needs_chunks(setting: str) -> Impossible:
    """Return the error of a setting that means nothing unless the body is sent in chunks (RFC 9112, 7.1)."""
    return Impossible(
        f"{setting} needs a body that is sent in chunks, and this one ends by its length or with its connection:"
        ' set framing = "chunked" in [stream], and leave out what frames this answer otherwise'
    )
