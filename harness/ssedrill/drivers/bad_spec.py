"""What is raised if a client can't be had."""

from __future__ import annotations


class BadSpec(ValueError):
    """A client can't be had: the message says what is wrong with its specification and what would be right."""
