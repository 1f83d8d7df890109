"""What a program finds in its environment."""

import pytest

from ssedrill.drivers.program.environment import PASSED, environment, facts_of, filled_in, held_back
from ssedrill.drivers.sink import Sink
from ssedrill.drivers.target import Target


def target(dialect="anthropic-messages", url="http://127.0.0.1:80"):
    """Return a target with nothing in it."""
    return Target(url, dialect, "drill", 2.0, 30.0, Sink(lambda: 0.0))


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "MY_API_KEY",
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "client_secret",
        "DB_PASSWORD",
        "x_token",
        *("API_KEY", "TOKEN", "OPENAI_KEY", "GH_PAT", "PGPASS", "PGPASSWORD", "SSH_AUTH_SOCK", "MYSQL_PWD"),
        *("AWS_PROFILE", "SENTRY_DSN", "NPM_CONFIG__AUTH", "GOOGLE_APPLICATION_CREDENTIALS"),
    ],
)
def test_secrets_stay_here(name):
    """Nothing that looks like a real secret is handed to a program."""
    assert "real" not in environment(facts_of(target()), {name: "real"}).values()


def test_a_password_in_a_url_stays_here():
    """Whatever the variable is called; a URL without one is nothing to hold back."""
    given = {"DATABASE_URL": "postgres://u:real@h/d", "HOME_URL": "https://h/d", "A": "a@b:c"}
    env = environment(facts_of(target()), given)
    assert "DATABASE_URL" not in env
    assert (env["HOME_URL"], env["A"]) == ("https://h/d", "a@b:c")


def test_the_working_directory_is_handed_on():
    """PWD is a folder, though elsewhere the name is short for a password."""
    assert environment(facts_of(target()), {"PWD": "/home/me/project"})["PWD"] == "/home/me/project"


def test_what_the_user_names_is_handed_on():
    """And nothing else; the drill's own values still come first."""
    given = {"GH_PAT": "mine", "GH_TOKEN": "other", "OPENAI_API_KEY": "mine", PASSED: "GH_PAT,OPENAI_API_KEY"}
    env = environment(facts_of(target()), given)
    assert env["GH_PAT"] == "mine"
    assert "GH_TOKEN" not in env
    assert env["OPENAI_API_KEY"] == target().api_key
    assert held_back(given) == ["GH_TOKEN"]


def test_facts_and_the_rest():
    """The facts of the drill are there, and what has nothing to do with secrets is kept."""
    env = environment(facts_of(target()), {"PATH": "/bin", "TOKENIZERS": "1"})
    assert env["PATH"] == "/bin"
    assert env["TOKENIZERS"] == "1"
    assert env["SSEDRILL_URL"] == env["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:80"
    assert env["SSEDRILL_DIALECT"] == "anthropic-messages"
    assert env["SSEDRILL_SCENARIO"] == "drill"
    assert env["SSEDRILL_PATIENCE_S"] == "2"
    assert env["SSEDRILL_DEADLINE_S"] == "30"
    assert env["SSEDRILL_PROMPT"]
    assert env["OPENAI_BASE_URL"] == "http://127.0.0.1:80/v1"
    assert env["OPENAI_API_KEY"] == env["ANTHROPIC_API_KEY"] == target().api_key
    assert "127.0.0.1" in env["NO_PROXY"]


def test_base_url_of_the_dialect():
    """A provider's own base URL is the target's."""
    assert environment(facts_of(target("openai-chat", "http://h:1/x/v1")), {})["OPENAI_BASE_URL"] == "http://h:1/x/v1"


@pytest.mark.parametrize(
    ("dialect", "url", "openai", "anthropic"),
    [
        ("eventsource", "http://h:1/stream", "http://h:1/v1", "http://h:1"),
        ("eventsource", "http://h:1/x/stream", "http://h:1/x/v1", "http://h:1/x"),
        ("anthropic-messages", "http://h:1/x", "http://h:1/x/v1", "http://h:1/x"),
        ("openai-chat", "http://h:1/x/v1", "http://h:1/x/v1", "http://h:1/x"),
        ("no-such-dialect", "http://h:1/x", "http://h:1/x/v1", "http://h:1/x"),
    ],
)
def test_every_sdk_is_pointed_at_the_drill(dialect, url, openai, anthropic):
    """Whatever is drilled, every SDK finds this run's own address, and no key that is worth anything."""
    env = environment(facts_of(target(dialect, url)), {"OPENAI_BASE_URL": "http://real", "ANTHROPIC_API_KEY": "real"})
    assert (env["OPENAI_BASE_URL"], env["ANTHROPIC_BASE_URL"]) == (openai, anthropic)
    assert env["OPENAI_API_KEY"] == env["ANTHROPIC_API_KEY"] == target().api_key


def test_placeholders():
    """Known names in braces are filled in, other braces are left alone."""
    facts = facts_of(target())
    assert filled_in("{url}/a?t={patience_s}", facts) == "http://127.0.0.1:80/a?t=2"
    assert filled_in('{"a": {b}} {nope} {', facts) == '{"a": {b}} {nope} {'
