"""The time that a run lives on: the real clock, or a virtual one that skips all waiting."""
