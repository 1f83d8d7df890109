"""Drills for programs that somebody else runs: servers, and the HTTP API by which they are made and judged."""
