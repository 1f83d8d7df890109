"""The scenario that somebody begins with who writes a first one, or one like a built-in one."""

from __future__ import annotations

import re
from pathlib import Path

from ssedrill.loading.explained import explained

SCHEMA_FILE = "scenario.schema.json"
SCHEMA_LINE = f"#:schema ./{SCHEMA_FILE}\n"
"""By which editors with taplo find the schema of a file, which lies beside it; they look in the first line only."""

_STARTER = """\
# A scenario: what the stream is, what each request meets, what must come of it.
#
#   ssedrill show {file}                                  what goes over the wire, explained
#   ssedrill run {file} --client my_client.py:stream -v   drill your client with it
#   ssedrill list faults                                  what else can go wrong
#   ssedrill list checks                                  what else can be asked under [must] and [should]

name = "{name}"         # as the file is called
about = "The connection is reset after 12 of 40 tokens; then the server says 429; then all is well."
why = "Say here what happened in production, and what a good client does."
dialects = "all"        # or some of them: ["openai-chat", "anthropic-messages", "eventsource"]
patience = "2 s"        # how long the application waits for the next byte: its client's read timeout
deadline = "30 s"       # how long it waits for the whole answer; then the client is stopped

[stream]                # the healthy answer
tokens = 40             # numbered pieces of text, so that each can be told from all others
every = "5 ms"          # the pause before each

[[attempt]]             # the first request
faults = [{{ reset = {{ after_token = 12 }} }}]

[[attempt]]             # the second request
faults = [{{ status = {{ code = 429, retry_after = "3 s" }} }}]

[[attempt]]             # the third and all later ones: no faults, a healthy answer

[must]                  # what is broken here fails the drill
outcome = ["recovered", "degraded", "failed-loudly"]
requests = "<= 4"

[should]                # what is broken here is a warning
outcome = ["recovered"]
recovery = "<= 10 s"
"""


def starter(name: str, file: str) -> str:
    """Return the text of a first scenario."""
    return SCHEMA_LINE + _STARTER.format(name=name, file=file)


def copied(name: str, like: Path) -> str:
    """Return the text of a scenario file under another name, with comments that explain it."""
    text = like.read_text("utf-8")
    renamed = re.sub(r'^name = ".*?"', f'name = "{name}"', text, count=1, flags=re.MULTILINE)
    return f"{SCHEMA_LINE}# Like {like.stem}, which comes with ssedrill.\n\n{explained(renamed)}"
