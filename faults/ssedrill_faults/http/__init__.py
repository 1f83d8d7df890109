"""What is done to the way HTTP carries the stream: chunks, lengths, codings, interim answers."""
