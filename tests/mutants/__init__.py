"""Mutants: the code broken on purpose, one small change at a time, to see whether any test notices."""
