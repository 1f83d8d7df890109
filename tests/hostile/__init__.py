"""Clients that would take the process down in which they run, and what must come of that."""
