"""Change the headers of the stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ssedrill_faults.answer.header_fields import Headers, check_free, check_headers, overlaid, without
from ssedrill_faults.answer.places import check_places, filled, named_in
from ssedrill_faults.fault import AnswerFault, Context, Impossible
from ssedrill_faults.plan import Answer

MOST_BYTES = 16 * 1024 * 1024


MOST_LINES = 10_000


@dataclass(frozen=True, kw_only=True)
class HeadersFault(AnswerFault):
    """Send the stream with other headers: a wrong content type, none at all, a cache's, or very many bytes of them.

    Every client may ignore a header that it does not know, so it reshapes only, unless the content type is changed
    or ``bytes`` are added: a head of any size is more than a client must take.
    """

    name = "headers"
    shaping_by = ("bytes", "set", "add", "remove")

    set: dict[str, str] = field(default_factory=dict)
    """Headers in place of those of the same name, or besides. ``{origin}`` and ``{path}`` stand for the run's own
    address, as in the fault status."""
    add: dict[str, str] = field(default_factory=dict)
    """Headers besides those of the same name, so that these are there twice."""
    remove: tuple[str, ...] = ()
    """The names of headers that are left out."""
    bytes: int = 0
    """So many bytes of padding are in further headers."""
    lines: int = 1
    """So many headers hold the padding."""

    def __post_init__(self) -> None:
        if not (self.set or self.add or self.remove or self.bytes):
            raise ValueError("give at least one of set, add, remove and bytes")
        for setting, headers in (("set", self.set), ("add", self.add)):
            check_headers(setting, headers)
            check_free(setting, headers)
            check_places(setting, headers.values())
        check_free("remove", self.remove)
        if twice := {name.lower() for name in self.set} & {name.lower() for name in self.remove}:
            raise ValueError(f"remove has {min(twice)}, which set gives: keep one of them")
        if not 0 <= self.bytes <= MOST_BYTES:
            raise ValueError(f"bytes must be from 1 to {MOST_BYTES}")
        if self.lines > MOST_LINES:
            raise ValueError(f"lines must be at most {MOST_LINES}")
        if self.lines < 1 or (self.lines > 1 and self.lines > self.bytes):
            raise ValueError("lines must be at least 1, with at least one of the bytes in each")
        names = {name.lower() for name in (*self.set, *self.add, *self.remove)}
        object.__setattr__(self, "shaping", not self.bytes and "content-type" not in names)

    @property
    def places(self) -> frozenset[str]:
        """Those in the values."""
        return named_in([*self.set.values(), *self.add.values()])

    def filled_in(self, places: Mapping[str, str]) -> Self:
        """Fill in the values, which may name other addresses of the same run."""
        if not self.places & places.keys():
            return self
        set_, add = ({key: filled(value, places) for key, value in one.items()} for one in (self.set, self.add))
        return replace(self, set=set_, add=add)

    def rewrite(self, answer: Answer, ctx: Context) -> Answer:
        """Replace, add and remove."""
        if answer.status != 200:
            raise Impossible(
                f"set and remove are for a stream, and this answer's status is {answer.status}: its own "
                "fault has headers"
            )
        there = {key.lower() for key, _ in answer.headers}
        if missing := [name for name in self.remove if name.lower() not in there]:
            raise Impossible(f"remove has {missing[0]}, which the answer has not")
        given = [(name, value) for name, value in self.set.items() if not _is_of_cors(name)]
        if same := [name for name, value in given if (name.lower(), value) in _named(answer.headers)]:
            raise Impossible(f"set has {same[0]}, and the answer says so already")
        headers = (*overlaid(without(answer.headers, self.remove), self.set.items()), *self.add.items())
        return replace(answer, headers=(*headers, *self._padding())).with_head_of(self.name)

    def _padding(self) -> list[tuple[str, str]]:
        size, more = divmod(self.bytes, self.lines)
        return [(f"X-Padding-{i + 1}", "p" * (size + (i < more))) for i in range(self.lines) if self.bytes]


def _named(headers: Headers) -> set[tuple[str, str]]:
    return {(name.lower(), value) for name, value in headers}


def _is_of_cors(name: str) -> bool:
    """Tell whether the answer to a page may have a header that no other answer has."""
    return name.lower() == "vary" or name.lower().startswith("access-control-")
