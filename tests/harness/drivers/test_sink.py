"""The sink keeps what is said within bounds, and in a form that can be written down."""

import json
from itertools import count

import pytest

from ssedrill.drivers import sink as base
from ssedrill.drivers.sink import JOINED_CHARS, KEPT_CHARS, KEPT_CLAIMS, KEPT_NOTES, Sink


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
    """The number of entries is bounded too: beyond it retries are counted, and text is joined but never lost."""
    monkeypatch.setattr(base, "KEPT_ENTRIES", 100)
    sink = Sink(count().__next__)
    for _ in range(150):
        sink.add("text", "x")
        sink.add("retry")
    sink.add("error", "m", "E")
    sink.close()
    entries = sink.journal.entries
    assert len(entries) == 102
    assert (entries[-2].text, entries[-1].error_class) == ("x" * 100, "E")
    assert sink.journal.unkept_bytes == 100
    assert "from 100.000 s on" in sink.journal.notes[0]
    assert sink.journal.notes[1].startswith("100 bytes of what the client said")


def test_a_piece_that_does_not_fit_is_kept_as_far_as_it_fits(monkeypatch):
    """What lies within the bound is judged, and what comes after a gap is not put behind it."""
    monkeypatch.setattr(base, "KEPT_CHARS", 10)
    sink = Sink(count().__next__)
    for piece in ("123456", "789กขค", "x"):
        sink.add("text", piece)
    assert [entry.text for entry in sink.journal.entries] == ["123456", "789ก"]
    assert sink.journal.unkept_bytes == 7


def test_pieces_of_one_instant_are_joined():
    """Text that comes at the very same moment is one entry of that moment; nothing else joins it."""
    times = iter([1.0, 1.0, 2.0, 2.0, 2.0, 2.0000001])
    sink = Sink(times.__next__)
    for piece in ("a", "", "b", "c"):
        sink.add("text", piece)
    sink.add("retry")
    sink.add("text", "d")
    sink.add("text", "e")
    told = [(entry.n, entry.t, entry.kind, entry.text) for entry in sink.journal.entries]
    assert told == [
        (1, 1.0, "text", "ab"),
        (2, 2.0, "text", "c"),
        (3, 2.0, "retry", ""),
        (4, 2.0, "text", "d"),
        (5, 2.0, "text", "e"),
    ]


def test_a_long_text_in_tiny_pieces_is_kept():
    """No piece is joined to a long one, so that the last costs no more than the first; see `make bench`."""
    sink = Sink(lambda: 1.0)
    for _ in range(500_000):
        sink.add("text", "x")
    assert max(len(entry.text) for entry in sink.journal.entries) <= JOINED_CHARS
    assert "".join(entry.text for entry in sink.journal.entries) == "x" * 500_000
    assert len(sink.journal.entries) <= 500_000 // JOINED_CHARS + 1


def test_empty_pieces_are_nothing():
    """A flood of empty pieces hides no text that comes after it."""
    sink = Sink(count().__next__)
    for _ in range(base.KEPT_ENTRIES + 1):
        sink.add("text", "")
    sink.add("text", "a")
    sink.close()
    assert [entry.text for entry in sink.journal.entries] == ["a"]
    assert (sink.journal.unkept_bytes, sink.journal.notes) == (0, ())


@pytest.mark.parametrize("before", ["text", "done", "error"])
def test_unsupported_comes_too_late(before):
    """A client that has shown text or made a claim can't take itself out of the drill any more."""
    sink = Sink(count().__next__)
    sink.add(before, "x", "E")
    sink.add("unsupported", "sorry")
    last = sink.journal.entries[-1]
    assert (last.kind, last.text, last.error_class) == ("error", "sorry", "Unsupported")


@pytest.mark.parametrize("before", ["text", "retry", "restart"])
def test_unsupported_before_any_text(before):
    """A client that has shown nothing may still say that it can't do this, whatever it has tried."""
    sink = Sink(count().__next__)
    sink.add(before)
    sink.add("unsupported", "sorry")
    assert sink.journal.entries[-1].kind == "unsupported"


@pytest.mark.parametrize(
    ("claim", "note"),
    [
        ("done", "showed text after it had said that it was done"),
        ("error", "showed text after it had said that it had failed"),
        ("unsupported", "showed text after it had said that it does not support this"),
    ],
)
def test_text_after_the_claim(claim, note):
    """It is kept, and a note says so, once, even where there are more notes than are kept."""
    sink = Sink(count().__next__)
    for i in range(KEPT_NOTES + 1):
        sink.note(f"{i}")
    for kind in (claim, "text", "text"):
        sink.add(kind, "b")
    sink.close()
    sink.close()
    assert [entry.kind for entry in sink.journal.entries] == [claim, "text", "text"]
    assert [text for text in sink.journal.notes if not text.isdigit()] == [note]


def test_text_before_the_claim_has_no_note():
    """The usual order of things is not worth a word."""
    sink = Sink(count().__next__)
    for kind in ("text", "done", "done"):
        sink.add(kind, "a")
    sink.stop()
    assert sink.journal.notes == ()


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
