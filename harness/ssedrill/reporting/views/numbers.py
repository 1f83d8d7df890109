"""A run's measures, named for people; those that say nothing are left out."""

from __future__ import annotations

from ssedrill.model.record import Record
from ssedrill.reporting.views.wording import seconds


def numbers(run: Record) -> list[tuple[str, str]]:
    """Return the measures of a run as names and values, the telling ones first."""
    found: list[tuple[str, str]] = [("requests", str(run.requests))]
    if run.recovered_by:
        found.append(("recovered by having", run.recovered_by))
    counted = {
        "duplicate tokens": run.duplicates,
        "lost tokens": run.lost,
        "reordered tokens": run.reordered,
        "corrupted tokens": run.corrupted,
        "spliced tokens": run.spliced,
        "withdrawn tokens": run.withdrawn,
        "tokens thrown away": run.wasted_tokens,
    }
    found += [(name, str(count)) for name, count in counted.items() if count]
    timed = {
        "recovery": run.recovery.total_s,
        "… to detect": run.recovery.detect_s,
        "… waiting": run.recovery.wait_s,
        "… to the first byte": run.recovery.connect_s,
        "… to the first new token": run.recovery.first_token_s,
        "asked to wait": run.retry_after.asked_s,
        "really waited": run.retry_after.waited_s,
        "time to first token": run.ttft_s,
        "longest silence": run.longest_silence_s,
        "whole call": run.elapsed_s,
    }
    found += [(name, seconds(value)) for name, value in timed.items() if value is not None]
    if run.gaps_s:
        found.append(("gaps between requests", ", ".join(seconds(gap) for gap in run.gaps_s[:8])))
    return found
