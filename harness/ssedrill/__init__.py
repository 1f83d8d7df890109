"""Fire drills for streaming clients: a fault-injecting SSE server, and verdicts from two journals."""

__version__ = "0.1.0"
