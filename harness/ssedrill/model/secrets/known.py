"""The secrets of one run: learned where they are named, numbered, and replaced wherever they turn up."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ssedrill.model.secrets.in_text import PLACEHOLDER, Span, in_text
from ssedrill.model.secrets.names import speaks_of_credential, speaks_of_session, variable_speaks_of_credential
from ssedrill.model.secrets.spelling import plain, scheme_of, spellings

EVERYWHERE_CHARS = 8
"""A shorter value is replaced only where it is named: elsewhere it may be a word like any other."""
HALF_CHARS = 4
"""So much of a secret that was cut is still told as one."""


@dataclass(frozen=True)
class Told:
    """What somebody else needs to know of a run's secrets to replace them in the same way."""

    public: tuple[str, ...]
    numbers: dict[str, int]
    learned: tuple[str, ...]
    given: tuple[str, ...]


class Secrets:
    """Replaces secrets by ``<secret 1>`` and so on: the same value has the same number, in whatever spelling.

    ``public`` are values that are none, whatever they are called; ``numbers`` gives values their numbers in advance.
    """

    def __init__(self, public: Iterable[str] = (), numbers: Mapping[str, int] | None = None) -> None:
        self._public = {plain(value) for value in public}
        self._numbers = dict(numbers or {})
        self._next = itertools.count(1 + max(self._numbers.values(), default=0))
        self._values: dict[str, str] = {}  # every spelling that is looked for everywhere: the value that it spells
        self._given: list[str] = []
        for value in self._numbers:
            self.learn(value)

    @property
    def numbers(self) -> dict[str, int]:
        """The values that have been replaced so far, with their numbers."""
        return dict(self._numbers)

    def told(self) -> Told:
        """Return what another process needs to know of them."""
        learned = tuple(dict.fromkeys(self._values.values()))
        return Told(tuple(sorted(self._public)), self.numbers, learned, tuple(self._given))

    @classmethod
    def from_told(cls, told: Told) -> Secrets:
        """Return secrets that replace as those of which was told."""
        secrets = cls(told.public, told.numbers)
        for value in told.learned:
            secrets.learn(value)
        secrets._given.extend(told.given)
        return secrets

    def learn(self, value: str) -> None:
        """Look for a value everywhere from now on, if it is long enough to be told from other words."""
        value = plain(value)
        if len(value) >= EVERYWHERE_CHARS and value not in self._public:
            for spelled in spellings(value):
                self._values.setdefault(spelled, value)

    def learn_environment(self, env: Mapping[str, str]) -> None:
        """Look everywhere for what stands in the environment under names of credentials, or with a password."""
        for name, value in sorted(env.items()):
            if variable_speaks_of_credential(name):
                self.learn(value)
            else:
                self._learn_spans(value, passwords(value))

    def given(self, head: bytes) -> None:
        """Take what the drill's own server said: session ids and cookies in it are no secrets when they come back."""
        text = head.decode("latin-1")
        if text not in self._given and speaks_of_session(text):
            self._given.append(text)

    def text(self, text: str, *, cut: bool = False, command: bool = False) -> str:
        """Return a text without secrets, those that it names itself among them.

        If it was ``cut``, what is left of a known one at its ends goes too. In a ``command`` line nothing is prose.
        """
        named = [span for span in in_text(text, command=command) if not self._is_public(text[span.start : span.end])]
        self._learn_spans(text, named)
        kept = self._without(text, named)
        return self._without_halves(kept) if cut else kept

    def header(self, name: str, value: str) -> str:
        """Return a header's value without secrets."""
        if not speaks_of_credential(name):
            return self.text(value)
        if name == "cookie":
            return "; ".join(self._cookie(pair) for pair in value.split("; "))
        scheme = scheme_of(value)
        credential = value[len(scheme) :]
        if speaks_of_session(name) and self._was_given(credential):
            return value
        if scheme.strip().lower() == "basic":
            self._learn_basic(credential)
        self.learn(credential)
        return scheme + self._word(credential)

    def learn_request(self, path: str, headers: Iterable[tuple[str, str]]) -> None:
        """Learn what a request holds, so that nothing which is said of it later tells on it."""
        self.text(path)
        for name, value in headers:
            self.header(name, value)

    def spans(self, text: str, *, named: bool = True) -> list[tuple[int, int, str]]:
        """Return where secrets stand in a text, in order, and what is to stand there."""
        found = [span for span in in_text(text) if not self._is_public(text[span.start : span.end])] if named else []
        self._learn_spans(text, found)
        return self._all_spans(text, found)

    def _learn_spans(self, text: str, spans: Sequence[Span]) -> None:
        for start, end, everywhere in spans:
            if everywhere:
                self.learn(text[start:end])

    def _without(self, text: str, named: Sequence[Span]) -> str:
        kept, at = [], 0
        for start, end, word in self._all_spans(text, named):
            kept += [text[at:start], word]
            at = end
        return "".join((*kept, text[at:])) if kept else text

    def _all_spans(self, text: str, named: Sequence[Span]) -> list[tuple[int, int, str]]:
        found = [(span.start, span.end, text[span.start : span.end]) for span in named]
        for spelled, value in self._values.items():
            at = text.find(spelled)
            while at >= 0:
                found.append((at, at + len(spelled), value))
                at = text.find(spelled, at + len(spelled))
        joined: list[tuple[int, int, str]] = []
        for start, end, value in sorted(found, key=lambda one: (one[0], -one[1])):
            if not joined or start >= joined[-1][1]:
                joined.append((start, end, value))
            elif end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end, joined[-1][2])
        return [(start, end, self._word(value)) for start, end, value in joined]

    def _word(self, value: str) -> str:
        value = plain(value)
        if not value or value in self._public or PLACEHOLDER.match(value):
            return value
        number = self._numbers.get(value) or self._numbers.setdefault(value, next(self._next))
        return f"<secret {number}>"

    def _without_halves(self, text: str) -> str:
        """Replace what is left of a secret at the ends of a text that was cut."""
        for spelled, value in self._values.items():
            for size in range(min(len(spelled) - 1, len(text)), HALF_CHARS - 1, -1):
                if text.endswith(spelled[:size]):
                    text = text[:-size] + self._word(value)
                elif text.startswith(spelled[-size:]):
                    text = self._word(value) + text[size:]
        return text

    def _is_public(self, value: str) -> bool:
        return plain(value) in self._public

    def _was_given(self, value: str) -> bool:
        return len(value) >= HALF_CHARS and any(value in text for text in self._given)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", pair
        if self._was_given(value):
            return pair
        self.learn(value)
        return name + equals + self._word(value)

    def _learn_basic(self, credential: str) -> None:
        try:
            told = base64.b64decode(credential, validate=True).decode()
        except ValueError:
            return
        self.learn(told.partition(":")[2])


def passwords(value: str) -> list[Span]:
    """Return where passwords stand in the value of a variable: in a URL, or in a string that says how to connect."""
    if not ("://" in value or "password=" in value.lower()):
        return []
    return [span for span in in_text(value) if span.everywhere and span.end - span.start >= HALF_CHARS]
