"""What is done to the events of a stream, one by one, before they become bytes."""
