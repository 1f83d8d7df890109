"""Clients that are programs in any language."""
