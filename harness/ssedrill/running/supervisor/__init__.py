"""The process that owns the results: it starts workers, hears them out, and outlives them."""
