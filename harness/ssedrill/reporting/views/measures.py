"""A run's measures, named for people; those that say nothing are left out."""

from __future__ import annotations

from ssedrill.model.record import Record
from ssedrill.reporting.views.wording import seconds


def numbers(run: Record) -> list[tuple[str, str]]:
    """Return the measures of a run as names and values, the telling ones first."""
    of = run.numbers
    stopped = sum(call.cancelled_t is not None for call in run.calls)
    found: list[tuple[str, str]] = [("calls", f"{len(run.calls):,}")] if run.calls else []
    found += [("calls told to stop", f"{stopped:,}")] if stopped else []
    found.append(("requests", str(of.requests)))
    if run.recovered_by:
        found.append(("recovered by having", run.recovered_by))
    counted = {
        "duplicate tokens": of.duplicates,
        "lost tokens": of.lost,
        "reordered tokens": of.reordered,
        "corrupted tokens": of.corrupted,
        "spliced tokens": of.spliced,
        "withdrawn tokens": of.withdrawn,
        "tokens thrown away": of.wasted_tokens,
    }
    found += [(name, str(count)) for name, count in counted.items() if count]
    timed = {
        "recovery": of.recovery.total_s,
        "… to detect": of.recovery.detect_s,
        "… waiting": of.recovery.wait_s,
        "… to the first byte": of.recovery.connect_s,
        "… to the first new token": of.recovery.first_token_s,
        "asked to wait": of.retry_after.asked_s,
        "really waited": of.retry_after.waited_s,
        "time to first token": of.ttft_s,
        "longest silence": of.longest_silence_s,
        "whole run" if run.calls else "whole call": of.elapsed_s,
    }
    found += [(name, seconds(value)) for name, value in timed.items() if value is not None]
    if of.gaps_s:
        found.append(("gaps between requests", ", ".join(map(gap_words, of.gaps_s[:8]))))
    return found


def gap_words(gap_s: float) -> str:
    """Say how long after an answer the next request came, which may have come before its end."""
    return seconds(gap_s) if gap_s > 0 else "at once"
