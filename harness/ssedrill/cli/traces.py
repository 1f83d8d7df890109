"""``--otel``: the runs of a command as traces, if what sends them is installed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from ssedrill.model.record import Record

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

    from ssedrill.reporting.traces import Traces


def otlp_exporter() -> SpanExporter:
    """Return what sends spans by OTLP over HTTP to where the variables OTEL_* say."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def open_traces() -> Traces:
    """Return what runs are told to. Raises UsageError if OpenTelemetry is not installed."""
    try:
        from ssedrill.reporting.traces import Traces

        return Traces(otlp_exporter())
    except ImportError as error:
        right = "install it with the extra otel (ssedrill[otel])"
        raise click.UsageError(f"--otel needs OpenTelemetry: {error}; {right}") from None


def add_now(traces: Traces, run: Record) -> None:
    """Tell a run that has just ended."""
    traces.add(run, time.time_ns() - round(run.wall_s * 1e9))
