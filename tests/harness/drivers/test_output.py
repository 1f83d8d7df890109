"""Understanding what programs print."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.drivers.program.object_lines import LINE_BYTES
from ssedrill.drivers.program.output import JsonLines, RawText
from ssedrill.drivers.program.pipe import Tail
from ssedrill.drivers.sink import KEPT_CHARS, Sink
from ssedrill.loading.toml_scenario import MOST_TOKENS, MOST_WORK
from ssedrill.model.scenario import Flavour
from ssedrill.model.tokens import token_text


def heard(data, step=None, output=JsonLines):
    """Feed bytes in steps and return the output and the sink's journal."""
    sink = Sink(count().__next__)  # pieces of one instant are joined
    out = output(sink)
    for i in range(0, len(data), step or len(data) or 1):
        out.feed(data[i : i + (step or len(data))])
    out.finish()
    return out, sink.journal


@pytest.mark.parametrize("step", [1, 2, 7, None])
def test_every_word_of_the_language(step):
    """Each kind of line becomes its entry, however the bytes are cut, the last without a line end too."""
    data = (
        '{"text": "ก\\n"}\r\n\n  {"retry": "why"}\n{"retry": 2}\n{"restart": true}\n{"error": "m", "class": "E"}\n'
        '{"error": "m"}\n{"done": true}'
    ).encode()
    out, journal = heard(data, step)
    assert [(e.kind, e.text, e.error_class) for e in journal.entries] == [
        ("text", "ก\n", ""),
        ("retry", "why", ""),
        ("retry", "2", ""),
        ("restart", "", ""),
        ("error", "m", "E"),
        ("error", "m", "Error"),
        ("done", "", ""),
    ]
    assert (out.bad_lines, out.claimed, journal.notes) == (0, True, ())


def test_unsupported_is_a_claim():
    """A program may say in words what exit code 127 says."""
    out, journal = heard(b'{"unsupported": "u"}\n')
    assert [(entry.kind, entry.text) for entry in journal.entries] == [("unsupported", "u")]
    assert out.claimed


@pytest.mark.parametrize(
    "line",
    [
        b"debug",
        b"{",
        b"[1]",
        b"null",
        b"{}",
        b'{"text": 5}',
        b'{"text": "a", "done": true}',
        b'{"done": false}',
        b'{"done": 1}',
        b'{"restart": false}',
        b'{"log": "x"}',
        b'{"a":' * 100_000,
        b'{"text": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_bad_line_says_nothing(line):
    """A line that is none of the language is noted with its number, and what is right; the others count."""
    out, journal = heard(b'{"text": "a"}\n' + line + b'\n{"text": "b"}\n')
    assert [entry.text for entry in journal.entries] == ["a", "b"]
    assert (out.bad_lines, out.claimed) == (1, False)
    assert journal.notes[0].startswith("line 2 of the program's output")
    assert '{"done": true}' in journal.notes[0]


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        (b'{"text": "a", "done": true}', True),
        (b'{"text": "a"} {"text": "b"}', True),
        (b'{"id": 1, "text": "a', True),
        (b'{"text": "a", "text": "b"}', True),
        (b'{"text": 5}', False),
        (b'{"delta": {"text": "a"}}', False),
        (b'the "text": is a', False),
        (b"{", False),
    ],
)
def test_text_in_a_bad_line_is_counted(line, lost):
    """Where a line that is not understood seems to say text, it counts as not kept: it may have held anything."""
    _, journal = heard(line + b"\n")
    assert journal.entries == []
    assert journal.unkept_bytes == (len(line) if lost else 0)


def test_many_bad_lines_are_counted():
    """A program that prints nonsense gets a few quotations and a number."""
    out, journal = heard(b"x\n" * 1000)
    assert out.bad_lines == 1000
    assert len(journal.notes) == 6
    assert "1000 lines" in journal.notes[-1]


@pytest.mark.parametrize("step", [None, 65536])
def test_a_huge_line_is_cut(step):
    """A line beyond the bound takes no more memory than the bound, and the next line is understood."""
    out, journal = heard(b'{"text": "' + b"a" * (3 * LINE_BYTES) + b'"}\n{"done": true}\n', step)
    assert [entry.kind for entry in journal.entries] == ["done"]
    assert out.bad_lines == 1
    assert "longer than" in journal.notes[0]
    assert journal.unkept_bytes == 3 * LINE_BYTES + len('{"text": ""}')


@pytest.mark.parametrize("flavour", Flavour)
def test_the_longest_answer_fits_into_a_line(flavour):
    """A client that holds back the longest answer that a scenario may ask for is understood, escaped as it may be."""
    answer = "".join(token_text("zz", number, flavour) for number in range(1, MOST_TOKENS + 1))
    _, journal = heard(json.dumps({"text": answer}).encode() + b"\n")
    assert journal.entries[0].text == answer
    assert len(answer) * MOST_WORK / MOST_TOKENS < KEPT_CHARS


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"text": "a\xff\xfe b"}', "a\ufffd\ufffd b"),
        (b'{"text": "\xe0\xb8"}', "\ufffd"),
        (b'{"text": "\x1b[31m\x00\x07\tred"}', "\x1b[31m\x00\x07\tred"),
        (b'{"text": "\\u001b[2J\\u0000"}', "\x1b[2J\x00"),
        (b'\xef\xbb\xbf{"text": "a"}', "a"),
    ],
    ids=["no UTF-8", "cut character", "bare control characters", "escaped control characters", "byte order mark"],
)
def test_text_that_is_not_clean_is_kept(line, text):
    """What is wrong with a line's bytes is seen in its text, and loses none of it."""
    out, journal = heard(line + b"\n")
    assert [entry.text for entry in journal.entries] == [text]
    assert (out.bad_lines, journal.unkept_bytes) == (0, 0)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (b'{"text": "b"}', ["a", "b"]),
        (b'{"text": "b", ', ["a"]),
        (b'{"done": true}', ["a"]),
        (b'{"text": "\\ud83d"}', ["a", "\ufffd"]),
    ],
)
def test_a_line_that_the_deadline_cuts(said, kept):
    """Text without a line end was shown, a claim without one was not made, and what comes later is not heard."""
    sink = Sink(count().__next__)
    out = JsonLines(sink)
    out.feed(b'{"text": "a"}\n' + said)
    out.stop()
    out.feed(b'\n{"text": "late"}\nnonsense\n')
    out.finish()
    assert [entry.text for entry in sink.journal.entries] == kept
    assert not out.claimed
    assert out.bad_lines == (said[-1:] != b"}")


def test_a_line_that_just_fits():
    """The bound is not on the text but on the line, and holds it whole."""
    text = "a" * (LINE_BYTES - 20)
    _, journal = heard(json.dumps({"text": text}).encode() + b"\n")
    assert journal.entries[0].text == text


def test_half_a_pair_before_a_claim():
    """The first half of a pair whose second never came was shown before the claim, not after it."""
    _, journal = heard(b'{"text": "\\ud83d"}\n{"done": true}\n')
    assert [(entry.kind, entry.text) for entry in journal.entries] == [("text", "\ufffd"), ("done", "")]


def test_a_surrogate_pair_cut_in_two():
    """JavaScript may cut a string inside a character: the halves belong together."""
    _, journal = heard(b'{"text": "a\\ud83d"}\n{"text": "\\ude92b"}\n{"text": "\\ud83d"}\n')
    assert "".join(entry.text for entry in journal.entries) == "a🚒b\ufffd"


@given(st.text(max_size=50), st.integers(1, 20))
def test_raw_text_is_the_text(text, step):
    """Raw output in any cut is the text, with U+FFFD where it is no UTF-8."""
    data = text.encode("utf-8", "surrogatepass")
    _, journal = heard(data, step, RawText)
    assert "".join(entry.text for entry in journal.entries) == data.decode("utf-8", "replace")


def test_raw_text_that_breaks_off_in_a_character():
    """A character that never becomes whole is shown as damaged."""
    _, journal = heard(b"a\xe0\xb8", 1, RawText)
    assert [entry.text for entry in journal.entries] == ["a", "\ufffd"]


def test_the_end_of_what_was_said_begins_with_a_whole_line():
    """Half a line could hold half an address; a single long line is kept as far as it fits."""
    tail = Tail(size=20)
    for piece in (b"one http://127.0.0", b".1:80/\ntwo ", b"words\nthree\n"):
        tail.feed(piece)
    assert tail.text() == "two words\nthree\n"
    long = Tail(size=4)
    long.feed(b"123456")
    assert long.text() == "3456"
