"""Runs that are made on other machines: what travels there, what comes back, and by which executor."""
