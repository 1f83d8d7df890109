"""A reader that knows what a healthy answer says, and tells with which byte on the wire it can't be one any more.

It reads byte by byte, and gives up at once. It takes nothing from what a plan says of its segments: it undoes chunks
and content codings itself.
"""

from __future__ import annotations

from collections.abc import Callable

from ssedrill_faults.http.codings import NOT_CODED, decoder

PLAIN: Callable[[bytes], bytes] = bytes


class Noticed(Exception):
    """This byte can't be one of the healthy answer."""


class Reader:
    """Reads one answer; ``healthy`` is the whole body of the healthy one, without chunks and coding."""

    def __init__(self, healthy: bytes, head: bytes | None = None, *, decodes: bool = True) -> None:
        self.healthy = healthy
        self.right_head = head  # to compare with; None: the head may differ, as a length does
        self.head = b""
        self.body = b""
        self.decode, self.decodes = PLAIN, decodes
        self.left: int | None = None  # of the body, if its length is known
        self.chunk = self.after = -1  # bytes of content that are left in a chunk; of the line end behind it
        self.line = b""
        self.chunked = self.ending = False  # behind the last chunk's size
        self.over = False

    def feed(self, byte: bytes) -> None:
        """Take the next byte; raises Noticed."""
        if not self.head.endswith(b"\r\n\r\n"):
            self.head += byte
            if self.right_head is not None and not self.right_head.startswith(self.head):
                raise Noticed
            if self.head.endswith(b"\r\n\r\n"):
                self._begin()
        elif self.over:
            raise Noticed  # nothing is to come
        elif self.chunked:
            self._chunked(byte)
        else:
            self._take(byte)
            if self.left is not None:
                self.left -= 1
                if not self.left:
                    self._end()

    def _begin(self) -> None:
        head = self.head.lower()
        if head.startswith(b"http/1.1 1"):  # another head follows
            self.head = b""
            return
        self.chunked = b"transfer-encoding: chunked" in head
        if not self.chunked and b"content-length: " in head:
            self.left = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
        if not self.decodes:
            return
        coding = head.partition(b"content-encoding: ")[2].split(b"\r\n")[0]
        self.decode = decoder(coding.decode()) if coding in (b"gzip", b"br", b"zstd") else PLAIN

    def _chunked(self, byte: bytes) -> None:
        if self.ending:
            self.line += byte
            self.over = self.line == b"\r\n" or self.line.endswith(b"\r\n\r\n")
        elif self.chunk > 0:
            self._take(byte)
            self.chunk -= 1
            self.after = 2
        elif self.after > 0:
            if byte != b"\r\n"[2 - self.after : 3 - self.after]:
                raise Noticed
            self.after -= 1
        else:
            self.line += byte
            size = self.line.partition(b"\r")[0].partition(b";")[0]
            if not size or size.strip(b"0123456789abcdef"):
                raise Noticed
            if size == b"0" and self.body != self.healthy:
                raise Noticed  # no healthy server writes a size that begins so
            if self.line.endswith(b"\r\n"):
                self.line, self.chunk = b"", int(size, 16)
                self.ending = not self.chunk

    def _take(self, byte: bytes) -> None:
        try:
            self.body += self.decode(byte)
        except NOT_CODED:
            raise Noticed from None
        if not self.healthy.startswith(self.body):
            raise Noticed

    def _end(self) -> None:
        self.over = True
        if self.body != self.healthy:
            raise Noticed


def noticed(
    data: bytes, healthy: bytes, head: bytes | None = None, *, content: int | None = None, decodes: bool = True
) -> int | None:
    """Return how many bytes such a reader has read when it gives up; None if all that comes is healthy.

    ``content``: it gives up as soon as it has so many bytes of the body. Unless it ``decodes``, the healthy body is
    one in a content coding.
    """
    reader = Reader(healthy, head, decodes=decodes)
    for i in range(len(data)):
        try:
            reader.feed(data[i : i + 1])
        except Noticed:
            return i + 1
        if content is not None and len(reader.body) >= content:
            return i + 1
    return None
