"""The other end: a process that asks for streams, takes what comes as fast as it can, and prints what it saw as JSON.

Usage: ``python -m bench.receiver count|digest|paced|hold PORT PATH CONNECTIONS NUMBER``, where the number is that of
the body's bytes, of the seconds between requests (paced), or of the first part of the connections (hold). It connects
first, then asks on all connections, and the clock starts with the first request. For paced, PORT may be several of
PORT/RUN with commas between: drills, each of which is asked on a connection of its own. Nothing is parsed but the
end of each head.
"""

from __future__ import annotations

import gc
import hashlib
import json
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator

TAKE_BYTES = 256 * 1024
AT_ONCE = 256
"""Connections that may be waiting to be accepted, so that no SYN is lost to a full backlog."""
PATIENCE_S = 60.0
DATA_SEGS_IN = 152
"""Where Linux's tcp_info tells how many segments with data have come."""

Arrived = Callable[[int, int, memoryview], bool]
"""Told a connection's index, the body bytes it has by now, and the newest of them; says whether it is finished."""


def connected(port: int) -> socket.socket:
    """Return a new connection."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock


def ask_drill(sock: socket.socket, port: int, run: str) -> None:
    """Send a healthy client's request to a drill."""
    from bench.streams import DIALECT
    from ssedrill.dialects import find_dialect
    from ssedrill.dialects.call import API_KEY, PROMPT

    spoken = find_dialect(DIALECT).ask
    origin = f"http://127.0.0.1:{port}"
    asked = spoken.make_request(spoken.url(f"{origin}/{run}"), API_KEY, PROMPT)
    body = json.dumps(asked.json).encode()
    headers = {"Host": f"127.0.0.1:{port}", **asked.headers, "Content-Length": str(len(body))}
    head = [f"{asked.method} {asked.url.removeprefix(origin)} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    sock.send("\r\n".join([*head, "", ""]).encode() + body)


def ask(sock: socket.socket, path: str) -> None:
    """Send the request for a stream."""
    sock.send(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n" % path.encode())


def take(socks: list[socket.socket], arrived: Arrived) -> int:
    """Read until all connections are finished; return how often something was read."""
    epoll = select.epoll()
    index = {sock.fileno(): i for i, sock in enumerate(socks)}
    for fd in index:
        epoll.register(fd, select.EPOLLIN)
    heads: dict[int, bytes] = {}
    bodies: dict[int, int] = {}
    buffer = memoryview(bytearray(TAKE_BYTES))
    reads = 0
    while index:
        ready = epoll.poll(PATIENCE_S)
        if not ready:
            raise SystemExit(f"nothing came for {PATIENCE_S:g} s on {len(index)} connections")
        for fd, _ in ready:
            i = index[fd]
            size = socks[i].recv_into(buffer)
            reads += 1
            if not size:
                raise SystemExit(f"connection {i} ended after {bodies.get(i, 0)} bytes of its body")
            new = buffer[:size]
            if i not in bodies:
                head = heads.get(i, b"") + new.tobytes()
                if b"\r\n\r\n" not in head:
                    heads[i] = head
                    continue
                if b" 200 " not in head.partition(b"\r\n")[0] + b" ":
                    raise SystemExit(f"connection {i} was answered {head[:80]!r}")
                new = memoryview(head.partition(b"\r\n\r\n")[2])
                bodies[i] = 0
            bodies[i] += len(new)
            if arrived(i, bodies[i], new):
                epoll.unregister(fd)
                del index[fd]
    epoll.close()
    return reads


def count(port: int, path: str, connections: int, expected: int, *, digest_too: bool = False) -> dict[str, object]:
    """Take whole streams; on request also digest what comes, which makes sense for a single connection."""
    socks = [connected(port) for _ in range(connections)]
    digest = hashlib.sha256()

    def counted(i: int, total: int, new: memoryview) -> bool:
        if total > expected:
            raise SystemExit(f"connection {i} brought {total} bytes instead of {expected}")
        return total == expected

    def digested(i: int, total: int, new: memoryview) -> bool:
        digest.update(new)
        return counted(i, total, new)

    began = time.perf_counter()
    for sock in socks:
        ask(sock, path)
    reads = take(socks, digested if digest_too else counted)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "reads": reads, "segments": segments(socks), "sha256": digest.hexdigest()}


def segments(socks: list[socket.socket]) -> int | None:
    """Return how many TCP segments have brought data, or None where the system does not say."""
    if sys.platform != "linux":
        return None
    known = [sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256) for sock in socks]
    return sum(int(struct.unpack_from("=I", info, DATA_SEGS_IN)[0]) for info in known)


def paced(where: str, path: str, connections: int, apart_s: float) -> dict[str, object]:
    """Take paced streams that are asked for one by one, so far apart.

    Gives the differences in seconds between arrivals and the timetable that begins with each stream's first token.
    """
    from bench.streams import KINDS, body, delta_ends

    kind = KINDS[path]
    plan = kind.plan
    ends, expected = delta_ends(plan), len(body(plan))
    times: list[list[float]] = [[] for _ in range(connections)]
    drills = [tuple(one.split("/")) for one in where.split(",")] if "/" in where else []
    socks = [connected(int(port)) for port, _ in drills] or [connected(int(where)) for _ in range(connections)]
    assert len(socks) == connections
    clock = time.perf_counter

    def stamped(i: int, total: int, new: memoryview) -> bool:
        now, mine = clock(), times[i]
        while len(mine) < len(ends) and total >= ends[len(mine)]:
            mine.append(now)
        return total >= expected

    def ask_all() -> None:
        for i, sock in enumerate(socks):
            if drills:
                ask_drill(sock, int(drills[i][0]), drills[i][1])
            else:
                ask(sock, path)
            if apart_s:
                time.sleep(apart_s)

    asking = threading.Thread(target=ask_all)
    asking.start()
    take(socks, stamped)
    asking.join()
    late = [t - mine[0] - kind.every_s * n for mine in times for n, t in enumerate(mine) if n]
    return {"late_s": late, "events": sum(map(len, times))}


def hold(port: int, path: str, connections: int, first: int) -> Iterator[dict[str, object]]:
    """Open streams that fall silent, the ``first`` ones on their own; go on at every line on standard input.

    Says when each part has brought its first events, and at the end how many streams were not left in peace.
    """
    from bench.streams import KINDS, body

    expected = len(body(KINDS[path].plan))
    socks: list[socket.socket] = []
    for part in (first, connections):
        began = time.perf_counter()
        while len(socks) < part:
            wave = [connected(port) for _ in range(min(AT_ONCE, part - len(socks)))]
            for sock in wave:
                ask(sock, path)
            take(wave, lambda i, total, new: total >= expected)
            socks += wave
        yield {"seconds": time.perf_counter() - began}
        sys.stdin.readline()
    poll = select.poll()
    for sock in socks:
        poll.register(sock, select.POLLIN)
    yield {"disturbed": len(poll.poll(0))}


def main(mode: str, port: str, path: str, connections: str, number: str) -> None:
    """Measure and print."""
    gc.disable()
    if mode == "hold":
        for line in hold(int(port), path, int(connections), int(number)):
            print(json.dumps(line), flush=True)
    elif mode == "paced":
        print(json.dumps(paced(port, path, int(connections), float(number))))
    else:
        print(json.dumps(count(int(port), path, int(connections), int(number), digest_too=mode == "digest")))


if __name__ == "__main__":
    main(*sys.argv[1:])
