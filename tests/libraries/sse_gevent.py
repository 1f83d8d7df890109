"""requests under gevent, whose loop is libev's: a program, as it changes its whole process."""

# ruff: noqa: E402, I001 - gevent has to change the process before anything else is imported
from gevent import monkey

monkey.patch_all()
import json
import os
import sys

import gevent
import requests

from sse_lines import Lines


def say(**said):
    """Tell the harness something."""
    print(json.dumps(said), flush=True)


def ask():
    """Show what comes."""
    lines = Lines()
    try:
        with requests.get(
            os.environ["SSEDRILL_URL"], stream=True, timeout=float(os.environ["SSEDRILL_PATIENCE_S"])
        ) as answer:
            answer.raise_for_status()
            for piece in answer.iter_content(None):
                for text in lines.texts(piece):
                    say(text=text)
        say(done=True)
    except Exception as error:
        say(error=str(error)[:200])


if os.environ["SSEDRILL_DIALECT"] != "eventsource":
    sys.exit(127)
gevent.spawn(ask).join()
