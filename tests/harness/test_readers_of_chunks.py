"""Cuts reach a client whose library gives it whole HTTP chunks: the right reader is clean, the wrong one is not."""

import codecs
import json

import pytest
import requests

from ssedrill.drivers.driver import Client
from ssedrill.drivers.in_process.in_process import InProcess
from ssedrill.loading.load import load_text
from ssedrill.running.job import Job
from ssedrill.running.one_run import drill

TOML = """
name = "cut"
about = "Segments are cut."
dialects = ["eventsource"]
patience = "2 s"
deadline = "10 s"
[stream]
tokens = 6
every = "2 ms"
text = "thai"
line_end = "crlf"
[[attempt]]
faults = [{ fragment = { at = "AT" } }]
[must]
outcome = ["clean"]
"""


def chunks(target):
    """Yield the body chunk by chunk."""
    with requests.get(target.url, stream=True, timeout=target.patience_s) as answer:
        yield from answer.iter_content(chunk_size=None)


def shown(lines):
    """Yield the text of events; raises if the last one is missing."""
    kind, data = "", ""
    for line in lines:
        if not line:
            if kind == "end" and data:
                return
            if data and not kind:
                yield json.loads(data)["text"]
            kind, data = "", ""
        elif line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            data = line[6:]
    raise ConnectionError("the stream ended before the answer did")


def right(target):
    """Decode and split what has come so far."""

    def lines():
        decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
        for chunk in chunks(target):
            *whole, rest = (rest + decoder.decode(chunk)).split("\r\n")
            yield from whole

    yield from shown(lines())


def decodes_each(target):
    """Decode each chunk alone."""

    def lines():
        rest = ""
        for chunk in chunks(target):
            *whole, rest = (rest + chunk.decode("utf-8", "replace")).split("\r\n")
            yield from whole

    yield from shown(lines())


def splits_each(target):
    """Split each chunk into lines alone, if it ends in a line."""

    def lines():
        decoder, rest = codecs.getincrementaldecoder("utf-8")(), ""
        for chunk in chunks(target):
            text = rest + decoder.decode(chunk)
            rest = "" if text.endswith(("\r", "\n")) else text
            yield from text.splitlines() if not rest else ()

    yield from shown(lines())


@pytest.mark.parametrize("clock", ["virtual", "real"])
@pytest.mark.parametrize(
    ("at", "client", "outcome", "verdict"),
    [
        ("utf8", right, "clean", "pass"),
        ("utf8", splits_each, "clean", "pass"),
        ("utf8", decodes_each, "corrupted", "fail"),
        ("crlf", right, "clean", "pass"),
        ("crlf", decodes_each, "clean", "pass"),
        ("crlf", splits_each, "failed-loudly", "fail"),
    ],
)
def test_a_reader_of_whole_chunks_meets_the_cut(clock, at, client, outcome, verdict):
    """Who keeps what is unfinished passes; who decodes, or ends lines, chunk by chunk fails at that kind of cut."""
    job = Job(load_text(TOML.replace("AT", at)), Client("c", InProcess(client), ("eventsource",)), "eventsource")
    record = drill(job, clock=clock)
    assert (record.outcome, record.verdict) == (outcome, verdict), record.summary
