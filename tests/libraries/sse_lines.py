"""How the adapters of plain HTTP libraries read a stream: pieces in, texts out."""

import json


class Lines:
    """Takes bytes as they come and gives the texts of the lines that are complete."""

    def __init__(self):
        self._rest = b""

    def texts(self, piece):
        """Return the texts of the events that end in this piece."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        events = [json.loads(line[6:]) for line in lines if line.startswith(b"data: {")]
        return [event["text"] for event in events if "text" in event]
