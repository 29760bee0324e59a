"""A line as slow as a phone's between a browser and a console: round trips, and bytes a second.

Slow 4G as Lighthouse's mobile profile has it: 150 ms there and back, 1.6 Mbit/s down, 750 kbit/s
up, shared by all connections. A new connection costs a round trip before anything is sent, as TCP's
handshake does; TLS would cost another. What is not copied: TCP's slow start and lost packets.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

ROUND_TRIP_S: Final = 0.150
DOWN_BYTES_S: Final = 1_638_400 / 8
UP_BYTES_S: Final = 750_000 / 8
_PIECE: Final = 4096


class Way:
    """One direction of the line: pieces leave it one after the other, half a round trip later."""

    def __init__(self, bytes_s: float) -> None:
        self._bytes_s, self._free_s = bytes_s, 0.0
        self.carried = 0

    def arrival_s(self, size: int) -> float:
        """When a piece that is sent now has arrived, by the loop's clock."""
        now = asyncio.get_running_loop().time()
        self._free_s = max(self._free_s, now) + size / self._bytes_s
        self.carried += size
        return self._free_s + ROUND_TRIP_S / 2


class Line:
    """What listens on ``port`` and goes on to ``target``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.down, self.up = Way(DOWN_BYTES_S), Way(UP_BYTES_S)
        self.connections = 0
        self.port = 0

    async def serve(self, ready: threading.Event) -> None:
        """Until `end`."""
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await self._over.wait()

    def end(self) -> None:
        """From another thread."""
        self._loop.call_soon_threadsafe(self._over.set)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.connections += 1
        await asyncio.sleep(ROUND_TRIP_S)
        far, there = await asyncio.open_connection("127.0.0.1", self._target)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(_pump(near, there, self.up), _pump(far, back, self.down))


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: Way) -> None:
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due_s, piece = await under_way.get()
            await asyncio.sleep(due_s - asyncio.get_running_loop().time())
            sink.write(piece)
            if not piece:
                sink.close()
                return

    async def send() -> None:
        while piece := await source.read(_PIECE):
            under_way.put_nowait((way.arrival_s(len(piece)), piece))
        under_way.put_nowait((0.0, b""))

    await asyncio.gather(deliver(), send())


@contextmanager
def slow_line(target: int) -> Iterator[Line]:
    """The line to a port of this machine, in a thread of its own."""
    line, ready = Line(target), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(line.serve(ready)), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield line
    finally:
        line.end()
        thread.join(timeout=5)
