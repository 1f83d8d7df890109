"""How many calls a run may have."""

MOST_CALLS = 10_000
"""In all groups together."""
