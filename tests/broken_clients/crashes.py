"""A program that shows some text and dies without a word: by a signal, or with an exit code."""

import http.client
import json
import os
import sys
import urllib.request

SHOWN = 5


def main() -> None:
    """Show tokens of an event source until the stream breaks, then die as the argument says."""
    shown = 0
    try:
        with urllib.request.urlopen(os.environ["SSEDRILL_URL"]) as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    print(json.dumps({"text": json.loads(line[6:])["text"]}), flush=True)
                    shown += 1
                if shown == SHOWN and sys.argv[1] == "early":
                    os.abort()
    except (OSError, http.client.HTTPException):
        if sys.argv[1] == "abort":
            os.abort()
        sys.exit(3)


if __name__ == "__main__":
    if os.environ.get("SSEDRILL_DIALECT") != "eventsource":
        sys.exit(127)
    main()
