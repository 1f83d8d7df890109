"""Measurements of the wire and of the pure stages."""
