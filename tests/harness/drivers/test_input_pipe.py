"""The standard input of a program: never lost, never waited for."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from ssedrill.drivers.program.input_pipe import InputPipe

MUCH = 200_000
"""More than a pipe holds."""


def given_away() -> tuple[InputPipe, int]:
    """Return a pipe, and the end that a program would hold."""
    pipe = InputPipe()
    reader = os.dup(pipe.read_fd)
    pipe.started()
    return pipe, reader


def test_what_is_said_in_one_turn_is_read_together():
    """Two lines of one turn of the loop come in one read; the end comes after all of them."""

    async def main():
        pipe, reader = given_away()
        pipe.write(b"one\n")
        pipe.write(b"two\n")
        await asyncio.sleep(0)
        read = os.read(reader, 100)
        pipe.write(b"three\n")
        pipe.end()
        await asyncio.sleep(0)
        rest = os.read(reader, 100), os.read(reader, 100)
        os.close(reader)
        return read, rest

    assert asyncio.run(main()) == (b"one\ntwo\n", (b"three\n", b""))


def test_nobody_reads_for_a_while():
    """What does not fit waits, and comes whole when it is read; the end waits as well."""

    async def main():
        pipe, reader = given_away()
        place = pipe.write(b"x" * MUCH)
        pipe.end()
        await asyncio.sleep(0)
        assert not pipe.lost(place)
        read = b""
        while len(read) < MUCH:
            read += os.read(reader, 4096)
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        end = os.read(reader, 1)
        os.close(reader)
        return read, end, place, pipe.lost(place)

    assert asyncio.run(main()) == (b"x" * MUCH, b"", MUCH, False)


@pytest.mark.parametrize("size", [4, MUCH])
def test_nobody_will_ever_read(size):
    """What could not be written is told from what could; nothing is raised, however much is still said."""

    async def main():
        pipe = InputPipe()
        first = pipe.write(b"one\n")
        await asyncio.sleep(0)
        pipe.started()  # the program had the other end, and has closed it
        second = pipe.write(b"x" * size)
        await asyncio.wait_for(pipe.broken, 60)
        third = pipe.write(b"more")
        pipe.end()
        await asyncio.sleep(0)
        pipe.close()
        return pipe.lost(first), pipe.lost(second), pipe.lost(third)

    assert asyncio.run(main()) == (sys.platform == "linux", True, True)  # elsewhere it may have been read


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_that_nobody_will_read_is_told_unasked():
    """Also of what had been written by then; what had been read is not lost."""

    async def main():
        pipe, reader = given_away()
        first, second = pipe.write(b"one\n"), pipe.write(b"two\n")
        await asyncio.sleep(0)
        os.read(reader, 4)
        os.close(reader)
        await asyncio.wait_for(pipe.broken, 60)
        return pipe.lost(first), pipe.lost(second)

    assert asyncio.run(main()) == (False, True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is unread")
def test_what_has_been_read():
    """How far the program has come in its input can be asked, to the byte."""

    async def main():
        pipe, reader = given_away()
        first, second = pipe.write(b"one\n"), pipe.write(b"two\n")
        found = [(pipe.unread(first), pipe.unread(second))]
        for size in (3, 1, 4):
            await asyncio.sleep(0)
            os.read(reader, size)
            found.append((pipe.unread(first), pipe.unread(second)))
        pipe.close()
        os.close(reader)
        return found

    assert asyncio.run(main()) == [(True, True), (True, True), (False, True), (False, False)]
