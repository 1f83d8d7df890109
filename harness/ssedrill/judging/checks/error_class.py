"""By which class an application can tell how a call failed."""

from __future__ import annotations

from fnmatch import fnmatchcase

from ssedrill.judging.checks.check import Case, CheckKind
from ssedrill.judging.checks.stimulus import A_BREAK
from ssedrill.model.record import Check, Claim
from ssedrill.model.scenario import Expectation, Unit

EVERYTHING = frozenset({"object", "BaseException", "Exception"})
"""Classes that catch any error: to name one would ask for nothing."""


class ErrorClassCheck(CheckKind):
    """It has an answer if the client failed: the class of its error, or one that this is derived from, is named.

    A name may hold ``*``. One behind ``!`` is a class that it must not be; if all are such, any other class is right.
    """

    def answer(self, case: Case, expectation: Expectation) -> Check | None:
        """Look the error's classes up among the names."""
        measured, names = case.measured, expectation.bound
        assert isinstance(names, tuple)
        if measured.claim is not Claim.ERROR or measured.error is None:
            return None
        entry = next(one for one in measured.tokens.entries if one.kind in ("error", "unsupported"))
        first, bases = measured.error.error_class, [one for one in entry.error_bases if one not in EVERYTHING]
        wanted = [name for name in names if not name.startswith("!")]
        banned = [name[1:] for name in names if name.startswith("!")]
        ok = (not wanted or _any(wanted, first, *bases)) and not _any(banned, first, *bases)
        got = f"{first} ({', '.join(bases)})" if bases else first
        return self.said(expectation.severity, ok, expectation.written, got)


def _any(patterns: list[str], *names: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in names for pattern in patterns)


ERROR_CLASS = ErrorClassCheck(
    "error_class",
    'If the call failed, its error is of one of these classes, by name; "!KeyError" is one that it must not be.',
    Unit.NAMES,
    stimulus=A_BREAK,
    lacking="the client raised no error",
    wants=("error_class",),
)
