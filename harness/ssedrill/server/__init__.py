"""The faulted server: its own listener, one protocol object a connection, raw bytes out, everything journalled."""
