"""What stands in the answer in place of the stream, or around it: statuses, headers, waits that are asked for."""
