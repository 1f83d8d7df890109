"""Bytes as a hexdump: their places, what they are, and the characters that they stand for."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from ssedrill.model.phrases import grouped

PER_ROW = 16
MOST_BYTES = 4096
"""What is longer is shown without its middle."""


def print_hexdump(console: Console, data: bytes) -> None:
    """Print bytes, sixteen a row; of more than 4 KiB the first and the last two."""
    half = MOST_BYTES // 2
    end = len(data) - half - (len(data) - half) % PER_ROW
    for at in range(0, len(data), PER_ROW):
        if len(data) > MOST_BYTES and half <= at < end:
            if at == half:
                console.print(Text(f"        … {grouped(end - half, 'byte')} left out", "dim"), soft_wrap=True)
            continue
        row = data[at : at + PER_ROW]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        console.print(Text(f"        {at:06x}  {row.hex(' '):<47}  {text}", "dim"), soft_wrap=True)
