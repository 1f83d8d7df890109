"""Text beside the answer that can't be told from a token of it: an error's message, what a ping says, a header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ssedrill.loading.problems import Report, joined, shown
from ssedrill.loading.settings import known_settings
from ssedrill.model.scenario import Scenario
from ssedrill.model.tokens import find_tokens
from ssedrill_faults.fault import Fault


def check_like_tokens(fault: Fault, scenario: Scenario, place: str, report: Report) -> None:
    """Note the settings of a fault in which a token stands that nobody served as one.

    If a client showed that text, it would pass for a part of the answer. The faults that write the answer's own
    events are left out: when they are tried, their text is looked at as clients read it.
    """
    if fault.rewrites_text:
        return
    for key, item in known_settings(type(fault)).items():
        for text in _texts(getattr(fault, item.name)):
            seen = next((one for one in find_tokens(text, scenario.stream.text, raw=True) if one.whole), None)
            if seen is not None and seen.number <= scenario.stream.tokens:
                wrong = f"{shown(text)} can't be told from a token: it holds {seen.generation}{seen.number}"
                report.add(joined(place, key), wrong, "write words without a number")
                break


def _texts(value: object) -> Iterator[str]:
    """Give all text in a setting."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _texts(one)
