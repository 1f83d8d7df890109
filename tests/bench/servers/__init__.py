"""One server a file, each run as a process of its own."""
