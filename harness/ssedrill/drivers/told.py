"""What a client tells its application besides text, in the form in which a journal keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping


class BadTold(TypeError):
    """A client tells what nobody could read; the message says what would be right."""


def usage_told(numbers: Mapping[str, object]) -> str:
    """Return the numbers of a usage as JSON, by name; raises BadTold if there are none, or others than whole ones."""
    if not numbers:
        raise BadTold("usage needs at least one number, as in usage(input_tokens=25, output_tokens=40)")
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise BadTold(f"usage takes whole numbers, as in output_tokens=40; {name} is {number!r:.60}")
    return json.dumps({name: int(str(number)) for name, number in sorted(numbers.items())})


def finish_told(reason: object) -> str:
    """Return the reason for which a model stopped; raises BadTold if it is no text."""
    if not isinstance(reason, str):
        raise BadTold(f'finish takes the reason as the server gave it, as in finish("stop"); it got {reason!r:.60}')
    return str(reason)
