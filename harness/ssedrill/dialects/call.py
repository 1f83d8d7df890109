"""What the one call of a drill is about: the same prompt, model and key for every client, in every dialect."""

from __future__ import annotations

PROMPT = "Count the fire engines."
MODEL = "drill-model-1"
MAX_TOKENS = 1024
"""The most tokens that a client asks for, if its dialect wants a limit. The server serves what the scenario says."""
API_KEY = "sk-drill-not-a-key"
"""Looks like a key, so that clients take it, and opens nothing."""
