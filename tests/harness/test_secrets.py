"""What is secret is told by its name, becomes the same word wherever it stands, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.clients.spec import parse_spec
from ssedrill.dialects.call import API_KEY
from ssedrill.drivers.bad_spec import BadSpec
from ssedrill.drivers.sink import Sink
from ssedrill.model.record import Check, Severity, Status
from ssedrill.model.replaced import replaced
from ssedrill.model.request_kind import RequestKind
from ssedrill.model.secrets.known import Secrets
from ssedrill.model.secrets.names import speaks_of_credential
from ssedrill.model.secrets.records import redacted
from ssedrill.model.token_journal import TokenEntry, TokenJournal
from ssedrill.model.wire_journal import AttemptLog, ConnectionLog
from ssedrill_faults.plan import Plan, Role, Write
from support.records import passed

SPEAK = [
    *("api_key", "apiKey", "API_KEY", "APIKEY", "Apikey", "x-api-key", "OPENAI_KEY", "GH_PAT", "TOKEN", "hfToken"),
    *("X-Auth-Token", "Ocp-Apim-Subscription-Key", "X-Amz-Security-Token", "X-Functions-Key", "X-Amz-Signature"),
    *("X-Forwarded-Authorization", "Authentication", "Sec-WebSocket-Protocol", "auth", "sig", "secret", "password"),
    *("%6bey", "ke%79", "%2561pi_key", "user[password]", "PGPASS", "PGPASSWORD", "MYSQL_PWD", "SENTRY_DSN"),
    *("SSH_AUTH_SOCK", "sessionid", "PHPSESSID", "JSESSIONID", "mcp-session-id", "access_tokens", "X_KEY_2"),
]
SILENT = [
    *("idempotency-key", "x-stainless-idempotency-key", "idempotencyKey", "anthropic-ratelimit-tokens-limit"),
    *("x-ratelimit-remaining-tokens", "x-rate-limit-token", "max_tokens", "maxTokens", "token_count"),
    *("author", "authority", "TOKENIZERS_PARALLELISM", "keyboard", "monkey", "keep-alive", "last-event-id", "PATH"),
    *("KeyError", "AuthenticationError", "XDG_SESSION_TYPE", "DBUS_SESSION_BUS_ADDRESS", "signal", "pattern", ""),
    *("drops_key_client.py", "token.mjs", "src/auth.rs"),
]


@pytest.mark.parametrize("name", SPEAK)
def test_names_that_speak_of_a_credential(name):
    """They do in any spelling: snake, kebab, camel, one word, percent-encoded."""
    assert speaks_of_credential(name)


@pytest.mark.parametrize("name", SILENT)
def test_names_that_do_not(name):
    """Counts, idempotency keys, rate limits, errors and words that only look alike are none."""
    assert not speaks_of_credential(name)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/v1?alt=sse&key=AIza123&x=1", "/v1?alt=sse&key=<secret 1>&x=1"),
        ("/v1?%6bey=a,b;c&x=1", "/v1?%6bey=<secret 1>&x=1"),
        ("next=https%3A%2F%2Fh%3Fsig%3Dabc%26x%3D1", "next=https%3A%2F%2Fh%3Fsig%3D<secret 1>%26x%3D1"),
        ("postgres://u:p@ss@h/db", "postgres://<secret 1>:<secret 2>@h/db"),
        ("https%3A%2F%2Fuser%3Apw%40host", "https%3A%2F%2F<secret 1>%3A<secret 2>%40host"),
        ("run --api-key X1 --n 3", "run --api-key <secret 1> --n 3"),
        ("API_KEY=X1 run -token=X1 'a'", "API_KEY=<secret 1> run -token=<secret 1> 'a'"),
        ("Invalid API key provided: sk-1. Look", "Invalid API key provided: <secret 1>. Look"),
        ("Authorization: Bearer a.b-c", "Authorization: Bearer <secret 1>"),
        ("{'Authorization': 'Bearer x', 'a-key': 'y', 'b': 'z'}",
         "{'Authorization': 'Bearer <secret 1>', 'a-key': '<secret 2>', 'b': 'z'}"),
        ('"{\\"api_key\\": \\"x\\\\\\"y\\"}"', '"{\\"api_key\\": \\"<secret 1>\\"}"'),
        ("(b'x-token', b'y')", "(b'x-token', b'<secret 1>')"),
        ("-H 'Cookie: a=b; c=d' -s", "-H 'Cookie: <secret 1>' -s"),
        ('Authorization: Digest username="u", response="r"', "Authorization: Digest <secret 1>"),
        ("'api_keys': ['a1', 'b2']", "'api_keys': ['<secret 1>', '<secret 2>']"),
        ("KeyError: 'text'", "KeyError: 'text'"),
        ('"type":"authentication","message":"no"', '"type":"authentication","message":"no"'),
        ('{"auth": {"type": "x"}, "key": []}', '{"auth": {"type": "x"}, "key": []}'),
        ("invalid token: expired", "invalid token: expired"),
        ('{"max_tokens": 5, "token": 12}', '{"max_tokens": 5, "token": 12}'),
        (f"api_key={API_KEY} --token $TOKEN --key {{k}}", f"api_key={API_KEY} --token $TOKEN --key {{k}}"),
    ],
)  # fmt: skip
def test_texts_that_name_a_secret(text, kept):
    """Wherever a name stands before a value, the value goes; a second time nothing more does."""
    secrets = Secrets((API_KEY,))
    assert secrets.text(text) == kept
    assert secrets.text(kept) == kept


def test_the_same_value_has_the_same_number_in_every_spelling():
    """It is found as it is, percent-encoded and escaped; a short one only where it is named."""
    secrets = Secrets()
    assert secrets.header("x-api-key", "long/value+1") == "<secret 1>"
    assert secrets.header("x-token", "short") == "<secret 2>"
    assert secrets.header("authorization", "Bearer long/value+1") == "Bearer <secret 1>"
    told = "long/value+1 long%2Fvalue%2B1 long%2fvalue%2b1 short"
    assert secrets.text(told) == "<secret 1> <secret 1> <secret 1> short"


def test_basic_credentials_are_known_by_their_password():
    """What is in base64 on the wire is not so in an error's text."""
    secrets = Secrets()
    assert secrets.header("authorization", "Basic dXNlcjpodW50ZXIyLWh1bnRlcg==") == "Basic <secret 1>"
    assert secrets.text("no hunter2-hunter for user") == "no <secret 2> for user"


def test_sessions_that_the_server_gave_are_no_secrets():
    """The drill's own session id comes back readable; a cookie from elsewhere does not."""
    secrets = Secrets()
    secrets.given(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=drill-session-1\r\nMcp-Session-Id: abcd-1\r\n\r\n")
    assert secrets.header("cookie", "sid=drill-session-1; b=private-1") == "sid=drill-session-1; b=<secret 1>"
    assert secrets.header("mcp-session-id", "abcd-1") == "abcd-1"
    assert secrets.header("x-api-key", "drill-session-1") == "<secret 2>"


def test_the_environment_is_known_and_has_no_numbers_before_it_turns_up():
    """Numbers follow what is written, not what happens to be in the environment."""
    secrets = Secrets()
    secrets.learn_environment({"A_TOKEN": "never-seen", "DB_URL": "pg://u:the-password@h/d", "TERM": "xterm-256"})
    assert secrets.text("the-password, xterm-256") == "<secret 1>, xterm-256"
    assert secrets.numbers == {"the-password": 1}


def test_the_working_directory_is_no_password():
    """PWD and OLDPWD stand for folders in the environment, and for passwords everywhere else."""
    secrets = Secrets()
    secrets.learn_environment({"PWD": "/home/me/project", "OLDPWD": "/home/me/other", "DB_PWD": "a-password"})
    said = "no file /home/me/project/a.json, nor in /home/me/other; a-password"
    assert secrets.text(said) == said.replace("a-password", "<secret 1>")
    assert secrets.header("pwd", "/home/me/project") == "<secret 2>"


@given(st.integers(0, 60), st.integers(1, 60))
def test_no_half_of_a_secret_is_left_where_a_message_is_cut(before, most):
    """However much of it stands before the cut."""
    sink = Sink(lambda: 0.0)
    sink.secrets.learn("0123456789abcdef")
    kept = sink.message("x" * before + "0123456789abcdef" + "y" * 200, most)
    assert "0123" not in kept


@given(st.lists(st.integers(0, 12), min_size=1))
def test_what_is_kept_in_pieces_is_replaced_as_a_whole(sizes):
    """Wherever the cuts are; the pieces stay as many."""
    whole, pieces, at = "xx-one-yyy-two-zz", [], 0
    for size in sizes:
        pieces.append(whole[at : at + size])
        at += size
    pieces.append(whole[at:])
    spans = [(3, 6, "<1>"), (11, 14, "<two>")]
    assert "".join(replaced(pieces, spans)) == "xx-<1>-yyy-<two>-zz"
    assert len(replaced(pieces, spans)) == len(pieces)


def test_a_record_is_redacted_everywhere():
    """Journals, checks, the sentence, notes and the plan: a secret in pieces of text too."""
    secret = "sk-very-secret-1"
    run = passed()
    plan = Plan(1, (Write(b"HTTP/1.1 404 sk-very-", Role.HEAD), Write(b"secret-1\r\n", Role.BODY)))
    log = AttemptLog(1, 1, 0.0, plan, "GET", f"/x?token={secret}", (("x-api-key", secret), ("idempotency-key", "i1")),
                     kind=RequestKind.STREAM)  # fmt: skip
    run.wire.attempts, run.wire.connections = [log], [ConnectionLog(1, 0.0, note=f"left {secret}")]
    entries = [TokenEntry(1, 0.0, "text", "my sk-very"), TokenEntry(2, 0.1, "text", "-secret-1 is out"),
               TokenEntry(3, 0.2, "error", f"no {secret}", secret)]  # fmt: skip
    run.tokens = TokenJournal(entries, stderr=f"E {secret}", crashed=f"of {secret}", notes=(secret,))
    run.checks = [Check("a", Severity.MUST, Status.OK, secret, secret)]
    run.summary, run.notes = f"it said {secret}", [secret]
    kept = redacted(run, Secrets())
    assert "sk-v" not in repr(kept)
    assert "secret-1" not in repr(kept)
    assert secret in repr(run)  # what judges it may still be reading
    assert [entry.text for entry in kept.tokens.entries] == ["my <secret 1>", " is out", "no <secret 1>"]
    assert kept.wire.attempts[0].headers == (("x-api-key", "<secret 1>"), ("idempotency-key", "i1"))
    assert kept.wire.attempts[0].plan.data == b"HTTP/1.1 404 <secret 1>\r\n"


def test_a_function_keeps_its_name(tmp_path):
    """However much its file is called like a credential: there is nothing behind the colon but the function."""
    path = tmp_path / "my_api_key.py"
    path.write_text("def stream(target):\n    yield ''\n")
    assert parse_spec(f"{path}:stream").name == f"{path}:stream"
    with pytest.raises(BadSpec, match="has no function 'streem'"):
        parse_spec(f"{path}:streem")


def test_clients_are_named_without_secrets():
    """Those that differ by a secret alone still have two names; messages about them hold none either."""
    secrets = Secrets()
    specs = (f"raw:env API_KEY={value} cat --token={value}" for value in ("one-1", "two-2"))
    first, second = (parse_spec(spec, secrets) for spec in specs)
    assert first.name == "raw:env API_KEY=<secret 1> cat --token=<secret 1>"
    assert second.name == "raw:env API_KEY=<secret 2> cat --token=<secret 2>"
    assert dict(second.secrets)["two-2"] == 2
    assert "one-1" not in repr(first)
    with pytest.raises(BadSpec) as raised:
        parse_spec("raw:no-such-program --password hunter2")
    assert "hunter2" not in str(raised.value)
