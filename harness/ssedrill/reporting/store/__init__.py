"""Records and reports as files."""
