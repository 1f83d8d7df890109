"""A scenario explained."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ssedrill.loading.load import load_text
from ssedrill.reporting.views.explain import print_scenario

SCENARIO = """
name = "idle"
about = "For show."
dialects = ["eventsource"]
patience = "10 min"
deadline = "1 h"
[stream]
tokens = 20
every = "50 ms"
ping_every = 1
[[attempt]]
faults = [{ fin = { after_token = 8, after_idle = "1 min" } }]
[[attempt]]
faults = [{ coalesce = { events = 2 } }]
[must]
outcome = ["recovered"]
"""


def rows(scenario: str = SCENARIO) -> list[str]:
    """Return the lines that show a scenario, without what is around them."""
    console = Console(file=io.StringIO(), width=120, color_system=None)
    print_scenario(console, load_text(scenario, "idle.toml"), "eventsource")
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.strip(" !") for line in text.splitlines()]


def test_a_pause_stands_where_it_begins() -> None:
    """What comes after it is as much later; from a second on moments are in seconds, however odd they are."""
    found = rows()
    at = found.index("+400 ms  nothing for 60.000 s  [fin]")
    assert found[at + 1] == "+60.4 s  ← closes the connection (FIN)  [fin]"


def test_a_burst_is_counted_once() -> None:
    """Segments that hold another event besides a token are counted, and not told to be one for each token as well."""
    assert "+50 ms  ← tokens 1-20 and 20 comments in 20 segments  [coalesce]" in rows()
    assert "+1 s  ← the terminal event and the end of the body in one segment  [coalesce]" in rows()


def test_the_request_is_one_that_the_attempt_is_for() -> None:
    """It accepts what the fault needs, and has the headers that are asked for; else it is as plain as can be."""
    head, tail = SCENARIO.split("[[attempt]]")[0], '[[attempt]]\n[must]\noutcome = ["clean"]\n'
    asked = {
        "faults = [{ encode = {} }]": ", accept-encoding: gzip, deflate, br, zstd",
        'when = { has = "X-Who" }\nfaults = [{ linger = {} }]': ", x-who: any",
        'when = { accepts = "br" }\nfaults = [{ encode = { coding = "br" } }]': ", accept-encoding: br",
        "faults = [{ encode = { unasked = true } }]": "",
    }
    for attempt, said in asked.items():
        found = rows(f"{head}[[attempt]]\n{attempt}\n{tail}")
        assert found[[line.startswith("→") for line in found].index(True)] == f"→ GET /stream{said}"
        assert any(line.endswith(("[encode]", "[linger]")) for line in found)
    resumed = rows(f'{head}[[attempt]]\nwhen = {{ has = "Last-Event-ID" }}\nfaults = [{{ linger = {{}} }}]\n{tail}')
    assert any("token 11" in line for line in resumed)


def test_a_second_of_many_parts_is_a_second() -> None:
    """Ten pauses of a tenth of a second add up to a little less, which nobody wants to read."""
    healthy = SCENARIO.replace("tokens = 20", "tokens = 10").replace("50 ms", "100 ms").replace("ping_every = 1", "")
    assert "+1 s  ← the terminal event" in rows(healthy[: healthy.index("faults")] + "[must]\noutcome = ['clean']\n")


CALLS = """
name = "idle"
about = "For show."
dialects = ["eventsource"]
[stream]
tokens = 20
[[call]]
[[call]]
count = 15
wait = "1 s"
cancel = { after_token = 5 }
[[call]]
count = 2
[[call.attempt]]
faults = [{ reset = { after_token = 8 } }]
[[call.attempt]]
[call.must]
outcome = ["recovered"]
[[call]]
start = "with-previous"
wait = "10 ms"
cancel = { at = "40 ms" }
[[attempt]]
[must]
outcome = ["clean", "cancelled"]
cancel_over = "<= 1 s"
run_connections = "<= 9"
[should]
run_open_connections = "== 0"
"""


def test_calls_in_words() -> None:
    """Which calls begin when, which are told to stop, and what the calls of which group meet and are held to."""
    text = " ".join(" ".join(rows(CALLS)).split())
    assert (
        "The calls: 19 calls over one client session: 1 call (group 1); 1 s after all of those are over, 15 calls at"
        " once (group 2), each told to stop after token 5; then 2 calls at once (group 3); 10 ms after those have"
        " begun, 1 call (group 4), told to stop 40 ms after it began." in text
    )
    assert "Each call: the client may wait" in text
    found = rows(CALLS)
    heads = [line for line in found if line.startswith(("What ", "Attempt ", "Every "))]
    assert heads == [
        "What each call of groups 1-2, 4 meets",
        "Every attempt: healthy",
        "What each call of group 3 meets",
        "Attempt 1",
        "Attempt 2 and every later one: healthy",
        "What must come of each call of groups 1-2, 4",
        "What must come of each call of group 3",
        "What must come of the whole run",
        "What should come of the whole run",
    ]
    at = found.index("What must come of each call of groups 1-2, 4")
    assert [" ".join(line.split()) for line in found[at + 1 : at + 3]] == [
        "outcome clean or cancelled",
        "cancel_over <= 1 s",
    ]


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ("[[call]]\ncancel = { after_event = 4 }", "1 call, told to stop after event 4."),
        ("[[call]]\ncount = 3", "3 calls at once over one client session."),
        ('[[call]]\nwait = "2 s"\n[[call]]', "2 calls over one client session: after 2 s, 1 call; then 1 call."),
        (
            '[[call]]\n[[call]]\nstart = "with-previous"',
            "2 calls over one client session: 1 call; together with those, 1 call.",
        ),
    ],
)
def test_few_calls_in_few_words(calls: str, said: str) -> None:
    """Groups are numbered only if something is said of one later on."""
    head = CALLS.split("[[call]]")[0]
    found = rows(f'{head}{calls}\n[[attempt]]\n[must]\noutcome = ["clean", "cancelled"]\n')
    assert f"The calls: {said}" in found
    assert "What each call meets" in found
    assert "What must come of each call" in found
