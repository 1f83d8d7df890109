"""The event loop of virtual time, and the watchdog that catches whoever does not let time pass."""
