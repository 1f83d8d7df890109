"""The largest scenarios that there may be, and what is said of those that are larger."""

from __future__ import annotations

import pytest

from ssedrill.loading.load import load_text
from ssedrill.loading.problems import BadScenario

TEXT = """
name = "large"
about = "As large as it may be."
dialects = ["eventsource"]
deadline = "1 h"
max_requests = {requests}

[stream]
tokens = {tokens}
every = "100 us"

[[attempt]]
faults = [{faults}]

[must]
outcome = ["recovered"]
"""


def load(tokens: int, requests: int, faults: str = "{ reset = { after_token = 12 } }") -> None:
    """Load a scenario of such a size."""
    load_text(TEXT.format(tokens=tokens, requests=requests, faults=faults), "large.toml")


LARGE_EVENT = "{{ insert_event = {{ before_token = 2, comment = 'x{{pad}}', pad = {} }} }}"


@pytest.mark.parametrize(
    ("tokens", "requests", "faults"),
    [
        pytest.param(100_000, 20, "{ reset = { after_token = 12 } }", marks=pytest.mark.slow),
        (40, 10_000, "{ reset = { after_token = 12 } }"),
        (200, 10_000, "{ reset = { after_token = 12 } }"),
        (40, 100, LARGE_EVENT.format(8_000_000)),
    ],
)
def test_what_may_be_asked_for(tokens: int, requests: int, faults: str) -> None:
    """A hundred thousand tokens and as many requests as ever, ten thousand requests, or events of 8 MB."""
    load(tokens, requests, faults)


@pytest.mark.parametrize(
    ("tokens", "requests", "faults", "said"),
    [
        (100_001, 20, "", "large.toml: stream.tokens: 100001 is out of range; write a whole number from 1 to 100000"),
        (40, 10_001, "", "large.toml: max_requests: 10001 is out of range; write a whole number from 1 to 10000"),
        (1000, 10_000, "", "large.toml: max_requests: 10000 answers of up to 20"),
        (400, 1000, "{ fragment = { size = 1 } }", "large.toml: max_requests: 1000 answers of up to "),
        pytest.param(
            100_000,
            2,
            "{ fragment = { size = 1 } }",
            "large.toml: attempt[0].faults[0].fragment.size: size 1 makes",
            marks=pytest.mark.slow,
        ),
        (40, 200, LARGE_EVENT.format(8_000_000), "large.toml: max_requests: 200 answers of up to 80"),
    ],
)
def test_what_is_too_much(tokens: int, requests: int, faults: str, said: str) -> None:
    """It is one clear error that names the key and what would be right."""
    with pytest.raises(BadScenario) as error:
        load(tokens, requests, faults or "{ reset = { after_token = 12 } }")
    (told,) = str(error.value).splitlines()
    assert said in told
    if "answers of up to" in said:
        assert "allow at most " in told
