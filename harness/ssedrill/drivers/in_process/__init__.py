"""Clients that are Python functions in this process."""
