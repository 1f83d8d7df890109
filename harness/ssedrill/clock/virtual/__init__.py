"""The virtual clock as runs see it."""
