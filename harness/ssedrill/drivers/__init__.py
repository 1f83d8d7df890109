"""Drivers: each runs one kind of client against a target and notes what it shows."""
