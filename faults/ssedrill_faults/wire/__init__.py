"""What is done to the bytes on their way, and to the connection: cuts, pauses, ends."""
