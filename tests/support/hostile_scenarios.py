"""Scenario files that must not be used, each with the message that it deserves."""

from __future__ import annotations

from dataclasses import dataclass

from support.hostile_http import HOSTILE_HTTP

GOOD = """\
name = "victim"
about = "A drill that is in order until one line of it is changed."
seen_in = ["owner/repository#1"]
dialects = ["eventsource", "openai-chat"]
patience = "2 s"
deadline = "15 s"
max_requests = 10

[stream]
tokens = 40
every = "5 ms"

[[attempt]]
faults = [{ reset = { after_token = 12 } }]

[[attempt]]

[must]
outcome = ["recovered", "failed-loudly"]
requests = "<= 4"

[should]
recovery = "<= 2 s"
"""

FAULT = "{ reset = { after_token = 12 } }"
FAULTS_KEY = "attempt[0].faults"
PLACE = f"{FAULTS_KEY}[0]"


@dataclass(frozen=True)
class Hostile:
    """A file, and what its error must say: the key's path, what is wrong, what would be right."""

    name: str
    data: bytes
    key: str
    wrong: str
    right: str


HUGE = "{ insert_event = { after_token = 3, pad = 260000 } }"


def _line(name: str, old: str, new: str, key: str, wrong: str, right: str) -> Hostile:
    assert GOOD.count(old) == 1, f"{name}: {old!r} is not one line of the good file"
    return Hostile(name, GOOD.replace(old, new).encode(), key, wrong, right)


def _fault(name: str, fault: str, key: str, wrong: str, right: str) -> Hostile:
    return _line(name, FAULT, fault, PLACE + key, wrong, right)


def _whole(name: str, data: bytes | str, wrong: str, right: str) -> Hostile:
    return Hostile(name, data if isinstance(data, bytes) else data.encode(), "", wrong, right)


FILES = [
    _whole("empty", "", "missing", "as the file is called"),
    _whole("prose", "Dear server, please break.", "not TOML", "key = "),
    _whole("json", '{"name": "victim"}', "not TOML", "key = "),
    _whole("key-twice", GOOD + 'recovery = "<= 1 s"\n', "not TOML: Cannot overwrite", "key = "),
    _whole("string-left-open", 'name = "victim', "not TOML", "key = "),
    _whole("latin-1", GOOD.replace("order", "Ordnung, schön").encode("latin-1"), "not UTF-8 (at byte", "UTF-8"),
    _whole("utf-16", GOOD.encode("utf-16"), "not UTF-8 (at byte 0)", "UTF-8"),
    _whole("binary", bytes(range(256)), "not UTF-8", "UTF-8"),
    _whole("null-bytes", GOOD.replace("order", "or\0der"), "not TOML", "key = "),
    _whole("huge", GOOD + "#" * 300_000, "bigger than 256 KiB", "cut it down"),
    _whole("arrays-without-end", "a = " + "[" * 30_000 + "]" * 30_000, "nested too deep", "few levels"),
    _whole("tables-without-end", "a = " + "{ a = " * 20_000 + "1" + "}" * 20_000, "nested too deep", "few levels"),
    _whole("keys-without-end", "a." * 50_000 + "a = 1", "line 1 has more than 100 dots", "simpler key"),
    _whole("number-too-long", "tokens = " + "9" * 5000, "too long to be read", "shorter"),
    Hostile("deep", b"a." * 20 + b"a = 1", "a" + 12 * ".a", "nested too deep", "no more than 12 levels"),
]

TOP = [
    _line("no-name", 'name = "victim"\n', "", "name", "missing", "as the file is called"),
    _line("name-number", '"victim"', "7", "name", "7 is no string", "lower case with hyphens"),
    _line("name-upper", '"victim"', '"Victim"', "name", "no name", "lower case with hyphens"),
    _line("name-snake", '"victim"', '"my_victim"', "name", "no name", "lower case with hyphens"),
    _line("name-path", '"victim"', '"../victim"', "name", "no name", "lower case with hyphens"),
    _line("name-escape", '"victim"', '"\\u001b[2Jvictim"', "name", "\\x1b[2Jvictim", "lower case"),
    _line("name-endless", '"victim"', f'"{"v" * 5000}"', "name", "...", "lower case with hyphens"),
    _line("name-of-another-file", '"victim"', '"murderer"', "name", "not what the file is called", "murderer.toml"),
    _line("no-about", "about", "xabout", "about", "missing", 'about = "..."'),
    _line(
        "about-blank",
        '"A drill that is in order until one line of it is changed."',
        '"  "',
        "about",
        "nothing",
        "sen",
    ),
    _line("about-escapes", "A drill", "\\u001b]0;A drill", "about", "control characters", "plain text"),
    _line("about-backwards", "A drill", "\\u202eA drill", "about", "control characters", "plain text"),
    _line("key-misspelled", "patience", "patients", "patients", "unknown key", "did you mean patience?"),
    _line("key-plural", "[[attempt]]\nfaults", "[[attempts]]\nfaults", "attempts", "unknown key", "mean attempt?"),
    _line("key-odd", "patience", '"pa\\u0007tience"', '"pa\\x07tience"', "unknown key", "patience"),
    _line(
        "seen-in-prose", '"owner/repository#1"', '"somewhere"', "seen_in[0]", "no thread", "owner/repository#number"
    ),
    _line("seen-in-number", '"owner/repository#1"', "1", "seen_in[0]", "1 is no string", "owner/repository#number"),
    _line("seen-in-text", '["owner/repository#1"]', '"a/b#1"', "seen_in", "is no list", "owner/repository#number"),
    _line("dialect-unknown", '"openai-chat"', '"openai-chats"', "dialects[1]", "unknown dialect", "openai-chat?"),
    _line("dialect-twice", '"openai-chat"', '"eventsource"', "dialects[1]", "twice", "keep one"),
    _line(
        "dialects-empty", '["eventsource", "openai-chat"]', "[]", "dialects", "empty", "at least one of eventsource"
    ),
    _line(
        "dialects-word", '["eventsource", "openai-chat"]', '"eventsource"', "dialects", "is no list", 'write "all"'
    ),
    _line("dialects-all-of", '"openai-chat"]', '"all"]', "dialects[1]", 'unknown dialect "all"', "eventsource"),
    _line("dialects-many", '"openai-chat"]', '"x",' * 200 + "]", "dialects", "more than 100", "list them as"),
    _line("patience-bare", '"2 s"\ndeadline', "2\ndeadline", "patience", "2 has no unit", "add a unit"),
    _line("patience-bare-text", '"2 s"\ndeadline', '"2"\ndeadline', "patience", '"2" has no unit', '"2 s" or "2 ms"'),
    _line("patience-negative", '"2 s"\ndeadline', '"-2 s"\ndeadline', "patience", "negative", "above zero"),
    _line("patience-zero", '"2 s"\ndeadline', '"0 s"\ndeadline', "patience", "zero", "above zero"),
    _line("patience-infinite", '"2 s"\ndeadline', "inf\ndeadline", "patience", "inf has no unit", "add a unit"),
    _line(
        "patience-inf-text", '"2 s"\ndeadline', '"inf s"\ndeadline', "patience", "no duration", "number and a unit"
    ),
    _line("patience-nan", '"2 s"\ndeadline', "nan\ndeadline", "patience", "nan has no unit", "add a unit"),
    _line("patience-words", '"2 s"\ndeadline', '"two s"\ndeadline', "patience", "no duration", "number and a unit"),
    _line(
        "patience-unit", '"2 s"\ndeadline', '"2 sec"\ndeadline', "patience", '"sec" is no unit', "us, ms, s, min, h"
    ),
    _line(
        "patience-true", '"2 s"\ndeadline', "true\ndeadline", "patience", "true is no duration", "number and a unit"
    ),
    _line("patience-list", '"2 s"\ndeadline', '["2 s"]\ndeadline', "patience", "a list is no", "number and a unit"),
    _line("patience-tiny", '"2 s"\ndeadline', '"0.1 us"\ndeadline', "patience", "shorter than a micro", "1 us"),
    _line("deadline-aeon", '"15 s"', '"999999999999 h"', "deadline", "longer than a year", "shorter"),
    _line("deadline-date", '"15 s"', "2027-01-01", "deadline", "a date", "in quotes"),
    _line(
        "patience-past-deadline", '"15 s"', '"1 s"', "patience", "never run out", "shorter than the deadline of 1 s"
    ),
    _line("requests-none", "max_requests = 10", "max_requests = 0", "max_requests", "out of range", "from 1 to"),
    _line("requests-true", "max_requests = 10", "max_requests = true", "max_requests", "out of range", "from 1 to"),
    _line("requests-too-few", "max_requests = 10", "max_requests = 1", "max_requests", "never be reached", "allow 2"),
]

STREAM = [
    _line("stream-unknown", "tokens = 40", "token = 40", "stream.token", "unknown key", "mean tokens?"),
    _line("stream-suffix", 'every = "5 ms"', 'every_s = "5 ms"', "stream.every_s", "unknown key", "mean every?"),
    _line("tokens-none", "tokens = 40", "tokens = 0", "stream.tokens", "out of range", "from 1 to 100000"),
    _line("tokens-many", "tokens = 40", "tokens = 100001", "stream.tokens", "out of range", "from 1 to 100000"),
    _line("tokens-endless", "tokens = 40", f"tokens = {'9' * 4000}", "stream.tokens", "a huge number", "from 1 to"),
    _line(
        "tokens-text", "tokens = 40", 'tokens = "40"', "stream.tokens", '"40" is of the wrong type', "whole number"
    ),
    _line(
        "tokens-fraction", "tokens = 40", "tokens = 4.5", "stream.tokens", "4.5 is of the wrong type", "whole number"
    ),
    _line("every-bare", 'every = "5 ms"', "every = 5", "stream.every", "5 has no unit", "add a unit"),
    _line(
        "every-slow", 'every = "5 ms"', 'every = "1 h"', "stream.every", "even a healthy stream", "deadline of 15 s"
    ),
    _line("text-unknown", "tokens = 40", 'text = "klingon"', "stream.text", "unknown value", "ascii, thai"),
    _line("framing-unknown", "tokens = 40", 'framing = "chunk"', "stream.framing", "unknown value", "mean chunked?"),
    _line("line-end-unknown", "tokens = 40", 'line_end = "cr"', "stream.line_end", "unknown value", "crlf"),
    _line("ping-every-none", "tokens = 40", "ping_every = 0", "stream.ping_every", "out of range", "1 or more"),
    _line("retry-negative", "tokens = 40", 'retry = "-1 s"', "stream.retry", "negative", "above zero"),
]

FAULTS = [
    _line("no-attempt", "[[attempt]]\nfaults", "[[x]]\nfaults", "x", "unknown key", "use one of"),
    _line("faults-text", f"[{FAULT}]", '"reset"', "attempt[0].faults", "is no list", "faults = [{ reset"),
    _line(
        "faults-many",
        f"[{FAULT}]",
        f"[{(FAULT + ',') * 21}]",
        "attempt[0].faults",
        "more than 20 faults",
        "faults = [",
    ),
    _line("attempt-key", "faults = [", "fault = [", "attempt[0].fault", "unknown key", "mean faults?"),
    *(
        _line(name, f"faults = [{FAULT}]", attempt, f"attempt[0].{key}", wrong, right)
        for name, attempt, key, wrong, right in (
            (
                "borders-twice",
                "faults = [{ chunk_borders = { size = 5 } }, { chunk_borders = { size = 9 } }]",
                "faults",
                "contradictory faults",
                "stands there twice",
            ),
            (
                "borders-endless",
                f"faults = [{HUGE}, {{ chunk_borders = {{ size = 1 }} }}]",
                "faults[1].chunk_borders.size",
                "more than 250000 chunks",
                "choose what the answer has",
            ),
            (
                "blocks-endless",
                f"faults = [{HUGE}, {{ buffer = {{ bytes = 1 }} }}]",
                "faults[1].buffer.bytes",
                "more than 250000 blocks",
                "choose what the answer has",
            ),
            *(
                (
                    f"no-chunks-{fault.partition(chr(32))[0]}-{word}-{framed}",
                    f"faults = [{{ {framed} }}, {{ {fault} }}]",
                    f"faults[1].{fault.partition(' ')[0]}.{word}",
                    "needs a body that is sent in chunks",
                    'framing = "chunked" in [stream]',
                )
                for framed in ("http_1_0 = {}", "content_length = { off = 5 }")
                for word, fault in (
                    ("size", "bad_chunk = { after_token = 3, size = 'zz' }"),
                    ("off", "bad_chunk = { after_token = 3, off = 5 }"),
                    ("size", "chunk_borders = { size = 5 }"),
                    ("text", "chunk_extensions = {}"),
                    ("set", "trailers = { set = { X-A = 'b' } }"),
                    ("at", "fragment = { at = 'chunk-size' }"),
                    ("inside", "reset = { after_token = 3, inside = 'chunk-size' }"),
                )
            ),
            *(
                (
                    f"borders-and-{ending}",
                    f"faults = [{{ chunk_borders = {{ size = 9 }} }}, {{ {ending}, inside = 'chunk-size' }} }}]",
                    "faults[0].chunk_borders",
                    "another fault cuts inside the framing of a chunk",
                    "leave out one of the two",
                )
                for ending in ("reset = { after_token = 3", "stall = { after_token = 3, for = '1 s'")
            ),
            (
                "length-below-a-coded-body",
                "faults = [{ content_length = { off = -1500 } }, { encode = { unasked = true } }]",
                "faults[0].content_length",
                "can't say 1500 bytes less than there are",
                "the body, as it is sent, has ",
            ),
            (
                "coded-nothing",
                'faults = [{ encode = { damage = "utf8" } }, { clean_end = { after_token = 0 } }]',
                "faults[1].clean_end",
                "leave nothing of it",
                "choose what the answer has",
            ),
            (
                "when-never",
                f'when = {{ has = "x-a", lacks = "X-A" }}\nfaults = [{FAULT}]',
                "when.has",
                "no request fits",
                "its settings are",
            ),
            *(
                (
                    f"when-whole-{fault.split()[0]}",
                    f'when = {{ kind = "whole" }}\nfaults = [{{ {fault} }}]',
                    f"faults[0].{fault.split()[0]}",
                    wrong,
                    "choose what an answer without streaming has",
                )
                for fault, wrong in (
                    ("reset = { after_token = 12 }", "the answer has no token 12"),
                    ("drop_event = { after_token = 12 }", "no stream of events"),
                )
            ),
            (
                "error-that-stays-and-reset",
                "faults = [{ error_event = { after_token = 3, then = 'stay' } }, { reset = { after_token = 5 } }]",
                "faults",
                "error_event and reset each end the attempt",
                'give error_event then = "continue"',
            ),
            (
                "error-behind-its-reset",
                "faults = [{ error_event = { after_token = 3, then = 'continue' } }, { fin = { after_token = 3 } }]",
                "faults[0].error_event",
                "can never take effect",
                "before_token = 13 is behind what is put in after_token = 12",
            ),
            (
                "when-whole-rest",
                f'when = {{ resume = true, kind = "whole" }}\nfaults = [{FAULT}]',
                "when.resume",
                "no request for a whole answer",
                "its settings are",
            ),
        )
    ),
    _fault("fault-name", "{ rest = { after_token = 12 } }", ".rest", "unknown fault", "did you mean reset"),
    _fault("fault-text", '"mute"', "", '"mute" is no table', "one fault with its settings"),
    _fault("fault-two-in-one", "{ reset = { after_token = 1 }, fin = {} }", "", "not one fault", "one fault with"),
    _fault("fault-none", "{}", "", "not one fault", "one fault with its settings"),
    _fault("fault-number", "{ reset = 12 }", ".reset", "12 is no table", "{ after_token = ..."),
    _fault("setting-name", "{ reset = { after_tokens = 1 } }", ".reset.after_tokens", "unknown key", "after_token"),
    _fault(
        "setting-true", "{ reset = { after_token = true } }", ".reset.after_token", "true is of the", "whole number"
    ),
    _fault("setting-inf", "{ reset = { after_token = inf } }", ".reset.after_token", "inf is of the", "whole number"),
    _fault("setting-for-none", "{ mute = { for = '1 s' } }", ".mute.for", "unknown key", "there are none"),
    _fault("setting-missing", "{ delay = { after_token = 1 } }", ".delay.for", "missing", "it must have for"),
    _fault("for-bare", "{ stall = { after_token = 1, for = 5 } }", ".stall.for", "5 has no unit", "add a unit"),
    *(
        _fault(f"moment-{value}", f"{{ reset = {{ after = {value} }} }}", ".reset.after", wrong, '"500 ms", "2 s"')
        for value, wrong in (
            ("15", "15 has no unit"),
            ("1.5", "1.5 has no unit"),
            ("'inf s'", '"inf s" is no duration'),
            ("'nan s'", '"nan s" is no duration'),
            ("'-5 s'", '"-5 s" is negative'),
            ("'soon'", 'unknown value "soon"; use one of headers, terminal, body'),
        )
    ),
    _fault(
        "setting-of-many",
        "{ edit_event = { after_token = 3, zzz = 1 } }",
        ".edit_event.zzz",
        "unknown key",
        "or 12 others, which `ssedrill list faults edit_event` names",
    ),
    _fault(
        "settings-many",
        "{ edit_event = { after_token = 3, count = 0, id = 'x' } }",
        ".edit_event.count",
        "at least 1; its settings are { count = ..., after_token",
        "and 12 more, which `ssedrill list faults edit_event` names",
    ),
    _fault("for-zero", "{ refuse = { for = '0 ms' } }", ".refuse.for", "zero", "above zero"),
    _fault("for-infinite", "{ stall = { after_token = 1, for = 'inf' } }", ".stall.for", "no duration", "and a unit"),
    _fault("place-none", "{ reset = {} }", ".reset", "exactly one of after_token", "its settings are"),
    _fault(
        "place-two", "{ fin = { after_token = 1, after_byte = 2 } }", ".fin", "exactly one of", "its settings are"
    ),
    _fault(
        "place-negative", "{ reset = { after_token = -1 } }", ".reset.after_token", "negative", "its settings are"
    ),
    _fault("place-unknown", "{ reset = { before = 'header' } }", ".reset.before", "unknown value", "mean headers?"),
    _fault(
        "place-beyond", "{ reset = { after_token = 41 } }", ".reset.after_token", "last token is 40", "choose what"
    ),
    _fault("event-beyond", "{ fin = { after_event = 99 } }", ".fin.after_event", "99, but the answer", "choose what"),
    _fault(
        "byte-beyond", "{ fin = { after_byte = 999999 } }", ".fin.after_byte", "the attempt writes", "choose what"
    ),
    _fault("pace-own", "{ pace = { every = '5 ms' } }", ".pace.every", "changes nothing", "choose what"),
    _fault("mark-nowhere", "{ fragment = { at = 'utf8' } }", ".fragment", "a place inside utf8", "choose what"),
    _fault("mark-unknown", "{ fragment = { at = 'word' } }", ".fragment.at", "unknown value", "use one of byte"),
    _line(
        "two-endings", FAULT, f"{FAULT}, {{ fin = {{ after_token = 20 }} }}", FAULTS_KEY, "contradictory", "keep one"
    ),
    _line("door-and-more", FAULT, f"{{ mute = {{}} }}, {FAULT}", FAULTS_KEY, "contradictory", "nothing for reset"),
    _line(
        "second-impossible",
        FAULT,
        "{ clean_end = { after_token = 3 } }, { drop_terminal = {} }",
        "attempt[0].faults[1].drop_terminal",
        "has no terminal event",
        "possible without clean_end (faults[0])",
    ),
    _line(
        "cut-off-by-a-later-one",
        FAULT,
        "{ malformed_json = { after_token = 30 } }, { pace = { every = '1 ms' } }, { reset = { after_token = 20 } }",
        "attempt[0].faults[0].malformed_json",
        "can never take effect",
        "possible without reset (faults[2])",
    ),
    _fault("code-odd", "{ status = { code = 999 } }", ".status.code", "no final HTTP status", "from 200 to 599"),
    _fault("code-text", "{ status = { code = '429' } }", ".status.code", "wrong type", "whole number"),
    _fault(
        "form-alone", "{ status = { code = 429, form = 'date' } }", ".status.form", "needs a retry_after", "settings"
    ),
    _fault(
        "header-odd",
        "{ status = { code = 429, headers = { a = '…' } } }",
        ".status.headers",
        "HTTP can carry",
        "settings are",
    ),
    _fault(
        "header-of-wait",
        "{ status = { code = 429, headers = { Retry-After = '5' } } }",
        ".status.headers",
        "can't set Retry-After: use retry_after and form",
        "settings are",
    ),
    _fault(
        "body-and-message",
        "{ status = { code = 502, body = '<html>', message = 'x' } }",
        ".status.body",
        "message means nothing",
        "settings are",
    ),
    _line(
        "spoiled-twice",
        FAULT,
        "{ malformed_json = { after_token = 5 } }, { malformed_json = { after_token = 5, kind = 'not-json' } }",
        "attempt[0].faults[1].malformed_json",
        "the event of token 6 is spoiled already",
        "choose",
    ),
    _fault(
        "how-unknown", "{ close_on_accept = { how = 'rst' } }", ".close_on_accept.how", "unknown value", "mean reset?"
    ),
]

_INSERT = "{ insert_event = { after_token = 1, %s } }"
_EDIT = "{ edit_event = { after_token = 1, %s } }"
_SPELL = "{ spelling = { %s } }"

EVENTS = [
    _fault(
        f"{fault.split()[1]}-{name}", fault % settings if "%" in fault else fault, f".{fault.split()[1]}{key}", *told
    )
    for name, fault, settings, key, told in (
        (
            "nothing",
            "{ insert_event = { after_token = 1 } }",
            "",
            "",
            ("give at least one of data", "settings"),
        ),
        ("nowhere", "{ insert_event = { data = 'x' } }", "", "", ("exactly one of after_token", "settings")),
        ("number", _INSERT, "data = 12", ".data", ("12 is of the wrong type", "string in quotes")),
        ("retry-number", _INSERT, "retry = 1000", ".retry", ("1000 is of the wrong type", "string in quotes")),
        ("never", _INSERT, "data = 'x', times = 0", ".times", ("must be at least 1", "settings")),
        ("endless", _INSERT, "data = 'x', times = 999999999", ".times", ("at most 10000", "settings")),
        ("pause", _INSERT, "data = 'x', every = 5", ".every", ("5 has no unit", "add a unit")),
        ("raw-and", _INSERT, "raw = 'x', event = 'y'", ".event", ("can't be beside raw", "settings")),
        ("raw-empty", _INSERT, "raw = ''", ".raw", ("at least one byte", "settings")),
        ("line", _INSERT, 'id = "a\\nb"', ".id", ("holds the end of a line", "settings")),
        ("token", _INSERT, "data = '{token:x}'", ".data", ("is no placeholder", "settings")),
        ("token-beyond", _INSERT, "data = '{token:41}'", ".data", ("the text has 40 tokens", "choose what")),
        ("pad-missing", _INSERT, "data = '{pad}'", ".pad", ("is missing", "settings")),
        ("pad-huge", _INSERT, "pad = 99999999", ".pad", ("at most 8388608 (8 MiB)", "settings")),
        ("pad-times", _INSERT, "pad = 1000000, times = 100", ".pad", ("more than 16 MiB", "settings")),
        ("pad-bomb", _INSERT, "pad = 8388608, raw = '" + "{pad}" * 9000 + "'", ".pad", ("more than 16", "settings")),
        ("pad-nowhere", _INSERT, "pad = 9, data = 'x'", ".pad", ("has no place", "settings")),
        ("bomb", _INSERT, f"times = 10000, data = '{'x' * 9000}'", "", ("more than 16 MiB", "choose what")),
        (
            "bytes",
            "{ insert_event = { after_byte = 9, data = 'x' } }",
            "",
            "",
            ("works on whole events", "choose what"),
        ),
        ("none", "{ drop_event = { after_token = 1, count = 0 } }", "", ".count", ("at least 1", "settings")),
        ("many", "{ drop_event = { after_token = 39, count = 9 } }", "", "", ("9 would be needed", "choose what")),
        (
            "text",
            "{ duplicate_event = { after_token = 1, times = '2' } }",
            "",
            ".times",
            ("wrong type", "whole number"),
        ),
        ("end", "{ swap_events = { before = 'terminal' } }", "", "", ("2 would be needed", "choose what")),
        ("nothing", "{ edit_event = { after_token = 1 } }", "", "", ("give at least one of set", "settings")),
        ("path", _EDIT, "set = { 'a..b' = 1 }", ".set", ("put dots between keys", "settings")),
        ("inf", _EDIT, "set = { a = inf }", ".set", ("a number that JSON has not", "settings")),
        ("list", _EDIT, "set = ['a']", ".set", ("a list is of the wrong type", "in braces")),
        ("place", _EDIT, "remove = ['choices.9.delta']", ".remove", ("finds no 'choices.9.delta'", "choose what")),
        ("long", _EDIT, f"remove = ['{'x' * 9000}']", ".remove", ("finds no 'xxx", "choose what")),
        ("text", _EDIT, "replace = { nowhere = 'x' }", ".replace", ("finds no 'nowhere'", "choose what")),
        ("bomb", _EDIT, f"replace = {{ a = '{'b' * 90000}', b = '{'c' * 90000}' }}", "", ("16 MiB", "choose what")),
        ("both", _EDIT, "id = 'x', without = ['id']", ".id", ("is set and in without", "settings")),
        ("count", _EDIT, "pad = 9, count = 2, every = true", ".count", ("means nothing beside every", "settings")),
        ("pads", _EDIT, "pad = 8388608, count = 30", "", ("more than 16 MiB", "choose what")),
        ("nothing", "{ spelling = {} }", "", "", ("give at least one of line_end", "settings")),
        ("end", _SPELL, "line_end = 'crcr'", ".line_end", ("unknown value", "did you mean")),
        ("spaces", _SPELL, "after_colon = 3", ".after_colon", ("must be 0, 1 or 2", "settings")),
        ("lines", _SPELL, "data_lines = 1", ".data_lines", ("at least 2", "settings")),
        ("names", _SPELL, "without = ['event']", ".without", ("say what the data do not", "choose what")),
        ("data", _SPELL, "without = ['data']", ".without[0]", ("unknown value", "event")),
        ("same", _SPELL, "line_end = 'lf'", "", ("spelled so already", "choose what")),
        ("many", "{ byte_order_mark = { times = 9 } }", "", ".times", ("at most 8", "settings")),
        ("where", "{ byte_order_mark = { after_token = 9 } }", "", ".after_token", ("unknown key", "times")),
        ("form", "{ ids = { form = 'numbers' } }", "", ".form", ("unknown value", "did you mean number")),
        ("formless", "{ ids = {} }", "", ".form", ("missing", "it must have form")),
        ("own", "{ ids = { form = 'number' } }", "", ".form", ("ids of their own", "choose what")),
        ("replace", "{ ids = { form = 'nul', replace = true } }", "", ".replace", ("means nothing", "settings are")),
        ("often", "{ ping = { every = 0 } }", "", ".every", ("at least 1", "settings")),
        ("seldom", "{ ping = { every = 99 } }", "", ".every", ("fewer events than that", "choose what")),
        ("text", "{ ping = { text = 'x' } }", "", ".text", ("means nothing with form", "settings")),
        (
            "token",
            "{ ping = { form = 'data', text = 'see a13.' } }",
            "",
            ".text",
            ("can't be told from a token: it holds a13", "write words without a number"),
        ),
        ("listed", "{ ping = { form = ['data'] } }", "", ".form", ("unknown value a list", '"comment" or "event"')),
        ("nowhere", "{ unfinished_event = {} }", "", "", ("exactly one of after_token", "settings")),
        ("first", "{ unfinished_event = { after = 'headers' } }", "", "", ("no event before", "choose what")),
        ("lacks", "{ unfinished_event = { lacks = 'line' } }", "", ".lacks", ("unknown value", "mean line-end")),
    )
]

EXPECTED = [
    _line(
        "no-must",
        '[must]\noutcome = ["recovered", "failed-loudly"]\nrequests = "<= 4"',
        "",
        "must",
        "missing",
        "outcome",
    ),
    _line(
        "must-empty", 'outcome = ["recovered", "failed-loudly"]\nrequests = "<= 4"', "", "must", "empty", "outcome = "
    ),
    _line(
        "must-text",
        '[should]\nrecovery = "<= 2 s"',
        "[should.recovery]\nx = 1",
        "should.recovery",
        "no compar",
        "<= 2 s",
    ),
    _line(
        "must-unknown",
        'requests = "<= 4"',
        'request = "<= 4"',
        "must.request",
        "unknown expect",
        "mean requests or cancel_requests?",
    ),
    _line("outcome-unknown", '"failed-loudly"', '"failed"', "must.outcome", '"failed" can\'t be', "failed-loudly"),
    _line("outcome-unjudged", '"failed-loudly"', '"not-tested"', "must.outcome", "can't be expected", "use one of"),
    _line("outcome-excused", '"failed-loudly"', '"unsupported"', "must.outcome", "can't be expected", "use one of"),
    _line("outcome-number", '"failed-loudly"', "1", "must.outcome", "1 can't be expected", "use one of"),
    _line("outcome-table", '"failed-loudly"', "{}", "must.outcome", "can't be expected", "use one of"),
    _line("outcome-twice", '"failed-loudly"', '"recovered"', "must.outcome", "twice", "keep one"),
    _line("outcome-text", '["recovered", "failed-loudly"]', '"clean"', "must.outcome", "no list", "write a list"),
    _line("outcome-none", '["recovered", "failed-loudly"]', "[]", "must.outcome", "an empty list: no", "name those"),
    _line("bound-endless", '"<= 4"', '"<= 12345678901234567890123"', "must.requests", "more than anything", '"<= 4"'),
    _line("bound-number", '"<= 4"', "4", "must.requests", "4 is no comparison", '"<= 4"'),
    _line("bound-sign", '"<= 4"', '"=< 4"', "must.requests", "no comparison", '"<= 4"'),
    _line("bound-empty", '"<= 4"', '"<="', "must.requests", "no whole number", '"<= 4"'),
    _line("bound-fraction", '"<= 4"', '"<= 4.5"', "must.requests", '"4.5" is no whole', '"<= 4"'),
    _line("bound-always", '"<= 4"', '">= 0"', "must.requests", "always holds", '"<= 4"'),
    _line("bound-never", '"<= 4"', '"< 0"', "must.requests", "never hold", '"<= 4"'),
    _line("bound-duration-bare", '"<= 2 s"', '"<= 2"', "should.recovery", "no unit", '"2 s" or "2 ms"'),
    _line("bound-duration-negative", '"<= 2 s"', '"<= -2 s"', "should.recovery", "negative", "above zero"),
    _line("kept-odd", 'recovery = "<= 2 s"', "retry_after = true", "should.retry_after", "unknown value", "kept"),
    _line(
        "should-forbidden", 'recovery = "<= 2 s"', 'outcome = ["clean"]', "should.outcome", "forbids clean", "allows"
    ),
    _line(
        "outcome-any",
        '["recovered", "failed-loudly"]',
        '["clean", "cancelled", "recovered", "degraded", "failed-loudly", "failed-dirty", "hung", "looping",'
        ' "crashed", "truncated-silently", "duplicated", "spliced", "corrupted"]',
        "must.outcome",
        "every outcome is allowed",
        "leave out",
    ),
]

SERVER = [
    _line(
        name,
        "[stream]",
        f"[server]\n{setting}\n[stream]",
        "server" + key,
        wrong,
        right,
    )
    for name, setting, key, wrong, right in (
        ("origins-star", 'origins = ["*"]', ".origins", "which no browser sends", "settings"),
        ("origins-path", 'origins = ["http://localhost:1/"]', ".origins", "write scheme, host and port", "settings"),
        ("origins-bare", 'origins = ["localhost:1"]', ".origins", "as in", "settings"),
        ("origins-upper", 'origins = ["HTTP://page"]', ".origins", "lower case", "settings"),
        ("origins-endless", f'origins = ["{"x" * 5000}"]', ".origins", "which no browser sends", "settings"),
        ("origins-text", 'origins = "http://page"', ".origins", "wrong type", "square brackets"),
        ("origins-number", "origins = [1]", ".origins[0]", "wrong type", "string in quotes"),
        ("server-unknown", "origin = []", ".origin", "unknown key", "mean origins?"),
    )
]

WHEN = [
    _line(name, "[[attempt]]\nfaults", f"[[attempt]]\n{when}\nfaults", f"attempt[0]{key}", wrong, right)
    for name, when, key, wrong, right in (
        ("when-word", 'when = "resume"', ".when", "is no table", "resume = ..."),
        ("when-empty", "when = {}", ".when", "give at least one", "its settings are"),
        ("when-unknown", "when = { resumes = true }", ".when.resumes", "unknown key", "did you mean resume?"),
        ("when-text", 'when = { resume = "yes" }', ".when.resume", "wrong type", "true or false"),
        ("when-number", "when = { resume = 1 }", ".when.resume", "wrong type", "true or false"),
        ("when-kind", 'when = { kind = "streams" }', ".when.kind", "unknown value", "did you mean stream?"),
        ("when-header", 'when = { lacks = "a: b" }', ".when.lacks", "must be a plain name", "its settings are"),
        ("when-header-empty", 'when = { has = "" }', ".when.has", "must be a plain name", "its settings are"),
        ("when-header-list", 'when = { has = ["x"] }', ".when.has", "wrong type", "a string in quotes"),
        ("when-coding", 'when = { accepts = "gz ip" }', ".when.accepts", "must be a plain name", "its settings are"),
    )
]

DOOR_BEHIND_WHEN = GOOD.replace(FAULT, "{ refuse = { for = '1 s' } }").replace(
    "[[attempt]]\nfaults", "[[attempt]]\nwhen = { resume = true }\n[[attempt]]\nfaults"
)

PLACES = [
    Hostile(
        "door-behind-when",
        DOOR_BEHIND_WHEN.encode(),
        "attempt[1].faults[0].refuse",
        "can't be known",
        "put it before",
    ),
    _fault("replay-without-when", "{ replay = { skip = 1 } }", ".replay", "goes on with", "when = { resume = true }"),
    _fault("replay-none", "{ replay = {} }", ".replay", "exactly one of ignore_cursor", "its settings are"),
    _fault("replay-both", "{ replay = { skip = 1, repeat = 1 } }", ".replay", "exactly one of", "its settings are"),
    _fault("replay-zero", "{ replay = { skip = 0 } }", ".replay.skip", "at least 1", "its settings are"),
    _fault("moment-bare", "{ reset = { after = 5 } }", ".reset.after", "5 has no unit", "add a unit"),
    _fault("moment-word", "{ reset = { after = 'tea' } }", ".reset.after", "unknown value", "headers"),
    _fault("moment-unit", "{ reset = { after = '5' } }", ".reset.after", "no unit", "add a unit"),
    _fault(
        "moment-past-end", "{ reset = { after = '5 s' } }", ".reset", "is over after 0.2 s", "what the answer has"
    ),
    _fault("never-silent", "{ fin = { after_silence = '5 s' } }", ".fin", "never silent for 5 s", "what the answer"),
    _fault(
        "two-moments", "{ fin = { after = '1 s', at_run = '1 s' } }", ".fin", "exactly one of", "its settings are"
    ),
    _fault("moment-inside", "{ fin = { after = '9 ms', inside = 'json' } }", ".fin", "already exact", "settings"),
    _fault("before-token-0", "{ fin = { before_token = 0 } }", ".fin.before_token", "at least 1", "its settings are"),
    _fault("before-token-99", "{ fin = { before_token = 99 } }", ".fin", "no token 99", "what the answer has"),
    _fault(
        "before-event-99", "{ fin = { before_event = 99 } }", ".fin.before_event", "fewer events", "the answer has"
    ),
    _fault("for-no-dialect", "{ mute = { dialects = ['x'] } }", ".mute.dialects[0]", "unknown dialect", "use one of"),
    _fault("for-one-dialect", "{ mute = { dialects = 'x' } }", ".mute.dialects", "wrong type", "square brackets"),
    _fault(
        "event-of-another-dialect",
        """{ insert_event = { after_token = 1, data = '{"choices":[{"delta":{"content":"{token:1}"}}]}' } }""",
        ".insert_event",
        "it is an event of openai-chat, which eventsource has not",
        'write dialects = ["openai-chat"]',
    ),
    _line(
        *("retry-below-a-millisecond", 'every = "5 ms"', 'every = "5 ms"\nretry = "0.5 ms"'),
        *("stream.retry", "in whole milliseconds", '"500 ms"'),
    ),
    _whole(
        "retry-in-no-dialect",
        GOOD.replace('"eventsource", ', "").replace('every = "5 ms"', 'every = "5 ms"\nretry = "1 s"'),
        "stream.retry: no dialect here says when to reconnect",
        "leave it out; those that do are eventsource",
    ),
    _line("tag-upper", "patience", 'tags = ["Basic"]\npatience', "tags[0]", "no name", "lower case"),
    _line("tag-word", "patience", 'tags = "basic"\npatience', "tags", "is no list", "lower case"),
    _line("covers-number", "patience", "covers = [7]\npatience", "covers[0]", "7 is no string", "lower case"),
    _line("covers-code", "patience", 'covers = ["A1"]\npatience', "covers[0]", "no name", "tcp-rst-mid-stream"),
]

HTTP = [
    _fault(name, f"{{ {fault} }}", f".{fault.partition(' ')[0]}{key}", wrong, "")
    for name, fault, key, wrong in HOSTILE_HTTP
]

HOSTILE = [*WHEN, *PLACES, *FILES, *SERVER, *TOP, *STREAM, *FAULTS, *EVENTS, *HTTP, *EXPECTED]
