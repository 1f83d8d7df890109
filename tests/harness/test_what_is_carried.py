"""What requests carry and what reaches the application: who sins breaks that check alone, and nobody else does."""

from __future__ import annotations

import pytest

from broken_clients import carriers, honest, sinners
from ssedrill.clients.from_function import client_of
from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario
from ssedrill.model.record import Status
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TOML = """
name = "carried"
about = "What is carried?"
dialects = ["DIALECT"]
patience = "2 s"
deadline = "20 s"
[stream]
tokens = 12
every = "2 ms"
regenerate = "same"
ATTEMPTS
[[attempt]]
[must]
outcome = ["clean", "recovered", "degraded", "failed-loudly", "duplicated"]
ASKED
"""
OAI, ES = "openai-chat", "eventsource"
FIN = '{ fin = { before = "headers" } }'
RESET = "{ reset = { after_token = 6 } }"
BUSY = "{ status = { code = 503 } }"
HINTS_ONLY = "{ interim = {} }, { fin = { after_byte = 28 } }"
WHOLE = "{ fragment = { size = 20 } }"


def scenario(asked, *faults, dialect=OAI):
    """Return a scenario whose first attempts meet these faults, one each."""
    attempts = "\n".join(f"[[attempt]]\nfaults = [{fault}]" for fault in faults)
    return load_text(TOML.replace("DIALECT", dialect).replace("ATTEMPTS", attempts).replace("ASKED", asked))


def run(client, asked, *faults, dialect=OAI):
    """Drill a client; return the record, and the check that was asked for."""
    record = drill(Job(scenario(asked, *faults, dialect=dialect), client_of(client, "c"), dialect), clock="virtual")
    name = asked.split()[0]
    return record, next((check for check in record.checks if check.id == name), None)


BODY, KEY, CURSOR = 'same_body = "kept"', 'idempotency_key = "kept"', 'cursor = "newest"'
USAGE, FINISH, READ = 'usage = "told"', 'finish = "told"', 'read_to = "terminal"'
SAFE, STOP = 'unsafe_retries = "== 0"', 'no_retry_after = ["4xx"]'
CLASS = 'error_class = ["Truncated", "RemoteProtocolError"]'

ANSWERED = [
    (carriers.asks_three_times, BODY, (FIN,), OAI, "ok", "kept"),
    (carriers.stamps_its_requests, BODY, (FIN,), OAI, "broken", "another body"),
    (carriers.uses_its_body_up, BODY, (BUSY,), OAI, "broken", "no body"),
    (carriers.asks_three_times, BODY, (RESET,), ES, "does-not-apply", "no request with a body"),
    (honest.continues, BODY, (RESET,), OAI, "does-not-apply", "no request with a body was repeated"),
    (carriers.keeps_its_key, KEY, (FIN, FIN), OAI, "ok", "kept"),
    (carriers.keeps_its_key_by_another_name, KEY, (FIN,), OAI, "ok", "kept"),
    (carriers.makes_a_key_each_time, KEY, (FIN,), OAI, "broken", "another idempotency key"),
    (carriers.forgets_its_key, KEY, (FIN,), OAI, "broken", "no idempotency key"),
    (carriers.asks_three_times, KEY, (FIN,), OAI, "not-asked", "had no idempotency key"),
    (carriers.keeps_its_key, SAFE, (FIN,), OAI, "ok", "0"),
    (carriers.asks_three_times, SAFE, (FIN,), OAI, "broken", "1"),
    (carriers.makes_a_key_each_time, SAFE, (FIN,), OAI, "broken", "1"),
    (carriers.asks_three_times, SAFE, (BUSY,), OAI, "not-asked", "no request with effects broke off"),
    (carriers.asks_three_times, SAFE, (RESET,), ES, "not-asked", "no request with effects broke off"),
    (carriers.resumes_at_the_newest, CURSOR, (RESET,), ES, "ok", "newest"),
    (carriers.resumes_two_too_early, CURSOR, (RESET,), ES, "broken", "-4'; the newest was"),
    (carriers.resumes_at_an_invented_id, CURSOR, (RESET,), ES, "broken", "-0'; the newest was"),
    (carriers.begins_anew_and_hides_it, CURSOR, (RESET,), ES, "broken", "has no id; the newest was"),
    (honest.raises, CURSOR, (RESET,), ES, "does-not-apply", "no request followed"),
    (carriers.asks_three_times, CURSOR, (BUSY,), ES, "does-not-apply", "no request followed the first id"),
    (carriers.tells_all, USAGE, (WHOLE,), OAI, "ok", "told"),
    (carriers.tells_no_usage, USAGE, (WHOLE,), OAI, "broken", "told no usage"),
    (carriers.tells_another_usage, USAGE, (WHOLE,), OAI, "broken", "output_tokens 11"),
    (carriers.tells_half_its_usage, USAGE, (WHOLE,), OAI, "broken", "the server sent output_tokens 12"),
    (carriers.leaves_at_the_finish, USAGE, (WHOLE,), OAI, "broken", "told no usage"),
    (carriers.tells_all, FINISH, (WHOLE,), OAI, "ok", "told"),
    (carriers.tells_no_finish, FINISH, (WHOLE,), OAI, "broken", "told no finish reason"),
    (honest.raises, READ, (WHOLE,), OAI, "ok", "terminal"),
    (honest.raises, READ, (RESET,), OAI, "not-asked", "no answer with a terminal event came"),
    (carriers.asks_three_times, READ, (RESET,), OAI, "ok", "terminal"),
    (carriers.asks_three_times, STOP, ("{ status = { code = 404 } }",), OAI, "broken", "after 404"),
    (carriers.asks_three_times, STOP, ("{ interim = {} }, { status = { code = 404 } }",), OAI, "broken", "after 404"),
    (carriers.asks_three_times, STOP, (HINTS_ONLY, "{ status = { code = 404 } }"), OAI, "broken", "after 404"),
    (honest.raises, STOP, ("{ status = { code = 404 } }",), OAI, "ok", "none"),
    (honest.raises, CLASS, (RESET,), OAI, "broken", "ReadError"),
    (carriers.fails_with(carriers.Truncated), CLASS, (RESET,), OAI, "ok", "Truncated"),
    (carriers.asks_three_times, CLASS, (RESET,), OAI, "does-not-apply", "no error"),
]


@pytest.mark.parametrize(("client", "asked", "faults", "dialect", "status", "got"), ANSWERED)
def test_each_check_has_its_answer(client, asked, faults, dialect, status, got):
    """Kept, broken in exactly that way, or without what makes the question arise or answers it."""
    record, check = run(client, asked, *faults, dialect=dialect)
    assert check is not None, record.summary
    assert check.status == status, (check, record.summary)
    assert got in check.got
    others = {one.id for one in record.checks if one.status is Status.BROKEN and one.id != check.id}
    assert not others
    assert record.verdict == {"broken": "fail", "not-asked": "not-tested"}.get(status, "pass")


NEVER = [
    (BODY, WHOLE, OAI),
    (KEY, WHOLE, OAI),
    (CURSOR, RESET, OAI),
    (USAGE, WHOLE, ES),
    (FINISH, WHOLE, ES),
    (CLASS, WHOLE, OAI),
    (STOP, BUSY, OAI),
    ('no_retry_after = ["204"]', BUSY, ES),
    ('no_retry_after = ["content-type"]', BUSY, ES),
    ('no_retry_after = ["x-should-retry"]', BUSY, OAI),
    (SAFE, WHOLE, OAI),
    ('backoff = "grows"', WHOLE, OAI),
    ('jitter = "varies"', WHOLE, OAI),
]


@pytest.mark.parametrize(("asked", "fault", "dialect"), NEVER)
def test_what_can_never_be_asked_is_refused(asked, fault, dialect):
    """It is told when the file is read, by the key."""
    with pytest.raises(BadScenario, match=rf"must\.{asked.split()[0]}: it can never be asked"):
        scenario(asked, fault, dialect=dialect)


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ('same_body = "yes"', 'write "kept": each repetition has the method and the body'),
        ('read_to = "all"', '"terminal": up to the terminal event or "end"'),
        ("no_retry_after = []", "is no list of 1 to 20 names"),
        ('no_retry_after = ["205"]', "unknown name"),
        ('error_class = "APIError"', "is no list"),
        ('error_class = ["!"]', "is no name"),
        ('error_class = ["A", "A"]', "twice"),
    ],
)
def test_words_that_are_none(asked, right):
    """An error names what would be right."""
    with pytest.raises(BadScenario) as refused:
        scenario(asked, RESET)
    assert right in str(refused.value)


@pytest.mark.parametrize("asked", [USAGE, FINISH])
def test_a_client_that_can_not_tell_is_unsupported_without_a_run(asked):
    """Nothing is judged of it, and no request is made."""
    record, _ = run(honest.raises, asked, WHOLE)
    assert (record.outcome, record.verdict, record.clock) == ("unsupported", "unsupported", "none")
    assert f"does not say that it can tell its {asked.split()[0]}" in record.summary
    assert not record.wire.attempts


def test_a_should_that_the_client_can_not_answer_has_no_say():
    """It is not asked, and the rest is judged."""
    record, check = run(honest.raises, f"[should]\n{USAGE}", WHOLE)
    assert check is None
    (check,) = [one for one in record.checks if one.id == "usage"]
    assert (check.status, check.got) == ("not-asked", "the client can't tell its usage")
    assert record.verdict == "pass"


@pytest.mark.parametrize(
    ("names", "error", "ok"),
    [
        ('["ConnectionError"]', ConnectionResetError, True),  # a class that it is derived from catches it, too
        ('["Connection*"]', ConnectionResetError, True),
        ('["!OSError"]', ConnectionResetError, False),
        ('["!KeyError"]', ConnectionResetError, True),
        ('["OSError", "!ConnectionError"]', ConnectionResetError, False),
        ('["TimeoutError"]', ConnectionResetError, False),
        ('["Exception"]', ConnectionResetError, False),  # that would ask for nothing
    ],
)
def test_error_classes(names, error, ok):
    """By its own name, by that of a class above it, by a pattern, or by what it must not be."""
    record, check = run(carriers.fails_with(error), f"error_class = {names}", RESET)
    assert check.status == ("ok" if ok else "broken"), check
    assert check.got.startswith("ConnectionResetError (ConnectionError, OSError")
    assert record.tokens.entries[-1].error_bases[0] == "ConnectionError"


def test_bases_are_kept_for_who_asks_alone():
    """A record of a scenario that does not ask has nothing new."""
    record, _ = run(carriers.fails_with(ConnectionResetError), 'requests = "== 1"', RESET)
    assert record.tokens.entries[-1].error_bases == ()


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_a_status_that_is_worth_another_request(status):
    """It is no last word."""
    fault = f"{{ status = {{ code = {status} }} }}"
    with pytest.raises(BadScenario, match="never be asked"):
        scenario(STOP, fault)


def test_an_answer_of_another_kind_ends_an_event_source():
    """By the standard's letter, for who asks for it."""
    wrong = '{ headers = { set = { Content-Type = "text/plain" } } }, { reset = { after_token = 4 } }'
    _, check = run(honest.resumes, 'no_retry_after = ["content-type"]', wrong, dialect=ES)
    assert (check.status, "after Content-Type text/plain" in check.got) == ("broken", True)
    _, check = run(carriers.asks_three_times, 'no_retry_after = ["not-200"]', BUSY, dialect=ES)
    assert (check.status, "after 503" in check.got) == ("broken", True)


def test_who_lost_its_session_may_begin_anew():
    """A cursor that is refused is no use any more: the next request is another one, and needs none."""
    gone = "[[attempt]]\nwhen = { resume = true }\nfaults = [{ status = { code = 404 } }]"
    text = TOML.replace("DIALECT", ES).replace("ATTEMPTS", f"[[attempt]]\nfaults = [{RESET}]\n{gone}")
    asked = f"{CURSOR}\n{STOP}"

    async def begins_anew(target):
        ids = []
        try:
            async for piece in carriers.pieces(target):
                ids.append(piece.id)
        except carriers.DROPS:
            try:
                async for _ in carriers.pieces(target, last_event_id=ids[-1]):
                    pass
            except carriers.Refused:
                async for piece in carriers.pieces(target):
                    yield piece.text

    record = drill(Job(load_text(text.replace("ASKED", asked)), client_of(begins_anew, "c"), ES), clock="virtual")
    checks = {one.id: one.status for one in record.checks}
    assert (checks["cursor"], checks["no_retry_after"]) == ("ok", "ok")


@pytest.mark.parametrize(
    ("pause", "status"),
    [(lambda n: 0.2, "broken"), (lambda n: 0.1 * 2**n, "ok"), (lambda n: 0.5 - 0.1 * n, "does-not-apply")],
)
def test_back_off_in_one_run(pause, status):
    """The same wait each time does not grow; what one run can't tell, it does not."""
    record, check = run(carriers.waits(pause), 'backoff = "grows"', BUSY, BUSY, BUSY)
    assert check.status == status, check
    record, check = run(carriers.waits(pause), 'jitter = "varies"', BUSY, BUSY, BUSY)
    assert (check.status, record.verdict) == ("does-not-apply", "pass")


def test_waits_that_were_asked_for_are_no_back_off():
    """Who keeps them waits the same each time, as it should."""
    wait = '{ status = { code = 503, retry_after = "1 s" } }'
    _, check = run(carriers.waits(lambda n: 1.0), 'backoff = "grows"', wait, wait, wait)
    assert check.status == "not-asked"


def test_loops_are_looked_at_too():
    """A client that is stopped for asking without an end is judged by what it asked."""
    record, check = run(sinners.loops, SAFE, *([FIN] * 3))
    assert check.status == "broken", record.summary
