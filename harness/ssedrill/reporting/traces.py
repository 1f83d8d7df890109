"""Runs as traces of OpenTelemetry, made from their records alone: one trace a run, one span a request.

A record's times are seconds since its run began: here they are counted from the moment at which that was in real
time. On the virtual clock a run that waited for an hour ends in an hour.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import count

from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.util.types import AttributeValue

from ssedrill import __version__
from ssedrill.model import record as recorded
from ssedrill.model.record import Record
from ssedrill.model.token_journal import TokenEntry
from ssedrill.model.wire_journal import AttemptLog
from ssedrill.reporting.views.timeline import Row, timeline

MOST_WAITING = 1 << 20
"""Spans that wait to be sent; the default of 2048 would lose some of a fast run's."""
NS = 1_000_000_000


class Traces:
    """Sends runs to a collector while others are made; once it has failed, nothing more is sent."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = _Counting(exporter)
        own = Resource({"service.name": "ssedrill", "service.version": __version__})
        self._provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=MOST_WAITING))
        self._tracer = self._provider.get_tracer("ssedrill", __version__)

    def add(self, run: Record, began_ns: int) -> None:
        """Tell a run that began at this moment, in nanoseconds since 1970."""

        def at(t: float) -> int:
            return began_ns + round(t * NS)

        struck = _struck(run)
        ends = {attempt.number: _end(attempt, struck) for attempt in run.wire.attempts}
        attributes = _of_run(run)
        root = self._tracer.start_span(f"drill {run.scenario}", Context(), attributes=attributes, start_time=at(0))
        if run.verdict.bad:
            root.set_status(Status(StatusCode.ERROR, run.summary))
        for entry, call in _said(run):
            name, told = _event(entry)
            root.add_event(name, {**told, **call}, at(entry.t))
        resent = count()
        for attempt in run.wire.attempts:
            faults = struck.get(attempt.number, [])
            span = self._tracer.start_span(
                f"{attempt.method} {attempt.path}" if attempt.was_read else "connection",
                set_span_in_context(root, Context()),
                SpanKind.SERVER,
                _of_attempt(attempt, next(resent) if attempt.is_request else 0),
                start_time=at(attempt.t),
            )
            for row in faults:
                span.add_event("fault", {"ssedrill.fault": row.fault, "ssedrill.told": row.text}, at(row.t))
            if faults and attempt.plan.breaking:
                span.set_attribute("error.type", attempt.plan.breaking[0])
                span.set_status(Status(StatusCode.ERROR, ", ".join(attempt.plan.breaking)))
            span.end(at(ends[attempt.number]))
        root.end(at(max(run.numbers.elapsed_s, *ends.values(), *(entry.t for entry, _ in _said(run)), 0.0)))

    def close(self) -> str:
        """Send what waits; return what went wrong, and nothing if all was sent."""
        self._provider.shutdown()
        if not self._exporter.lost:
            return ""
        return f"{self._exporter.lost} spans could not be sent: {self._exporter.why}"


class _Counting(SpanExporter):
    """Gives up after the first failure: what comes then would have to wait for as long."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self.lost = 0
        self.why = "the collector (OTEL_EXPORTER_OTLP_ENDPOINT) does not take them"
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it is told once, at the end

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans."""
        done = SpanExportResult.FAILURE if self.lost else self._exporter.export(spans)
        self.lost += len(spans) if done is not SpanExportResult.SUCCESS else 0
        return done

    def shutdown(self) -> None:
        """Let the exporter go."""
        self._exporter.shutdown()


def _of_run(run: Record) -> dict[str, AttributeValue]:
    broken = [check.id for check in run.checks if check.status is recorded.Status.BROKEN]
    told = {name: getattr(run, name) for name in ("scenario", "client", "dialect", "seed", "repeat", "clock")}
    judged = {"outcome": run.outcome.value, "claim": run.claim.value, "verdict": run.verdict.value}
    found = {**told, **judged, "summary": run.summary, "checks.broken": broken, "requests": run.numbers.requests}
    return {f"ssedrill.{name}": value for name, value in found.items()}


def _of_attempt(attempt: AttemptLog, resent: int) -> dict[str, AttributeValue]:
    """Return its attributes by the semantic conventions of HTTP, as far as they have a name for them."""
    plan = attempt.plan
    found: dict[str, AttributeValue | None] = {
        "http.request.method": attempt.method or None,
        "url.path": attempt.path or None,
        "http.request.body.size": attempt.body_bytes if attempt.was_read else None,
        "http.request.resend_count": resent or None,
        "http.response.status_code": plan.status if attempt.was_read else None,
        "ssedrill.attempt": attempt.number,
        "ssedrill.connection": attempt.conn,
        "ssedrill.call": attempt.call,
        "ssedrill.kind": attempt.kind.value,
        "ssedrill.faults": plan.faults,
        "ssedrill.client_left": attempt.left,
        "ssedrill.note": attempt.note or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _struck(run: Record) -> dict[int, list[Row]]:
    """Return where faults were at work, by the numbers of attempts."""
    found: dict[int, list[Row]] = {}
    for row in timeline(run):
        if row.side == "wire" and row.fault:
            found.setdefault(int(row.attempt), []).append(row)
    return found


def _end(attempt: AttemptLog, struck: dict[int, list[Row]]) -> float:
    times = [attempt.t, attempt.done_t, attempt.left_t, *(one.t for one in attempt.played)]
    times += [row.t for row in struck.get(attempt.number, [])]
    return max(t for t in times if t is not None)


def _said(run: Record) -> Iterator[tuple[TokenEntry, dict[str, AttributeValue]]]:
    """Return what a client told its application besides text, and of which call, if there are several."""
    if run.calls:
        journals = [(call.tokens, {"ssedrill.call": call.number}) for call in run.calls]
    else:
        journals = [(run.tokens, {})]
    for journal, call in journals:
        for entry in journal.entries:
            if entry.kind != "text":
                yield entry, {**call}


def _event(entry: TokenEntry) -> tuple[str, dict[str, AttributeValue]]:
    if entry.kind == "error":
        return "exception", {"exception.type": entry.error_class, "exception.message": entry.text}
    return f"client.{entry.kind}", {"ssedrill.told": entry.text} if entry.text else {}
