"""What is left of a run whose worker died: how it died, and what it had journalled up to then."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ssedrill.drivers.sink import MESSAGE_CHARS
from ssedrill.model.attempt_json import attempt_from_json
from ssedrill.model.call_log import CallLog
from ssedrill.model.clean_text import encodable
from ssedrill.model.codec import BadValue, decode
from ssedrill.model.redaction import redacted_message
from ssedrill.model.token_journal import TokenEntry, TokenJournal, last_line
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog, Played, WireJournal
from ssedrill.running.seen import Seen
from ssedrill_faults.plan import Plan


def how_it_died(status: int | None) -> str:
    """Say what a wait status means; None if nobody has it."""
    if status is None:
        return "its process was killed, and with it the one that watched it"
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"its process ended with exit code {code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
        memory = "; perhaps the memory was full" if name == "SIGKILL" else ""
        return f"its process was ended by signal {-code}, {name}{memory}"
    return f"its process was ended by signal {-code}"


def seen_until(
    entries: Iterable[list[Any]], known: dict[str, Plan], why: str, printed: str, wall_s: float, *, quoted: bool
) -> Seen:
    """Return what was seen of a run until its worker died of ``why``; ``quoted``: with the last that it ``printed``.

    The entries are data that the client may have written: they are read as far as they make sense.
    """
    reading = _Reading(dict(known))
    with suppress(BadValue, TypeError, ValueError, KeyError, IndexError, AttributeError):
        for kind, *rest in entries:
            reading.take(kind, rest)
    tokens = reading.tokens.setdefault(1, TokenJournal())
    calls = list(reading.calls.values()) or None
    seen = Seen(reading.clock, reading.wire, tokens, reading.t, wall_s, reading.why_real, calls=calls)
    last = last_line(printed)
    told = f"{why}; the last that it said: {last}" if last and quoted else why
    crashed = encodable(redacted_message(told[: 2 * MESSAGE_CHARS], reading.segment)[:MESSAGE_CHARS])
    for journal in [call.tokens for call in calls or () if call.ended_t is None] or [tokens]:
        journal.crashed = crashed
    seen.printed = fit_to_keep(printed, reading.segment)
    return seen


def fit_to_keep(printed: str, segment: str) -> str:
    """Return what was printed during a run without its address, of which ``segment`` is the secret part."""
    return encodable(redacted_message(printed, segment))


class _Reading:
    def __init__(self, plans: dict[str, Plan]) -> None:
        self.clock, self.segment = "real", ""
        self.why_real: str | None = None
        self.wire = WireJournal()
        self.tokens: dict[int, TokenJournal] = {}  # by call
        self.calls: dict[int, CallLog] = {}
        self.t = 0.0
        self._plans = plans
        self._attempts: dict[int, AttemptLog] = {}

    def take(self, kind: object, rest: list[Any]) -> None:
        """Understand one entry; raises one of several errors if it can't be."""
        match kind:
            case "run":
                self.clock, self.why_real = decode(str, rest[0], "clock"), decode(str | None, rest[1], "why")
            case "at":
                self.segment = decode(str, rest[0], "segment")
            case "plan":
                self._plans[decode(str, rest[0], "digest")] = decode(Plan, rest[1], "plan")
            case "connected":
                self.wire.connections.append(ConnectionLog(decode(int, rest[0], "number"), self._at(rest[1])))
            case "asked":
                log = attempt_from_json(rest[0], self._plans, "attempt")
                self.wire.attempts.append(log)
                self._attempts[log.number] = log
                self._at(log.t)
            case "played":
                self._played(decode(int, rest[0], "attempt"), rest[1])
            case "said":
                t, word, text, error_class, call = rest
                entries = self.tokens.setdefault(decode(int, call, "call"), TokenJournal()).entries
                entry = {"n": len(entries) + 1, "t": t, "kind": word, "text": text}
                entries.append(decode(TokenEntry, {**entry, "error_class": error_class}, "said"))
                self._at(t)
            case "more":
                self.tokens[decode(int, rest[1], "call")].entries[-1].text += decode(str, rest[0], "text")
            case "call":
                one: CallLog = decode(CallLog, rest[0], "call")
                one.tokens = self.tokens.setdefault(one.number, TokenJournal())
                self.calls[one.number] = one
            case _:
                raise BadValue("is no kind of entry")

    def _played(self, number: int, rows: list[Any]) -> None:
        log = self._attempts[number]
        for t, op, end, taken in rows:
            if not 0 <= op < len(log.plan.ops):
                raise IndexError
            log.played.append(decode(Played, {"t": t, "op": op, "end": end, "taken": taken}, "played"))
            self._at(t)

    def _at(self, t: Any) -> float:
        moment: float = decode(float, t, "t")
        self.t = max(self.t, moment)
        return moment
