"""The process in which one client runs, with its server, its clock and its journals; and the two above it."""
