"""What a run is about and what came of it, as plain data: scenarios, tokens, records."""
