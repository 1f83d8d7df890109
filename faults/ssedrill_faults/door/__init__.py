"""What a client meets before its request is read."""
