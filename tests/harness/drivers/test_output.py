"""Understanding what programs print."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssedrill.drivers.base import Sink
from ssedrill.drivers.output import LINE_BYTES, JsonLines, RawText


def heard(data, step=None, output=JsonLines):
    """Feed bytes in steps and return the output and the sink's journal."""
    sink = Sink(lambda: 0.0)
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
        '{"error": "m"}\n{"unsupported": "u"}\n{"done": true}'
    ).encode()
    out, journal = heard(data, step)
    assert [(e.kind, e.text, e.error_class) for e in journal.entries] == [
        ("text", "ก\n", ""),
        ("retry", "why", ""),
        ("retry", "2", ""),
        ("restart", "", ""),
        ("error", "m", "E"),
        ("error", "m", "Error"),
        ("unsupported", "u", ""),
        ("done", "", ""),
    ]
    assert (out.bad_lines, out.claimed, journal.notes) == (0, True, ())


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
        b'{"text": "\xff"}',
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


def test_a_line_that_just_fits():
    """The bound is not on the text but on the line, and holds it whole."""
    text = "a" * (LINE_BYTES - 20)
    _, journal = heard(json.dumps({"text": text}).encode() + b"\n")
    assert journal.entries[0].text == text


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
