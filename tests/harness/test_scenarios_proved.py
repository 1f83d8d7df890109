"""Every built-in scenario is passed by a good client and failed by one that sins in exactly its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from broken_clients import carriers, honest, readers, sessions, sinners, sockets
from ssedrill.clients import CLIENTS, aiohttp_plain
from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import builtin_scenarios
from ssedrill.model.record import Status, Verdict
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

SCENARIOS = {scenario.name: scenario for scenario in builtin_scenarios()}
REFERENCE = next(client for client in CLIENTS.values() if client.name == "reference")


@dataclass(frozen=True)
class Proof:
    """Who fails a scenario, in which dialect, and exactly which checks that breaks."""

    sinner: Callable
    dialect: str = "openai-chat"
    checks: frozenset[str] = frozenset({"outcome"})


EOF_TAKER = Proof(sinners.takes_eof_for_the_end)
PROOFS = {
    "healthy": Proof(sinners.prints_garbage, "eventsource"),
    "reset-mid-stream": Proof(sinners.shows_twice),
    "reset-mid-stream-close": EOF_TAKER,
    "reset-before-headers": EOF_TAKER,
    "fin-mid-stream": EOF_TAKER,
    "fin-mid-stream-close": EOF_TAKER,
    "fin-inside-chunk-size": EOF_TAKER,
    "clean-end-without-terminal": EOF_TAKER,
    "terminal-missing-but-complete": Proof(sinners.shows_twice, checks=frozenset({"outcome", "wasted"})),
    "done-then-linger": Proof(
        readers.waits_for_the_end_of_the_body, checks=frozenset({"outcome", "patience", "elapsed"})
    ),
    "stall-mid-stream": Proof(readers.has_no_patience_set, checks=frozenset({"outcome", "patience"})),
    "keepalive-only": Proof(honest.raises),
    "bytes-one-at-a-time": Proof(readers.parses_each_read),
    "utf8-split": Proof(readers.decodes_each_read),
    "crlf-split": Proof(readers.ends_lines_at_each_cr, "anthropic-messages"),
    "coalesced": Proof(readers.first_event_of_each_read),
    "malformed-json-once": Proof(sinners.swallows_bad_json),
    "two-objects-in-one-data": Proof(sinners.swallows_bad_json),
    "error-event-mid-stream": EOF_TAKER,
    "error-event-first": EOF_TAKER,
    "error-event-asks-for-a-wait": Proof(sinners.goes_on_at_once, "eventsource", frozenset({"gap", "retry_after"})),
    "error-event-then-open": Proof(readers.passes_errors_over, checks=frozenset({"outcome", "patience"})),
    "clean-end-inside-an-event": EOF_TAKER,
    "transfer-encoding-twice": Proof(sockets.ends_at_a_doubled_header),
    "pings-for-five-minutes-then-the-answer": Proof(sinners.wants_text_every_minute),
    "rate-limited-retry-after-seconds": Proof(sinners.retries_without_waiting, checks=frozenset({"retry_after"})),
    "rate-limited-retry-after-date": Proof(sinners.retries_without_waiting, checks=frozenset({"retry_after"})),
    "rate-limited-without-retry-after": Proof(sinners.takes_a_refusal_for_the_end),
    "overloaded-529-twice": Proof(sinners.takes_a_refusal_for_the_end),
    "unauthorized-401": Proof(sinners.retries_401, checks=frozenset({"requests"})),
    "connection-refused-then-up": EOF_TAKER,
    "two-drops-then-healthy": Proof(sinners.shows_twice),
    "close-on-accept-then-up": EOF_TAKER,
    "empty-200": EOF_TAKER,
    "fin-before-headers": EOF_TAKER,
    "mute-then-up": Proof(readers.has_no_patience_set, checks=frozenset({"outcome", "patience"})),
    "pause-within-patience": Proof(sinners.is_impatient),
    "rate-limited-retry-after-garbage": Proof(sinners.takes_a_refusal_for_the_end),
    "rate-limited-retry-after-ms": Proof(sinners.takes_a_refusal_for_the_end),
    "retry-after-600": Proof(sinners.retries_without_waiting, checks=frozenset({"retry_after"})),
    "retry-after-1-hour": Proof(sinners.retries_without_waiting, checks=frozenset({"retry_after", "requests"})),
    "silence-301-s": Proof(sinners.is_impatient),
    "pings-10-minutes-then-nothing": Proof(sinners.takes_eof_for_the_end, checks=frozenset({"outcome", "elapsed"})),
    "idle-cut-60-s": EOF_TAKER,
    "idle-cut-350-s": EOF_TAKER,
    "idle-cut-400-s": EOF_TAKER,
    "five-failures-then-healthy": Proof(sinners.takes_a_refusal_for_the_end),
    "stale-pooled-connection": Proof(sinners.trusts_its_pool, "eventsource"),
    "unicode-line-separators": Proof(readers.ends_lines_where_unicode_does),
    "tcp-rst-just-after-first-event": Proof(sinners.loops, checks=frozenset({"outcome", "requests"})),
    "stall-then-one-chunk-then-rst": EOF_TAKER,
    "final-chunk-missing": Proof(sinners.wants_the_last_chunk, checks=frozenset({"outcome", "requests"})),
    "headers-held-until-first-byte": Proof(sinners.takes_a_refusal_for_the_end),
    "retry-after-longer-than-cap": Proof(sinners.retries_without_waiting, checks=frozenset({"retry_after"})),
    "retry-after-overflow": Proof(sinners.retries_without_waiting, checks=frozenset({"requests", "retry_after"})),
    "retry-after-odd": Proof(sinners.takes_a_refusal_for_the_end),
    "delay-only-in-body": Proof(sinners.takes_a_refusal_for_the_end),
    "200-with-json-error": EOF_TAKER,
    "200-with-challenge-page": EOF_TAKER,
    "reconnect-on-4xx-tight-loop": Proof(sinners.retries_without_waiting, checks=frozenset({"requests"})),
    "bad-request-400": Proof(sinners.retries_401, checks=frozenset({"requests"})),
    "time-to-headers-over-300s": Proof(sinners.is_impatient),
    "first-token-late": Proof(honest.holds_back, checks=frozenset({"first_token"})),
    "read-timeout-too-short": Proof(sinners.is_impatient),
    "dropped-after-commit": Proof(sinners.loops, checks=frozenset({"outcome", "requests"})),
    "post-replayed-by-sse-library": Proof(sinners.loops, checks=frozenset({"outcome", "requests"})),
    "session-404-ignored": Proof(sinners.insists, "eventsource", frozenset({"outcome", "requests"})),
    "auth-lost-on-reconnect": Proof(sinners.insists, "eventsource", frozenset({"outcome", "requests"})),
    "cursor-expired": Proof(sinners.insists, "eventsource", frozenset({"outcome", "requests"})),
    "empty-200-resume-loop": Proof(sinners.insists, "eventsource", frozenset({"outcome", "requests"})),
    "attempt-counter-reset": Proof(sinners.loops, checks=frozenset({"outcome", "requests"})),
    "endless-reconnect-after-clean-end": Proof(
        sinners.reconnects_after_the_end, "eventsource", frozenset({"requests"})
    ),
    "replay-without-cursor": Proof(sinners.shows_twice, "eventsource", frozenset({"outcome", "duplicates"})),
    "cursor-ignored": Proof(honest.resumes, "eventsource", frozenset({"outcome", "duplicates"})),
    "cursor-off-by-three": Proof(honest.resumes, "eventsource", frozenset({"outcome", "duplicates"})),
    "resume-cursor-dropped-or-skipping": Proof(honest.resumes, "eventsource"),
    "replay-buffer-lost": Proof(honest.resumes, "eventsource"),
    "cursor-stale-after-second-drop": Proof(
        sinners.keeps_its_first_cursor, "eventsource", frozenset({"outcome", "duplicates"})
    ),
    "every-stream-capped": Proof(sinners.loops, checks=frozenset({"outcome", "requests"})),
    "last-event-not-dispatched-open": Proof(
        readers.waits_for_the_blank_line, checks=frozenset({"outcome", "patience"})
    ),
    "stream-closed-before-any-reply": Proof(sinners.hangs, checks=frozenset({"outcome", "elapsed"})),
    "server-reconnect-delay-ignored": Proof(honest.resumes, "eventsource", frozenset({"retry_after"})),
    "newline-at-chunk-start": Proof(readers.keeps_whole_events_of_each_read),
    "cr-only-line-ends": Proof(readers.has_no_patience_set),
    "mixed-line-ends": Proof(readers.has_no_patience_set),
    "no-space-after-colon": Proof(honest.raises),
    "significant-leading-space": Proof(readers.has_no_patience_set),
    "multi-line-data": Proof(readers.keeps_the_first_data_line),
    "byte-order-mark-first": Proof(readers.trusts_the_first_line, "anthropic-messages"),
    "comment-parsed-as-json": Proof(readers.parses_every_block),
    "keepalive-inside-data": EOF_TAKER,
    "sticky-id-plus-comment-blank": Proof(readers.parses_every_block),
    "control-only-block": Proof(readers.parses_every_block),
    "empty-data-ping": EOF_TAKER,
    "event-larger-than-line-limit": Proof(readers.has_a_small_line_buffer),
    "event-of-130-kib": Proof(readers.has_a_small_line_buffer),
    "residual-buffer-dropped-at-eof": Proof(readers.drops_the_rest_at_the_end),
    "event-without-its-end": Proof(readers.keeps_the_first_data_line),
    "unframed-error-inside-sse": Proof(readers.has_no_patience_set, checks=frozenset({"outcome", "patience"})),
    "clean-200-close-without-events": EOF_TAKER,
    "length-promised-cut-short": EOF_TAKER,
    "finish-reason-missing-but-complete": Proof(sinners.wants_a_finish_reason),
    "done-without-a-reason": Proof(honest.raises),
    "done-in-place-of-message-stop": Proof(
        sinners.parses_every_data_line, "anthropic-messages", frozenset({"outcome", "wasted"})
    ),
    "block-index-gap": Proof(sinners.counts_blocks_itself, "anthropic-messages"),
    "stream-restarted-inline": Proof(honest.raises, "anthropic-messages"),
    "empty-choices-chunk": Proof(sinners.expects_a_delta_in_every_chunk),
    "choice-without-delta": Proof(sinners.expects_a_delta_in_every_chunk),
    "anthropic-events-without-event-line": Proof(readers.goes_by_the_event_line, "anthropic-messages"),
    "token-dropped-without-trace": Proof(honest.resumes, "eventsource"),
    "token-sent-twice": Proof(honest.resumes, "eventsource", frozenset({"outcome", "duplicates"})),
    "odd-finish-reason-no-content": Proof(sinners.takes_any_reason_for_the_end),
    "proxy-buffers-everything": Proof(sockets.wants_its_first_token_soon),
    "proxy-buffers-blocks": Proof(readers.parses_each_read),
    "chunks-across-events": Proof(sockets.takes_each_chunk_for_an_event),
    "gzip-stream": Proof(sockets.does_not_decode),
    "gzip-in-members": Proof(sinners.knows_one_gzip_member),
    "gzip-damaged-by-relay": Proof(sinners.ends_where_it_cannot_decode),
    "gzip-label-on-plain-body": Proof(sinners.ends_where_it_cannot_decode),
    "truncated-gzip": EOF_TAKER,
    "status-line-without-reason": Proof(sockets.wants_a_reason),
    "padded-chunk-sizes": Proof(sockets.wants_bare_sizes),
    "early-hints": Proof(sockets.takes_the_first_status),
    "wrong-content-type": Proof(sockets.ends_at_another_type),
    "bad-chunk-size": Proof(sockets.takes_a_bad_size_for_the_end),
    "length-too-short": EOF_TAKER,
    "trailers-and-extensions": Proof(sockets.knows_chunks_only),
    "http-1-0": Proof(sockets.knows_chunks_only),
    "http-1-0-cut": EOF_TAKER,
    "head-of-64-kib": Proof(sockets.has_room_for_a_small_head),
    "head-byte-by-byte": Proof(sockets.takes_the_first_read_for_the_head),
    "redirected-stream": Proof(sinners.takes_a_refusal_for_the_end),
    "redirected-to-another-origin": Proof(sinners.hands_its_key_on, checks=frozenset({"credentials"})),
    "redirect-loop": Proof(sockets.follows_for_ever, checks=frozenset({"outcome", "requests"})),
    "bytes-behind-the-end": Proof(sockets.reads_behind_the_end),
    "usage-behind-the-finish": Proof(carriers.leaves_at_the_finish, checks=frozenset({"usage", "read_to"})),
    "finish-reason-limit": Proof(carriers.says_stop_whatever_came, checks=frozenset({"finish"})),
    "slip-of-the-reader": Proof(carriers.trips_over_its_own_feet, checks=frozenset({"error_class"})),
    "dropped-twice-after-commit": Proof(
        carriers.stamps_its_requests, checks=frozenset({"same_body", "unsafe_retries"})
    ),
    "cursor-of-the-last-whole-event": Proof(
        carriers.keeps_the_id_at_its_line, "eventsource", frozenset({"outcome", "cursor"})
    ),
    "told-to-stay-away": Proof(carriers.asks_three_times, "eventsource", frozenset({"no_retry_after"})),
    "forbidden-403": Proof(sinners.retries_401, checks=frozenset({"no_retry_after"})),
    "should-not-retry": Proof(carriers.asks_three_times, checks=frozenset({"no_retry_after"})),
    "back-off-that-grows": Proof(carriers.waits_a_moment_each_time, checks=frozenset({"gap", "backoff"})),
    "half-open-pooled-connection": Proof(sessions.has_no_patience_set, checks=frozenset({"outcome", "patience"})),
    "keep-alive-past-the-idle-limit": Proof(sessions.leaves_open, checks=frozenset({"run_open_connections"})),
    "keep-alive-race": Proof(sessions.takes_failures_for_the_end),
    "abandoned-streams": Proof(sessions.leaves_open, checks=frozenset({"cancel_tokens", "run_open_connections"})),
    "error-bodies-left-unread": Proof(sessions.leaves_refusals_open, checks=frozenset({"run_open_connections"})),
    "abort-leaves-spare-connection": Proof(
        sessions.keeps_a_spare, checks=frozenset({"run_connections", "run_open_connections"})
    ),
    "cancelled-while-waiting-to-retry": Proof(sessions.sleeps_on, checks=frozenset({"outcome", "elapsed"})),
    "stopped-mid-stream": Proof(
        sessions.leaves_open, checks=frozenset({"cancel_closed", "cancel_left_open", "cancel_tokens"})
    ),
    "stopped-in-silence": Proof(sessions.reads_on, checks=frozenset({"cancel_over"})),
    "stopped-before-the-head": Proof(sessions.reads_on, checks=frozenset({"cancel_over", "cancel_tokens"})),
    "five-of-twenty-cut": Proof(sessions.takes_failures_for_the_end),
    "two-readers-after-an-outage": Proof(sessions.takes_failures_for_the_end),
    "bytes-behind-the-end-on-a-pooled-connection": Proof(aiohttp_plain.show, "eventsource"),
    "synchronised-retry-after": Proof(
        sessions.retries_at_once, checks=frozenset({"retry_after", "run_retry_spread", "run_retry_peak"})
    ),
    "retry-amplification": Proof(sessions.asks_twelve_times, checks=frozenset({"requests"})),
    "deploy-drain-kill": Proof(sessions.takes_failures_for_the_end),
    "fallback-mid-stream": Proof(sessions.pastes_the_fallback),
    "retry-after-in-words": Proof(sinners.retries_without_waiting, checks=frozenset({"gap", "retry_after"})),
}
"""Each scenario's proof; a scenario without one fails the test below."""


def broken(record) -> set[str]:
    """Return the ids of the broken checks, of the run and of its calls."""
    checks = [*record.checks, *(check for call in record.calls for check in call.checks)]
    return {check.id for check in checks if check.status is Status.BROKEN}


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_reference_client_passes(name):
    """The scenario can be passed: the reference client breaks no check of it, in any dialect."""
    scenario = SCENARIOS[name]
    for dialect in scenario.dialects:
        record = drill(Job(scenario, REFERENCE, dialect, seed=1))
        assert (record.verdict, broken(record)) == (Verdict.PASS, set()), f"{dialect}: {record.summary}"


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_named_sinner_fails(name):
    """The scenario can be failed: a client with exactly that flaw breaks exactly the checks named for it."""
    assert name in PROOFS, f"no broken client is named for {name}"
    proof = PROOFS[name]
    can = frozenset(getattr(proof.sinner, "can", ()))
    subject = Client("subject", InProcess(proof.sinner), SCENARIOS[name].dialects, can=can)
    record = drill(Job(SCENARIOS[name], subject, proof.dialect, seed=1))
    assert record.verdict is Verdict.FAIL, record.summary
    assert broken(record) == proof.checks, record.summary


def test_no_proof_is_left_over():
    """Every proof is of a scenario that exists."""
    assert set(PROOFS) <= set(SCENARIOS)
