"""Clients whose behaviour is known by construction: the honest ones, and one for each sin.

None of them is known to the harness: a verdict that is right about them is right because of what it saw.
"""
