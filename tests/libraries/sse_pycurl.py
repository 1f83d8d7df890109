"""libcurl in this process: it connects and waits in C, by timers of its own."""

import pycurl
from sse_lines import Lines


def stream(target):
    """Show what comes, with the time limits of libcurl."""
    pieces, lines, curl, multi, left = [], Lines(), pycurl.Curl(), pycurl.CurlMulti(), 1
    options = {"URL": target.url, "WRITEFUNCTION": pieces.append, "FAILONERROR": True, "LOW_SPEED_LIMIT": 1}
    for name, value in (options | {"LOW_SPEED_TIME": max(1, round(target.patience_s))}).items():
        curl.setopt(getattr(pycurl, name), value)
    multi.add_handle(curl)
    while left:
        left = multi.perform()[1]
        while pieces:
            yield from lines.texts(pieces.pop(0))
        if left:
            multi.select(0.2)
    for _, _, message in multi.info_read()[2]:
        raise ConnectionError(message)
