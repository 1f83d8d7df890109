"""What each fault of HTTP looks like to a bare socket, and to a reader of HTTP where it is legal."""

from __future__ import annotations

import gzip
import http.client
import zlib

import pytest

from ssedrill.dialects import find_dialect
from ssedrill.model.scenario import Stream
from ssedrill.planning.compile import fresh_request
from ssedrill.planning.planner import Planner
from ssedrill_faults.answer.headers import HeadersFault
from ssedrill_faults.answer.redirect import RedirectFault
from ssedrill_faults.answer.status import StatusFault
from ssedrill_faults.http.bad_chunk import BadChunkFault
from ssedrill_faults.http.behind_the_end import BehindTheEndFault
from ssedrill_faults.http.buffer import BufferFault
from ssedrill_faults.http.chunk_borders import ChunkBordersFault
from ssedrill_faults.http.chunk_extensions import ChunkExtensionsFault
from ssedrill_faults.http.chunk_spelling import ChunkSpellingFault
from ssedrill_faults.http.codings import decoded
from ssedrill_faults.http.content_length import ContentLengthFault
from ssedrill_faults.http.encode import EncodeFault
from ssedrill_faults.http.head_spelling import HeadSpellingFault
from ssedrill_faults.http.hold_head import HoldHeadFault
from ssedrill_faults.http.http_1_0 import Http10Fault
from ssedrill_faults.http.interim import InterimFault
from ssedrill_faults.http.trailers import TrailersFault
from ssedrill_faults.http.transfer_encoding import TransferEncodingFault
from ssedrill_faults.plan import Framing, Persistence, Role, Write
from ssedrill_faults.wire.delay import DelayFault
from ssedrill_faults.wire.fin import FinFault
from ssedrill_faults.wire.fragment import FragmentFault
from ssedrill_faults.wire.stall import StallFault
from support.answers import scenario
from support.drillserver import drill
from support.h11_client import read_by_h11
from support.patience import HANG_S
from support.rawclient import GET, ask, connect, listen

CLOSING = Stream(tokens=4, every_s=0.001, persistence=Persistence.CLOSE)
STAYING = Stream(tokens=4, every_s=0.001)
ACCEPTS = b"GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip, deflate, br;q=0.5, zstd\r\n\r\n"


def planned(*faults, stream=CLOSING, later=()):
    """Return a planner of the eventsource dialect whose first attempt meets these faults."""
    return Planner(scenario(stream, faults, later), find_dialect("eventsource"), 0)


def heard(*faults, stream=CLOSING, request=GET):
    """Return all that a bare socket hears, up to the end of its connection, and the attempt."""
    found, journal = drill(planned(*faults, stream=stream), lambda port: ask(port, request), settle_s=0.0)
    (attempt,) = journal.attempts
    assert found.data == attempt.plan.data[: len(found.data)]
    return found, attempt


def plain(stream=CLOSING):
    """Return the body of the healthy stream."""
    found, _ = heard(stream=stream)
    return read_by_h11([found.data], closes=True).body


def read(*faults, request=GET):
    """Return what a reader of HTTP has of an answer with these faults."""
    found, attempt = heard(*faults, request=request)
    assert set(attempt.plan.faults) == {fault.name for fault in faults}
    assert any(op.fault == faults[-1].name for op in attempt.plan.ops)
    return read_by_h11(found.pieces, closes=True)


@pytest.mark.parametrize(
    "faults",
    [
        (HeadersFault(set={"X-Accel-Buffering": "yes"}, remove=("Cache-Control",), add={"Vary": "*"}),),
        (HeadersFault(bytes=65536, lines=10),),
        (InterimFault(status=103, headers={"Link": "</style.css>; rel=preload"}, times=3, gap_s=0.001),),
        (InterimFault(status=102), InterimFault(status=100)),
        (TrailersFault(set={"X-Checksum": "abc"}),),
        (ChunkBordersFault(size=7),),
        (ChunkExtensionsFault(text='sum="1 2"'),),
        (Http10Fault(),),
        (BufferFault(bytes=100),),
        (BufferFault(),),
        (DelayFault(after="headers", for_s=0.01), HoldHeadFault()),
        (FragmentFault(size=1, head=True, body=False),),
        (ContentLengthFault(again=0),),
        (TransferEncodingFault(value="Chunked"),),
        (HeadSpellingFault(reason="", names="upper", after_colon=0),),
        (ChunkSpellingFault(zeros=3),),
    ],
    ids=lambda faults: faults[0].name,
)
def test_what_is_legal_is_read_to_the_same_body(faults):
    """Nothing is lost or added, the body has its end, and nothing is left over."""
    found = read(*faults)
    assert (found.status, found.complete, found.left_over) == (200, True, b"")
    assert found.body == plain()


def test_headers_on_the_wire():
    """They are replaced, added and left out, and the padding is as long as it is to be, over so many lines."""
    found = read(HeadersFault(set={"content-type": "text/plain", "X-A": "1"}, remove=("cache-control",)))
    assert (found.headers["content-type"], found.headers["x-a"]) == ("text/plain", "1")
    assert "cache-control" not in found.headers
    padded = read(HeadersFault(bytes=65537, lines=4)).headers
    assert [len(padded[f"x-padding-{i}"]) for i in (1, 2, 3, 4)] == [16385, 16384, 16384, 16384]
    assert b"content-type" not in heard(HeadersFault(remove=("Content-Type",)))[0].data.lower()


def test_interim_responses_on_the_wire():
    """They come ahead of the answer, each a head of its own."""
    found, attempt = heard(InterimFault(headers={"Link": "<a>"}, times=2))
    assert found.data.startswith(2 * b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + b"HTTP/1.1 200 OK\r\n")
    assert read(InterimFault(status=102), InterimFault(status=150)).interim == (102, 150)
    heads = [op.fault for op in attempt.plan.ops if isinstance(op, Write) and op.role is Role.HEAD]
    assert heads == ["interim", "interim", None]


def test_chunks_on_the_wire():
    """All but the last have the size; extensions and trailers are where they belong."""
    found, _ = heard(ChunkBordersFault(size=50))
    sizes, rest = [], found.data.partition(b"\r\n\r\n")[2]
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        sizes.append(int(line, 16))
        rest = rest[sizes[-1] + 2 :]
    assert sizes[-1] == 0
    assert set(sizes[:-2]) == {50}
    extended, _ = heard(ChunkExtensionsFault(text="a=1"))
    assert extended.data.endswith(b"\r\n0;a=1\r\n\r\n")
    trailed, _ = heard(TrailersFault(set={"X-Sum": "1"}))
    assert b"\r\nTrailer: X-Sum\r\n" in trailed.data
    assert trailed.data.endswith(b"\r\n0\r\nX-Sum: 1\r\n\r\n")
    assert read(TrailersFault(set={"X-Sum": "1"})).trailers == (("x-sum", "1"),)


def test_spellings_on_the_wire():
    """The status line, the names and the ends of lines are as they are to be, and so is what stands around a size."""
    found, _ = heard(HeadSpellingFault(reason="", space=False, names="lower", line_end="lf"))
    head, _, body = found.data.partition(b"\n\n")
    lines = head.split(b"\n")
    assert lines[0] == b"HTTP/1.1 200"
    assert all(name.islower() for name, _, _ in (line.partition(b":") for line in lines[1:]))
    assert b"\r" not in head
    assert b"a4." in body
    spelled, _ = heard(ChunkSpellingFault(zeros=2, blanks=3))
    assert spelled.data.endswith(b"\r\n000   \r\n\r\n")


def test_gzip_members_on_the_wire():
    """Each event is a member, and all of them together are the body."""
    body = read(EncodeFault(flush="member"), request=ACCEPTS).body
    first = zlib.decompressobj(31)
    assert plain().startswith(first.decompress(body))
    assert first.unused_data.startswith(b"\x1f\x8b")
    assert gzip.decompress(body) == plain()


@pytest.mark.parametrize("size", ["zz", "-1", "ffffffffffffffff", "", "0x10", " 5"])
def test_a_chunk_size_that_is_none(size):
    """It stands where the size of the chunk behind token 2 was, and all else goes on."""
    found, attempt = heard(BadChunkFault(after_token=2, size=size))
    (bad,) = (op for op in attempt.plan.ops if isinstance(op, Write) and op.fault)
    assert (bad.tokens, bad.data.partition(b"\r\n")[0]) == ((3,), size.encode())
    assert b"a3." in found.data
    assert found.data.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("off", [1, -1, 5000])
def test_a_chunk_size_that_is_wrong(off):
    """It is off by so much."""
    _, attempt = heard(BadChunkFault(after_token=2, off=off))
    (bad,) = (op for op in attempt.plan.ops if isinstance(op, Write) and op.fault)
    line, _, content = bad.data.partition(b"\r\n")
    assert int(line, 16) == len(content) - 2 + off
    assert bad.content == content[:-2]


def test_the_last_chunk_can_be_bad_or_missing():
    """Behind the terminal event comes no size, or nothing at all."""
    bad, _ = heard(BadChunkFault(after="terminal", size="x"))
    assert bad.data.endswith(b"\r\nx\r\n\r\n")
    missing, _ = heard(FinFault(after="terminal"))
    assert missing.data.endswith(b"\n\n\r\n")
    assert missing.ending == "eof"
    cut, _ = heard(FinFault(after_byte=20))
    assert (len(cut.data), cut.ending) == (20, "eof")


def length_of(data):
    """Return what the head says of the length, each time, and what comes behind the head."""
    head, _, body = data.partition(b"\r\n\r\n")
    said = [int(line.split(b": ")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    return said, body


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        (ContentLengthFault(off=7), [7]),
        (ContentLengthFault(off=-7), [-7]),
        (ContentLengthFault(again=0), [0, 0]),
        (ContentLengthFault(again=3), [0, 3]),
        (ContentLengthFault(off=-2, again=2), [-2, 2]),
    ],
)
def test_a_length_that_is_wrong(fault, more):
    """The head says so, and the body is the whole one."""
    found, attempt = heard(fault)
    said, body = length_of(found.data)
    assert [length - len(body) for length in said] == more
    assert body == plain()
    assert b"chunked" not in found.data
    assert "content_length" in {op.fault for op in attempt.plan.ops}


def test_a_length_beside_chunks():
    """Both headers are there."""
    found, _ = heard(ContentLengthFault(chunked=True, off=1))
    said, body = length_of(found.data)
    assert said == [len(plain()) + 1]
    assert b"Transfer-Encoding: chunked" in found.data
    assert body.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("fault", "lines"),
    [
        (TransferEncodingFault(times=2), ["chunked", "chunked"]),
        (TransferEncodingFault(value="chunked, chunked"), ["chunked, chunked"]),
        (TransferEncodingFault(value="gzip, chunked"), ["gzip, chunked"]),
    ],
)
def test_a_transfer_encoding_that_is_wrong(fault, lines):
    """The head says so, and the body is chunked once."""
    found, attempt = heard(fault)
    head, _, body = found.data.partition(b"\r\n\r\n")
    said = [line.partition(": ")[2] for line in head.decode().split("\r\n") if line.startswith("Transfer-Encoding")]
    assert said == lines
    assert body == heard()[0].data.partition(b"\r\n\r\n")[2]
    assert next(op.fault for op in attempt.plan.ops if isinstance(op, Write)) == "transfer_encoding"


@pytest.mark.parametrize(("then", "ending"), [("close", "eof"), ("stay", "timeout")])
def test_behind_a_length_that_is_too_long_the_connection_closes_or_stays(then, ending):
    """It is for the scenario to say."""

    def client(port):
        with connect(port, timeout=0.3 if then == "stay" else HANG_S) as sock:
            sock.sendall(GET)
            return listen(sock)

    found, _ = drill(planned(ContentLengthFault(off=9, then=then), stream=STAYING), client)
    assert found.ending == ending


def test_where_a_wrong_length_takes_effect():
    """Too long: at the end. Too short: in the event in which it runs out."""
    for off, behind in ((5, 4), (-1, 4), (-70, None)):
        _, attempt = heard(ContentLengthFault(off=off))
        ops = attempt.plan.ops
        at = next(i for i, op in enumerate(ops) if op.fault)
        tokens = [n for op in ops[:at] if isinstance(op, Write) for n in op.tokens]
        assert tokens[-1:] == [behind] or (behind is None and tokens[-1] < 4)


@pytest.mark.parametrize("fault", [BehindTheEndFault(response=408), BehindTheEndFault(junk="junk\r\n")])
def test_behind_the_end_of_an_answer(fault):
    """The answer is whole, and something is behind it that a next request on the connection would be answered by."""

    def client(port):
        with connect(port) as sock:
            sock.sendall(GET)
            return listen(sock, enough=size)

    size = len(planned(fault, stream=STAYING)(1, fresh_request(find_dialect("eventsource")))[1].data)
    found, _ = drill(planned(fault, stream=STAYING), client)
    answer = read_by_h11([found.data], closes=False)
    assert answer.complete
    assert answer.left_over.startswith(b"junk\r\n" if fault.junk else b"HTTP/1.1 408 Request Timeout\r\n")


def test_http_1_0_on_the_wire():
    """The status line says it, there are no chunks, and the connection closes."""
    found, _ = heard(Http10Fault(), stream=STAYING)
    assert found.data.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"chunked" not in found.data
    assert found.ending == "eof"


def test_a_slow_head_is_cut_to_bytes_alone():
    """Each byte of it is a segment, with a pause between them, and the body is as it was."""
    found, attempt = heard(FragmentFault(size=1, head=True, body=False, gap_s=0.001))
    assert {len(piece) for piece in found.pieces[:40]} == {1}
    sizes = [len(op.data) for op in attempt.plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    assert min(sizes[:-1]) > 20


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_codings_on_the_wire(coding):
    """Labelled, and what each event adds can be decoded when it has come; unflushed, all is in the last segment."""
    whole = read(EncodeFault(coding=coding), request=ACCEPTS)
    assert whole.headers["content-encoding"] == coding
    assert decoded(coding, whole.body) == plain()
    _, attempt = heard(EncodeFault(coding=coding, flush="end"), request=ACCEPTS)
    writes = [op for op in attempt.plan.ops if isinstance(op, Write) and op.role is not Role.HEAD]
    assert [op.tokens for op in writes] == [(1, 2, 3, 4), ()]
    assert decoded(coding, writes[0].content) == plain()


def test_a_coding_is_for_who_asks_for_it():
    """Without Accept-Encoding the stream is plain and the fault is not in the plan, unless it is unasked."""
    found, attempt = heard(EncodeFault())
    assert attempt.plan.faults == ()
    assert read_by_h11([found.data], closes=True).body == plain()
    assert zlib.decompress(read(EncodeFault(unasked=True)).body, 31) == plain()


def test_wrong_labels():
    """A label on a plain body, none on a coded one, another one."""
    stale = read(EncodeFault(coding="identity", label="gzip"))
    assert (stale.headers["content-encoding"], stale.body) == ("gzip", plain())
    bare = read(EncodeFault(label=""))
    assert "content-encoding" not in bare.headers
    assert bare.body.startswith(b"\x1f\x8b")
    assert read(EncodeFault(label="br")).headers["content-encoding"] == "br"


def test_a_coded_body_that_is_cut():
    """HTTP says that it is complete, but the decoder has not come to its end; tokens up to the cut can be read."""
    found = read(EncodeFault(cut_after_token=2))
    assert found.complete
    decoder = zlib.decompressobj(31)
    text = decoder.decompress(found.body)
    assert not decoder.eof
    assert b"a2." in text
    assert b"a4." not in text


def test_a_coded_body_that_was_taken_for_text():
    """The magic number is the one that the relays' users saw, and no token counts as sent."""
    found, attempt = heard(EncodeFault(damage="utf8"))
    assert read_by_h11([found.data], closes=True).body.startswith(b"\x1f\xef\xbf\xbd\x08")
    assert not any(op.tokens for op in attempt.plan.ops if isinstance(op, Write))


def test_a_head_that_is_held_back_for_ever():
    """If the server falls silent before the body, no byte comes."""

    def client(port):
        with connect(port, timeout=0.2) as sock:
            sock.sendall(GET)
            return listen(sock)

    found, journal = drill(planned(StallFault(after="headers"), HoldHeadFault()), client)
    assert (found.pieces, found.ending) == ([], "timeout")
    assert journal.attempts[0].plan.faults == ("stall", "hold_head")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_on_the_wire(code):
    """They have no body, and name the path of the request, another one of the run, or a whole address."""
    found, _ = heard(RedirectFault(code=code), stream=CLOSING)
    assert b"\r\nLocation: /stream\r\n" in found.data
    assert length_of(found.data) == ([0], b"")


def test_both_origins_are_one_run():
    """Requests at the second listener are numbered with the others, and the journal tells them apart."""

    def client(port):
        first = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
        first.request("GET", "/0123456789abcdef/stream", headers={"Authorization": "Bearer x"})
        location = first.getresponse().getheader("Location")
        other = http.client.HTTPConnection(location.split("/")[2], timeout=HANG_S)
        other.request("GET", "/" + location.split("/", 3)[3])
        body = other.getresponse().read()
        first.close()
        other.close()
        return location, port, body

    plans = planned(RedirectFault(to="/stream", origin="other"))
    assert plans.places == {"other_origin", "path"}
    (location, port, body), journal = drill(plans, client, run="0123456789abcdef", second=True)
    assert location.endswith("/0123456789abcdef/stream")
    assert f":{port}/" not in location
    assert b"a4." in body
    assert [(one.number, one.plan.attempt, one.listener, one.note) for one in journal.attempts] == [
        (1, 1, 1, ""),
        (2, 2, 2, ""),
    ]
    assert [one.listener for one in journal.connections] == [1, 2]
    assert b"Location: http://<other host>/<run>/stream\r\n" in journal.attempts[0].plan.data
    assert dict(journal.attempts[1].headers)["host"] == "<other host>"


def test_one_listener_unless_the_text_asks_for_two():
    """The placeholder stands in a redirect, or in the text of a status."""
    assert "other_origin" not in planned(RedirectFault(origin="same")).places
    assert "other_origin" in planned(StatusFault(code=307, headers={"Location": "{other_origin}{request}"})).places


def test_rate_limit_headers_pass():
    """They are no secrets, whatever words are in them."""
    limits = {"x-ratelimit-remaining-tokens": "0", "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:00Z"}
    found, attempt = heard(StatusFault(code=429, headers=limits, retry_after_text="soon"))
    for name, value in (*limits.items(), ("Retry-After", "soon")):
        assert f"\r\n{name}: {value}\r\n".encode() in found.data
        assert f"\r\n{name}: {value}\r\n".encode() in attempt.plan.data


def test_a_stream_with_a_length_can_be_wrapped_too():
    """Blocks and codings know no chunks."""
    stream = Stream(tokens=4, every_s=0.001, framing=Framing.LENGTH)
    found, _ = drill(
        planned(EncodeFault(unasked=True), BufferFault(bytes=20), stream=stream),
        lambda port: read_through_http_client(port),
    )
    assert zlib.decompress(found, 31) == plain()


def read_through_http_client(port):
    """Return the body that the standard library reads."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HANG_S)
    connection.request("GET", "/stream")
    body = connection.getresponse().read()
    connection.close()
    return body
