"""Tokens with their marks, and how a record holds them: as runs of tokens that follow each other in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ssedrill.model.token_mark import TokenMark

NEW = (TokenMark.NEW,)


@dataclass(frozen=True, slots=True)
class MarkedToken:
    """A token (or text that is none) as the application got it, or one that never came."""

    entry: int  # the number of the journal entry that completed it; 0 for what never came
    generation: str  # empty for text that is no token, and for what never came
    number: int  # 0 for text that is no token
    marks: tuple[TokenMark, ...]

    @property
    def mark(self) -> TokenMark:
        """The mark that comes first."""
        return self.marks[0]


@dataclass(slots=True)
class TokenRun:
    """Tokens with the same marks whose entries and numbers grow by the same steps."""

    entry: int  # of the first token
    generation: str
    number: int  # of the first token
    count: int = 1
    marks: tuple[TokenMark, ...] = NEW
    entry_step: int = 1
    number_step: int = 1

    def add(self, token: MarkedToken) -> bool:
        """Take one more token into the run, or return False if it does not go on like this."""
        if token.generation != self.generation or token.marks != self.marks:
            return False
        last = self.count - 1
        entry_step = token.entry - self.entry - last * self.entry_step
        number_step = token.number - self.number - last * self.number_step
        if last and (entry_step, number_step) != (self.entry_step, self.number_step):
            return False
        if number_step not in (0, 1):
            return False
        self.count, self.entry_step, self.number_step = self.count + 1, entry_step, number_step
        return True

    def __iter__(self) -> Iterator[MarkedToken]:
        """Give the tokens of the run."""
        for i in range(self.count):
            entry, number = self.entry + i * self.entry_step, self.number + i * self.number_step
            yield MarkedToken(entry, self.generation, number, self.marks)


def folded(tokens: Iterable[MarkedToken]) -> list[TokenRun]:
    """Return the tokens as runs, in their order."""
    runs: list[TokenRun] = []
    for token in tokens:
        if not runs or not runs[-1].add(token):
            runs.append(TokenRun(token.entry, token.generation, token.number, marks=token.marks))
    return runs


def unfolded(runs: Iterable[TokenRun]) -> list[MarkedToken]:
    """Return the tokens of all runs, in their order."""
    return [token for run in runs for token in run]
