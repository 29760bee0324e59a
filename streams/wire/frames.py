"""What comes over a connection to a broker, kept in the pieces in which it was received until an
answer is whole.

asyncio's own reader copies each piece into one buffer, the answer out of that, and wakes who waits
for it at every piece, of which an answer of some megabytes has dozens.
"""

import asyncio
from collections import deque
from typing import Any, Self

from aiokafka import conn


class Frames(asyncio.StreamReader):
    """A stream reader, as far as aiokafka uses one."""

    _parts: deque[bytes]
    _transport: Any
    _limit: int
    _paused: bool
    _eof: bool
    #: Bytes that are there, and that somebody waits for.
    _there, _awaited = 0, 1

    @classmethod
    def instead_of(cls, reader: asyncio.StreamReader) -> Self:
        """A reader to which nothing has come yet, as one of these: whoever has it keeps it."""
        reader.__class__ = cls
        assert isinstance(reader, cls)
        reader._parts = deque()
        return reader

    def feed_data(self, data: bytes) -> None:  # type: ignore[override]
        """Takes a piece."""
        self._parts.append(data)
        self._there += len(data)
        if self._there >= self._awaited:
            self._wakeup_waiter()  # type: ignore[attr-defined]
        if not self._paused and self._there > self._awaited + 2 * self._limit:
            self._paused = True
            self._transport.pause_reading()

    def at_eof(self) -> bool:
        """Whether all was read, and no more comes."""
        return self._eof and not self._there

    async def readexactly(self, n: int) -> bytes:
        """The next so many bytes, as asyncio's own has them."""
        if (error := self.exception()) is not None:
            raise error
        while self._there < n:
            if self._eof:
                raise asyncio.IncompleteReadError(self._taken(self._there), n)
            self._awaited = n
            await self._wait_for_data("readexactly")  # type: ignore[attr-defined]
        self._awaited = 1
        found = self._taken(n)
        if self._there <= self._limit:
            self._resume()
        return found

    def _taken(self, count: int) -> bytes:
        self._there -= count
        some: list[bytes] = []
        while count:
            part = self._parts.popleft()
            if len(part) > count:
                self._parts.appendleft(part[count:])
                part = part[:count]
            some.append(part)
            count -= len(part)
        return some[0] if len(some) == 1 else b"".join(some)

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()


class _Protocol(conn.AIOKafkaProtocol):  # type: ignore[misc]
    """aiokafka's, over such a reader."""

    def __init__(self, closed: Any, reader: asyncio.StreamReader, **options: Any) -> None:
        super().__init__(closed, Frames.instead_of(reader), **options)


def install() -> None:
    """From now on all clients of aiokafka in this process read so."""
    conn.AIOKafkaProtocol = _Protocol
