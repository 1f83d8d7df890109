"""A run as a trace: what a collector gets is what the record says, at the record's times, and nothing secret."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from ssedrill.cli.main import cli
from ssedrill.reporting.formats import to_json
from ssedrill.reporting.traces import NS, Traces
from support.call_records import good, loud, several
from support.records import passed

BEGAN = 1_700_000_000 * NS


def test_runs_become_traces(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One trace a run, one span a request, faults and what the client said as events; all by the record's times."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr("ssedrill.cli.traces.otlp_exporter", lambda: kept)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=drills")
    file = tmp_path / "r.json"
    chosen = ["reset-mid-stream", "rate-limited-retry-after-seconds", "-c", "reference", "--dialect", "eventsource"]
    done = CliRunner().invoke(cli, ["run", *chosen, "-q", "--otel", "--json", str(file)])
    assert done.exit_code == 0, done.output
    spans = kept.get_finished_spans()
    runs = to_json.read(file).runs
    roots = {span.attributes["ssedrill.scenario"]: span for span in spans if span.parent is None}
    assert set(roots) == {run.scenario for run in runs}
    assert len({span.context.trace_id for span in roots.values()}) == len(runs) == 2
    for run in runs:
        root = roots[run.scenario]
        of_run(run, root, [s for s in spans if s.parent and s.context.trace_id == root.context.trace_id])
    assert {span.resource.attributes["service.name"] for span in spans} == {"ssedrill"}
    assert {span.resource.attributes["team"] for span in spans} == {"drills"}


def of_run(run, root: ReadableSpan, requests: list[ReadableSpan]) -> None:
    """Compare a run with its trace."""
    told = root.attributes
    for name in ("client", "dialect", "seed", "outcome", "verdict", "summary"):
        assert told[f"ssedrill.{name}"] == getattr(run, name)
    assert [span.attributes["ssedrill.attempt"] for span in requests] == [one.number for one in run.wire.attempts]
    for span, attempt in zip(requests, run.wire.attempts, strict=True):
        assert span.start_time - root.start_time == round(attempt.t * NS)
        assert root.start_time <= span.start_time <= span.end_time <= root.end_time
        assert span.kind is SpanKind.SERVER
        assert span.attributes["http.request.method"] == attempt.method
        assert span.attributes["http.response.status_code"] == attempt.plan.status
        assert {event.attributes["ssedrill.fault"] for event in span.events} == set(attempt.plan.faults)
        assert (span.status.status_code is StatusCode.ERROR) == bool(attempt.plan.faults)
    assert requests[1].attributes["http.request.resend_count"] == 1
    said = [entry for entry in run.tokens.entries if entry.kind != "text"]
    assert [event.name for event in root.events] == [f"client.{entry.kind}" for entry in said]
    assert [event.timestamp - root.start_time for event in root.events] == [round(entry.t * NS) for entry in said]


def test_each_of_several_calls_is_told_apart() -> None:
    """What a client told its application has the number of its call."""
    kept = InMemorySpanExporter()
    traces = Traces(kept)
    traces.add(several(good(), loud("told by the second")), BEGAN)
    assert traces.close() == ""
    (root,) = (span for span in kept.get_finished_spans() if span.parent is None)
    assert {event.attributes["ssedrill.call"] for event in root.events} == {1, 2}
    (error,) = (event for event in root.events if event.name == "exception")
    assert (error.attributes["ssedrill.call"], error.attributes["exception.message"]) == (2, "told by the second")


class Deaf(SpanExporter):
    """A collector that takes nothing."""

    asked = 0

    def export(self, spans):
        """Refuse them."""
        self.asked += 1
        return SpanExportResult.FAILURE


def test_a_collector_that_takes_nothing_is_told_once() -> None:
    """It is not asked again and again; what is lost is counted."""
    deaf = Deaf()
    traces = Traces(deaf)
    for i in range(100):
        traces.add(passed(), BEGAN + i)
    assert traces.close().startswith("200 spans could not be sent")
    assert deaf.asked == 1


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drills are made all the same; the command says that the traces are missing, and exits with 2."""
    monkeypatch.setattr("ssedrill.cli.traces.otlp_exporter", Deaf)
    done = CliRunner().invoke(
        cli, ["run", "healthy", "-c", "curl", "--dialect", "eventsource", "--otel", "--json", "-"]
    )
    assert done.exit_code == 2
    assert len(json.loads(done.stdout)["runs"]) == 1
    assert "2 spans could not be sent" in done.stderr
