"""Virtual time for Python clients in this process: what stands in for time, chance, sockets, locks and threads."""
