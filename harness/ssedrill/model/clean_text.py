"""Text from a client, a file or a program, made fit for what it goes into."""

from __future__ import annotations

import re

# Control characters, invisible direction marks and lone surrogates: what a terminal obeys or can't encode.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str, limit: int = 400) -> str:
    """Return text with nothing in it that a terminal obeys, cut at ``limit`` characters; other scripts stay."""
    shown = _UNSAFE.sub(_escape, text[: limit + 1])
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {9: "\\t", 10: "\\n", 13: "\\r"}.get(code, f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


# How CI systems are told what to do by what a step prints: GitHub reads lines that begin with two colons, and two
# hashes and a bracket anywhere in a line; Azure and TeamCity have a word before the bracket.
_COMMAND = re.compile(r"(?m:^|(?<=\r))[^\S\r\n]*(?=::)|##(?=\w*\[)")


def inert(text: str) -> str:
    """Return text, from the beginning of a line on, with a backslash in what a CI system would take for a command."""
    return _COMMAND.sub(lambda found: f"{found[0]}\\", text)


def printable(text: str) -> str:
    """Return text with every character that Python does not call printable as an escape."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def encodable(text: str) -> str:
    """Return the text as any encoding can write it: pairs of surrogates joined, lone ones replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
