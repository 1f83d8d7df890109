"""Requests of HTTP/1, read from bytes."""
