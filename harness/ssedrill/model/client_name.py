"""What a client may be called by whoever gives it a name."""

from __future__ import annotations

CLIENT_NAME = r"[A-Za-z0-9][\w.+-]*"
"""As a regular expression."""
