"""tornado's HTTP client."""

import asyncio

from sse_lines import Lines
from tornado.httpclient import AsyncHTTPClient, HTTPRequest


async def stream(target):
    """Show what its callback is given."""
    pieces, lines = asyncio.Queue(), Lines()
    limits = {"connect_timeout": target.patience_s, "request_timeout": 0.8 * target.deadline_s}
    wanted = {"streaming_callback": pieces.put_nowait} | limits
    asked = asyncio.ensure_future(AsyncHTTPClient(force_instance=True).fetch(HTTPRequest(target.url, **wanted)))
    asked.add_done_callback(lambda _: pieces.put_nowait(None))
    while (piece := await pieces.get()) is not None:
        for text in lines.texts(piece):
            yield text
    asked.result()
