"""Server-sent events: what is new in the store goes to all open pages, in order and none missed.

An event's id is the store's epoch and its number. A page that was cut off names the last one that
it had, and gets what it missed from the store; where that is no longer kept, it has to load anew
(``reset``). So has one that is too slow to keep up.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from field.console.databases import reason
from field.console.store import KEPT_EVENTS, Store
from field.console.store.queries.reading import events_after, last_event_id

#: Frames that may wait for one page before it has to load anew.
MOST_WAITING: Final = 500
_LOG: Final = logging.getLogger("cellhound.console")
_PING_S: Final = 10.0
_LOOK_EVERY_S: Final = 1.0
_AT_ONCE: Final = 500
#: After so long a page connects again, so that one whose account is gone doesn't listen for ever.
_LONGEST_S: Final = 3600.0


class News:
    """Whoever writes notifies, whoever reads waits; both in one event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wakes all that wait."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, timeout_s: float) -> None:
        """Returns at the next news, or after ``timeout_s`` without any: another console may have
        written to the same store."""
        event = self._event
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)


class Listener:
    """One open page: frames with their numbers, in order; 0 for frames without one."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._frames: deque[tuple[int, bytes]] = deque()
        self._most = most
        self._wakes = asyncio.Event()
        self.closed = False

    def put(self, seq: int, frame: bytes, instead: bytes) -> None:
        """Hands over a frame; ``instead`` of all that waits where that is too much already."""
        if len(self._frames) >= self._most:
            self._frames.clear()
            frame = instead
        self._frames.append((seq, frame))
        self._wakes.set()

    def close(self) -> None:
        """Ends it once what waits is gone."""
        self.closed = True
        self._wakes.set()

    async def take(self, timeout_s: float) -> list[tuple[int, bytes]]:
        """What waits; after ``timeout_s`` nothing."""
        if not self._frames and not self.closed:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wakes.wait(), timeout_s)
        self._wakes.clear()
        taken = list(self._frames)
        self._frames.clear()
        return taken


class Hub:
    """Reads each new event once and hands it to all listeners."""

    def __init__(self, store: Store, news: News) -> None:
        self._store, self._news = store, news
        self._seq = int(store.read(last_event_id).rpartition("-")[2])
        self._listeners: set[Listener] = set()
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many pages are open."""
        return len(self._listeners)

    async def run(self) -> None:
        """For ever, until cancelled. While the database fails, pages wait; nothing is missed."""
        while True:
            try:
                await self.look()
            except SQLAlchemyError as error:
                _LOG.warning("the store can't be read: %s", reason(error))
            await self._news.wait(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Hands out all that is new in the store."""
        while True:
            rows = await asyncio.to_thread(self._store.read, events_after, self._seq, _AT_ONCE)
            if not rows:
                return
            if rows[0][0] > self._seq + 1:
                # So much at once that the oldest of it is gone already.
                self._hand_out(rows[0][0] - 1, self._reset(rows[0][0] - 1))
            for seq, kind, data in rows:
                self._hand_out(seq, self._frame(seq, kind, data))

    def broadcast(self, kind: str, data: bytes) -> None:
        """Hands out what is no event of the store, such as health."""
        for listener in self._listeners:
            listener.put(0, b"event: %s\ndata: %s\n\n" % (kind.encode(), data), self._reset())

    def close(self) -> None:
        """Ends all streams."""
        self._closed = True
        for listener in self._listeners:
            listener.close()

    async def frames(self, last: str | None) -> AsyncIterator[bytes]:
        """The stream of one page whose last event was ``last``; ``None`` for one that begins."""
        listener = Listener()
        listener.closed = self._closed
        self._listeners.add(listener)
        loop = asyncio.get_running_loop()
        until = loop.time() + _LONGEST_S
        sent = self._seq
        try:
            yield b"retry: 2000\n\n"
            if last is not None:
                sent, missed = await self._missed(last)
                yield missed
            while loop.time() < until:
                taken = await listener.take(_PING_S)
                fresh = [(seq, frame) for seq, frame in taken if seq == 0 or seq > sent]
                if fresh:
                    sent = max(sent, *(seq for seq, _ in fresh))
                    yield b"".join(frame for _, frame in fresh)
                elif listener.closed:
                    return
                elif not taken:
                    yield b": ping\n\n"
        finally:
            self._listeners.discard(listener)

    async def _missed(self, last: str) -> tuple[int, bytes]:
        epoch, _, number = last.rpartition("-")
        if epoch != self._store.epoch or not number.isascii() or not number.isdigit():
            return self._seq, self._reset()
        seq = int(number[:18])
        rows = await asyncio.to_thread(self._store.read, events_after, seq, KEPT_EVENTS + 1)
        newest = rows[-1][0] if rows else await self._newest()
        if seq > newest or (rows and rows[0][0] != seq + 1):
            return newest, self._reset(newest)
        return newest, b"".join(self._frame(*row) for row in rows)

    async def _newest(self) -> int:
        return int((await asyncio.to_thread(self._store.read, last_event_id)).rpartition("-")[2])

    def _hand_out(self, seq: int, frame: bytes) -> None:
        self._seq = max(self._seq, seq)
        for listener in self._listeners:
            listener.put(seq, frame, self._reset())

    def _frame(self, seq: int, kind: str, data: bytes) -> bytes:
        name = f"{self._store.epoch}-{seq}"
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (name.encode(), kind.encode(), data)

    def _reset(self, seq: int | None = None) -> bytes:
        return self._frame(self._seq if seq is None else seq, "reset", b"{}")
