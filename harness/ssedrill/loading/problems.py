"""What is wrong with a scenario file, and what would be right, told so that one can mend it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches

from ssedrill.model.clean_text import printable

SHOWN_CHARS = 60
"""Nothing that a file holds is shown at greater length than this."""

SHOWN_PROBLEMS = 30

FEW_NAMES = 8
"""As many names as a message tells if a command tells all of them."""


class Wrong(ValueError):
    """A value that can't be read: what is wrong with it, and what would be right."""

    def __init__(self, wrong: str, right: str) -> None:
        super().__init__(f"{wrong}; {right}")
        self.wrong = wrong
        self.right = right


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. Elements of lists are counted from 0 in ``key``, as in ``attempt[0].faults[1].reset``."""

    file: str
    key: str  # empty if the whole file is meant
    wrong: str
    right: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, f"{self.wrong}; {self.right}") if part)


class BadScenario(Exception):
    """A scenario that can't be used. Its text has one line for each problem, as far as a person reads."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > len(lines):
            lines.append(f"... and {len(self.problems) - len(lines)} more problems")
        super().__init__("\n".join(lines))


@dataclass(slots=True)
class Report:
    """Collects the problems of one file, so that all of them are told together."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    prefix: str = ""  # of every key, for what is inside a table

    def under(self, path: str) -> Report:
        """Return what notes the problems of a table that stands there, among those of the file."""
        return Report(self.file, self.problems, joined_path(self.prefix, path))

    def add(self, key: str, wrong: str, right: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(shown_path(self.file), joined_path(self.prefix, key), wrong, right))

    def unknown(self, parent: str, name: str, known: Iterable[str], what: str = "key", *, command: str = "") -> None:
        """Note a name that nobody knows, with the known one that is nearest to it; ``command`` names all."""
        self.add(joined(parent, name), f"unknown {what} {shown(name)}", nearest(name, known, command=command))

    def raise_if_any(self) -> None:
        """Raise BadScenario if anything was noted."""
        if self.problems:
            raise BadScenario(self.problems)


def joined_path(parent: str, path: str) -> str:
    """Return a path inside its parent's."""
    return f"{parent}.{path}" if parent and path else parent or path


def joined(parent: str, name: str) -> str:
    """Return the path of a key inside its parent's; a key that is no plain word is quoted."""
    plain = name.replace("-", "").replace("_", "")
    word = name if plain.isascii() and plain.isalnum() and len(name) <= SHOWN_CHARS else shown(name)
    return f"{parent}.{word}" if parent else word


def nearest(name: str, known: Iterable[str], *, command: str = "") -> str:
    """Say which of the known names was probably meant, and which there are.

    If ``command`` names them all, not more of them are told than a person reads.
    """
    names = list(known)
    if not names:
        return "leave it out: there are none"
    close = get_close_matches(name[:SHOWN_CHARS], names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"use one of {few(names, name, command=command)}"


def few(names: Sequence[str], like: str, *, command: str) -> str:
    """Return names for a message, with where to find the rest if they are too many: the ones most alike come first.

    ``command`` names all of them; without one all are told.
    """
    if len(names) <= FEW_NAMES or not command:
        return ", ".join(names)
    alike = sorted(names, key=lambda name: SequenceMatcher(None, like[:SHOWN_CHARS], name).ratio(), reverse=True)
    return f"{', '.join(alike[:FEW_NAMES])} or {len(names) - FEW_NAMES} others, which `{command}` names"


def shown(value: object) -> str:
    """Return a value as it may stand in a message: bounded, and with nothing in it that a terminal obeys."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**20:
        return "a huge number"
    if isinstance(value, dict | list):
        kind = "table" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    text = f'"{ascii(value[: SHOWN_CHARS + 1])[1:-1]}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 4]}..."


def shown_path(path: str) -> str:
    """Return a file's name as it may stand in a message."""
    return printable(path[-1000:])
