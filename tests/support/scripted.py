"""A client whose behaviour is known by construction, and what must therefore come of it.

A script says what the client does with the answer: how it gets over a drop, what it does wrong and at which token,
and how it ends. ``expected`` works out from the script alone what a right verdict is; it knows nothing of the ledger.
The same file is a program: ``python scripted.py '{"flaw": "drop", ...}'`` plays a script and writes JSON lines.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

TOKENS, CUT_AFTER, EVERY_S = 20, 8, 0.01
FLAWS = ("none", "drop", "twice", "swap", "garble", "invent", "foreign", "unsent", "junk", "unfinished", "stop")
CLAIMS = ("complete", "error", "crash")
RECOVERIES = ("healthy", "resume", "restart")


class Deliberate(Exception):
    """The error that a script raises."""


@dataclass(frozen=True)
class Script:
    """What a client does."""

    flaw: str = "none"
    at: int = 5  # the token at which the flaw is
    claim: str = "complete"
    recovery: str = "healthy"  # how it gets over the drop; "healthy": there is none
    wait_s: float = 0.0  # before it asks again

    @property
    def name(self) -> str:
        """How a test is called."""
        return f"{self.recovery}-{self.flaw}-{self.claim}-{self.at}-{self.wait_s:g}"


@dataclass(frozen=True)
class Expected:
    """What a right verdict says of it."""

    outcome: str
    duplicates: int = 0
    lost: int = 0
    reordered: int = 0
    corrupted: int = 0
    spliced: int = 0
    withdrawn: int = 0
    requests: int = 1
    recovery_s: float | None = None


def play(url: str, script: Script, say) -> Iterator[str]:
    """Play a script against a server; ``say`` is told of restarts. Yields what the application is shown."""
    last, held, generation = "", "", "a"
    while True:
        try:
            for id_, text in _tokens(url, last):
                generation, _, place = id_.rpartition("-")
                number = int(place)
                if script.recovery == "resume":
                    last = id_
                at = number == script.at
                match script.flaw if at else "none":
                    case "drop":
                        continue
                    case "twice":
                        yield text
                    case "swap":
                        held = text
                        continue
                    case "garble":
                        text = text.replace(".", "x.")
                    case "unfinished" if number == TOKENS:
                        text = text[:-1]
                    case "stop":
                        yield text
                        return
                    case "foreign":
                        yield f" q{number}."
                yield text
                if held:
                    yield held
                    held = ""
            break
        except (OSError, http.client.HTTPException):
            if script.recovery == "restart":
                say("restart")
            if script.flaw == "unsent" and script.recovery != "healthy":
                # It guesses well: this token comes, but it has not come yet. A new answer is answer b.
                yield f" {'b' if script.recovery == 'restart' else 'a'}{CUT_AFTER + 1}."
                script = Script("drop", CUT_AFTER + 1, script.claim, script.recovery, script.wait_s)
            time.sleep(script.wait_s)
    if script.flaw == "invent":
        yield f" {generation}{TOKENS + 5}."
    if script.flaw == "junk":
        yield " err"


def finish(script: Script) -> None:
    """Raise what the script ends with, if it does not say that the answer is complete."""
    if script.claim == "error":
        raise Deliberate("as the script says")
    if script.claim == "crash":
        raise NameError("name 'answer' is not defined")


def _tokens(url: str, last: str) -> Iterator[tuple[str, str]]:
    """Give id and text of each token until the terminal event; raises if the connection ends before it."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    try:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        connection.request("GET", place.path, headers=headers)
        answer = connection.getresponse()
        id_ = ""
        while line := answer.readline().decode().rstrip("\r\n") or answer.peek(1):
            if isinstance(line, bytes):  # an empty line, and more behind it
                continue
            name, _, value = line.partition(": ")
            if name == "id":
                id_ = value
            elif name == "event" and value == "end":
                return
            elif name == "data":
                yield id_, json.loads(value)["text"]
        raise http.client.IncompleteRead(b"")
    finally:
        connection.close()


def expected(script: Script) -> Expected:
    """Return what must come of a script, by counting on one's fingers."""
    counts = _flaws(script)
    requests = 1 if script.recovery == "healthy" else 2
    recovery = None if requests == 1 else script.wait_s + EVERY_S
    withdrawn = CUT_AFTER if script.recovery == "restart" else 0
    if script.flaw == "stop" and script.at <= CUT_AFTER and requests == 2:
        return Expected("not-tested")  # it left before anything went wrong
    if script.recovery == "restart" and script.at <= CUT_AFTER:
        withdrawn += {"drop": -1, "twice": 1, "foreign": 1}.get(script.flaw, 0)
    if recovery is not None:
        # The first token that is new: behind those that were there before, and the one that had been made up.
        recovery += EVERY_S * (CUT_AFTER * (script.recovery == "restart") + (script.flaw == "unsent"))
    if script.claim == "crash":
        return Expected("crashed", **counts, withdrawn=withdrawn, requests=requests, recovery_s=recovery)
    wrong = any(value for name, value in counts.items() if name != "lost")
    if script.claim == "error":
        dirty = wrong or counts.get("lost", 0)
        outcome = "failed-dirty" if dirty else "failed-loudly"
    elif counts.get("spliced"):
        outcome = "spliced"
    elif counts.get("corrupted") or (counts.get("reordered") and not counts.get("lost")):
        outcome = "corrupted"
    elif counts.get("lost"):
        outcome = "truncated-silently"
    elif counts.get("duplicates"):
        outcome = "duplicated"
    else:
        outcome = "clean" if requests == 1 else "recovered"
    return Expected(outcome, **counts, withdrawn=withdrawn, requests=requests, recovery_s=recovery)


def _flaws(script: Script) -> dict[str, int]:
    complete = script.claim == "complete"
    match script.flaw:
        case "none":
            return {}
        case "drop":
            return {"lost": 1}
        case "twice":
            return {"duplicates": 1}
        case "swap":
            return {"reordered": 1}
        case "garble" | "invent" | "junk":
            return {"corrupted": 1}
        case "foreign":  # the place of a token of the answer, in words that nobody ever sent
            return {"corrupted": 1, "spliced": 1, "duplicates": 1}
        case "unsent":  # where it starts over, all that comes before it comes after it
            return {"corrupted": 1} | ({"reordered": CUT_AFTER} if script.recovery == "restart" else {})
        case "unfinished":
            return {"corrupted": 1, "lost": 1} if complete else {}
        case "stop":
            return {"lost": TOKENS - script.at} if complete else {}
        case other:
            raise AssertionError(other)


def main() -> None:
    """Be a program."""
    script = Script(**json.loads(sys.argv[1]))
    if os.environ["SSEDRILL_DIALECT"] != "eventsource":
        sys.exit(127)

    def say(**what: object) -> None:
        print(json.dumps(what), flush=True)

    for text in play(os.environ["SSEDRILL_URL"], script, lambda what: say(**{what: True})):
        say(text=text)
    try:
        finish(script)
    except Deliberate as error:
        say(error=str(error))
    else:
        say(done=True)


def as_argument(script: Script) -> str:
    """Return a script as the program takes it."""
    return json.dumps(asdict(script))


if __name__ == "__main__":
    main()
