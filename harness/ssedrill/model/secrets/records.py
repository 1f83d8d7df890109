"""The record of a run without its secrets. It is made last: what judges a run compares what really came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ssedrill.model.record import CallRecord, Record
from ssedrill.model.redacted_plan import with_data
from ssedrill.model.replaced import Replacement, replaced
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, WireJournal
from ssedrill_faults.plan import Plan, Write

Judged = TypeVar("Judged", Record, CallRecord)


def redacted(record: Record, secrets: Secrets) -> Record:
    """Return the record with every secret replaced, wherever it stands."""
    wire = _wire(record.wire, secrets)  # first: here secrets are named, and the numbers follow the requests
    return replace(
        _said(record, secrets),
        wire=wire,
        notes=[secrets.text(note) for note in record.notes],
        printed=secrets.text(record.printed, cut=True),
        calls=[_said(call, secrets) for call in record.calls],
    )


def _said(judged: Judged, secrets: Secrets) -> Judged:
    """Return a run, or a call, without the secrets in what its client said and what is said of it."""
    text, error = secrets.text, judged.error
    return replace(
        judged,
        tokens=_tokens(judged.tokens, secrets),
        summary=text(judged.summary),
        checks=[replace(check, expected=text(check.expected), got=text(check.got)) for check in judged.checks],
        error=error and replace(error, error_class=text(error.error_class), message=text(error.message)),
    )


def _wire(wire: WireJournal, secrets: Secrets) -> WireJournal:
    attempts = [_attempt(log, secrets) for log in wire.attempts]
    connections = [replace(conn, note=secrets.text(conn.note)) for conn in wire.connections]
    return WireJournal(connections, attempts, wire.flooded)


def _attempt(log: AttemptLog, secrets: Secrets) -> AttemptLog:
    headers = tuple((name, secrets.header(name, value)) for name, value in log.headers)
    return replace(log, path=secrets.text(log.path), headers=headers, plan=_plan(log.plan, secrets))


def _plan(plan: Plan, secrets: Secrets) -> Plan:
    """Return a plan without what it may have taken from a request: its tokens are never from there."""
    told = b"".join(op.data for op in plan.ops if isinstance(op, Write) and not op.tokens)
    if not secrets.spans(told.decode("latin-1"), named=False):
        return plan
    spans = secrets.spans(plan.data.decode("latin-1"), named=False)
    words = [(start, end, word.encode()) for start, end, word in spans]
    return with_data(plan, replaced([op.data for op in plan.ops if isinstance(op, Write)], words))


def _tokens(journal: TokenJournal, secrets: Secrets) -> TokenJournal:
    entries = [
        entry if entry.kind == "text" else replace(
            entry, text=secrets.text(entry.text), error_class=secrets.text(entry.error_class)
        )
        for entry in journal.entries
    ]  # fmt: skip
    return replace(
        journal,
        entries=_shown(entries, secrets),
        crashed=journal.crashed and secrets.text(journal.crashed),
        stderr=secrets.text(journal.stderr),
        notes=tuple(secrets.text(note) for note in journal.notes),
    )


def _shown(entries: Sequence[TokenEntry], secrets: Secrets) -> list[TokenEntry]:
    """Redact what was shown as the one text that it is: a secret may stand in several pieces of it."""
    texts = [entry.text for entry in entries if entry.kind == "text"]
    spans: list[Replacement[str]] = secrets.spans("".join(texts))
    if not spans:
        return list(entries)
    pieces = iter(replaced(texts, spans))
    return [replace(entry, text=next(pieces)) if entry.kind == "text" else entry for entry in entries]
