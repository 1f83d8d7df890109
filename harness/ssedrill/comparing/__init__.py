"""One record against another: what has changed. And a record against a baseline: which failures are known."""
