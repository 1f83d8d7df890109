"""Text that is made fit for a terminal, a message or a file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssedrill.model.clean_text import encodable, printable, safe

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates and control characters too


@given(ANY_TEXT)
def test_safe_text_can_be_printed(text: str) -> None:
    """Nothing is left that a terminal obeys or that UTF-8 can't hold, and no length that a report can't."""
    shown = safe(text, 40)
    shown.encode()
    assert len(shown) <= 40
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u202e\u2028\u2066" for char in shown)


@given(ANY_TEXT)
def test_printable_text_is_printable(text: str) -> None:
    """What Python calls printable stays as it is, and all else is an escape."""
    assert printable(text).isprintable()
    assert printable("Ünïcode ไทย\n") == "Ünïcode ไทย\\n"


@given(ANY_TEXT)
def test_encodable_text_is_encodable(text: str) -> None:
    """Halves of surrogate pairs go, and what had none stays as it is."""
    encodable(text).encode()
    assert encodable("ไทย\x00") == "ไทย\x00"
    assert encodable("\ud83d\ude92 \ud83d") == "🚒 \ufffd"
