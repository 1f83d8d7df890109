"""The client that does it right, and how it does it."""
