"""The sink keeps what is said within bounds, and in a form that can be written down."""

import json

import pytest

from ssedrill.drivers import base
from ssedrill.drivers.base import KEPT_CHARS, KEPT_CLAIMS, KEPT_NOTES, Sink


def test_a_flood_of_text_is_counted_not_kept():
    """Beyond the bound bytes are counted, and the claim at the end is heard all the same."""
    sink = Sink(lambda: 1.0)
    piece = "ก" * (1024 * 1024)
    for _ in range(10):
        sink.add("text", piece)
    sink.add("done")
    assert sum(len(entry.text) for entry in sink.journal.entries) == KEPT_CHARS
    assert sink.journal.unkept_bytes == 2 * len(piece.encode())
    assert sink.journal.entries[-1].kind == "done"


def test_a_flood_of_tiny_pieces_is_bounded(monkeypatch):
    """The number of entries is bounded too, for retries as for text."""
    monkeypatch.setattr(base, "KEPT_ENTRIES", 100)
    sink = Sink(lambda: 0.0)
    for _ in range(150):
        sink.add("text", "x")
        sink.add("retry")
    sink.add("error", "m", "E")
    assert len(sink.journal.entries) == 101
    assert sink.journal.entries[-1].error_class == "E"
    assert sink.journal.unkept_bytes == 100


def test_claims_and_notes_are_bounded():
    """A client that claims without end can't fill the memory either."""
    sink = Sink(lambda: 0.0)
    for _ in range(KEPT_CLAIMS + 10):
        sink.add("done")
        sink.note("n")
    assert len(sink.journal.entries) == KEPT_CLAIMS
    assert len(sink.journal.notes) == KEPT_NOTES


@pytest.mark.parametrize(
    ("text", "kept"), [("\ud83d\ude92", "🚒"), ("a\ud83d", "a\ufffd"), ("\ude92b", "\ufffdb"), ("ก", "ก")]
)
def test_text_can_always_be_encoded(text, kept):
    """Pairs of surrogates become their character, lone ones the replacement character."""
    sink = Sink(lambda: 0.0)
    sink.add("text", text)
    assert sink.journal.entries[0].text == kept
    json.dumps(sink.journal.entries[0].text, ensure_ascii=False).encode()


def test_stopping_closes_the_sink():
    """After the deadline nothing is heard, and the time of it stands."""
    sink = Sink(lambda: 2.5)
    sink.stop()
    sink.add("done")
    assert (sink.journal.stopped, sink.journal.stopped_t, sink.journal.entries) == (True, 2.5, [])


def test_text_is_never_redacted():
    """Only messages lose their addresses: the text is evidence."""
    sink = Sink(lambda: 0.0)
    sink.add("text", "127.0.0.1:80")
    sink.add("error", "127.0.0.1:80 " + "x" * 5000, "E")
    assert sink.journal.entries[0].text == "127.0.0.1:80"
    assert sink.journal.entries[1].text.startswith("<host> x")
    assert len(sink.journal.entries[1].text) <= 2000
