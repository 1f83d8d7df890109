"""Virtual time for Python clients in this process: what replaces time, randomness, sockets, locks and threads."""
