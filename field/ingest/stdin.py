"""Messages from standard input to a topic, batch by batch: JSON lines or an Arrow stream.

A batch is written before the next one is made, so how far it has come is known at any time. Where
Kafka is away it waits and tries again: what is written twice is read like any other message.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import pyarrow as pa
from aiokafka.errors import KafkaError

from field.ingest.batching import Writer, write
from field.ingest.packing import MOST_MESSAGE_BYTES, Packer
from field.ingest.reading import rows, split
from streams.config.ingest import IngestSettings
from streams.config.settings import Settings
from streams.kafka.make_topics import KafkaUnavailable
from streams.kafka.resilient_producer import Writing
from streams.kafka.topics import LARGE_MESSAGE_BYTES
from streams.privacy.hasher import Hasher

_READ_BYTES: Final = 1 << 16
#: So long (s) a broker may be away.
_PATIENCE_S: Final = 60.0
_AGAIN_S: Final = 1.0
_TURN_S: Final = 0.02
_LOG: Final = logging.getLogger("cellhound.ingest")


class UnreadableInput(Exception):  # noqa: N818 - it names what is the matter
    """Standard input is not what it is called; the text is a sentence."""


@dataclass
class Counted:
    """What came of standard input. ``too_long`` lines were left out."""

    messages: int = 0
    dead_letters: int = 0
    too_long: int = 0

    def __str__(self) -> str:
        return f"{self.messages} messages, {self.dead_letters} of them dead letters"


def run(settings: Settings, hasher: Hasher, topic: str, stream: BinaryIO, arrow: bool) -> Counted:
    """Sends all that ``stream`` holds, or until a signal stops it.

    Raises UnreadableInput, and KafkaUnavailable where a broker stays away.
    """
    return asyncio.run(_run(settings, hasher, topic, stream, arrow))


async def _run(
    settings: Settings, hasher: Hasher, topic: str, stream: BinaryIO, arrow: bool
) -> Counted:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ingest = settings.ingest
    writing = Writing(settings.kafka, LARGE_MESSAGE_BYTES)
    packer = Packer.of(settings, hasher)
    try:
        return await send(_Source(stream, arrow), topic, packer, writing, ingest, stop)
    finally:
        await writing.stop()


async def send(
    source: "_Source",
    topic: str,
    packer: Packer,
    writer: Writer,
    ingest: IngestSettings,
    stop: asyncio.Event,
) -> Counted:
    """Sends what ``source`` has until its end, or until ``stop``: then what was read of it."""
    counted, lines = Counted(), _Lines()
    source.begin()
    stopping = asyncio.create_task(stop.wait())
    try:
        is_last, broken = False, None
        while not is_last:
            try:
                await _fill(lines, source, ingest, stopping)
                # A stop that comes while these are written finds more to read, in the next round.
                if stop.is_set():
                    is_last = True
                    lines.add(await source.left())
            except UnreadableInput as error:
                # What came before is written all the same.
                is_last, broken = True, error
            if source.ended:
                is_last = True
                lines.end()
            await _write(lines.take(), topic, packer, writer, ingest, counted)
        if broken is not None:
            raise broken
    finally:
        stopping.cancel()
        counted.too_long = lines.too_long
    return counted


async def _fill(
    lines: "_Lines", source: "_Source", ingest: IngestSettings, stopping: "asyncio.Task[Any]"
) -> None:
    """Reads until there is enough for a batch, or the first message has waited long enough."""
    until_s: float | None = None
    while not stopping.done() and len(lines.whole) < ingest.messages and lines.size < ingest.bytes:
        wait_s = None if until_s is None else max(0.0, until_s - time.monotonic())
        more = asyncio.ensure_future(source.more())
        await asyncio.wait({more, stopping}, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if not more.done():
            more.cancel()
            with suppress(asyncio.CancelledError):
                await more
            return
        content = more.result()
        if content is None:
            return
        lines.add(content)
        if until_s is None and lines.whole:
            until_s = time.monotonic() + ingest.wait_s


async def _write(
    values: list[bytes],
    topic: str,
    packer: Packer,
    writer: Writer,
    ingest: IngestSettings,
    counted: Counted,
) -> None:
    if not values:
        return
    rx_ms = time.time_ns() // 1_000_000
    begin_s = time.monotonic()
    while True:
        try:
            packed = await write(packer, writer, topic, values, rx_ms, ingest.answer_s)
            break
        except (KafkaError, TimeoutError) as error:
            if time.monotonic() - begin_s > _PATIENCE_S:
                raise KafkaUnavailable(
                    f"Kafka did not take more ({error or 'no answer'}). The first"
                    f" {counted.messages} messages of standard input are written."
                ) from error
            _LOG.warning("Kafka did not take a batch (%s); it is sent again", error or "no answer")
            await asyncio.sleep(_AGAIN_S)
    counted.messages += len(values)
    counted.dead_letters += len(packed.refused)


@dataclass
class _Lines:
    """Cuts what was read into messages; a line that is too long is left out."""

    whole: list[bytes] = field(default_factory=list)
    size: int = 0
    too_long: int = 0
    _rest: bytes = b""
    _skips: bool = False

    def add(self, content: bytes) -> None:
        first, *others = content.split(b"\n")
        self._rest += b"" if self._skips else first
        for other in others:
            self._cut()
            self._rest = other
        if len(self._rest) > MOST_MESSAGE_BYTES:
            self._skips, self._rest = True, b""

    def end(self) -> None:
        """The last line may have no end."""
        self._cut()

    def take(self) -> list[bytes]:
        taken, self.whole, self.size = self.whole, [], 0
        return taken

    def _cut(self) -> None:
        is_too_long = self._skips or len(self._rest) > MOST_MESSAGE_BYTES
        self.too_long += is_too_long
        found = [] if is_too_long else split(self._rest)
        self._rest, self._skips = b"", False
        self.whole += found
        self.size += sum(map(len, found))


class _Source:
    """Reads a stream in a thread that nobody waits for: who reads from a pipe in which nothing
    comes can't be stopped."""

    def __init__(self, stream: BinaryIO, arrow: bool) -> None:
        self._stream, self._arrow = stream, arrow
        self.ended = self._stops = False
        self._queue: asyncio.Queue[bytes | Exception | None] = asyncio.Queue(1)

    def begin(self) -> None:
        """Begins to read, for the running event loop."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(loop,), daemon=True).start()

    async def more(self) -> bytes | None:
        """What comes next; ``None`` at the end. Raises UnreadableInput."""
        return self._taken(await self._queue.get())

    async def left(self) -> bytes:
        """What was read and nobody has taken. Reads no more."""
        self._stops = True
        found = b""
        # One that waits for room in the queue finds it meanwhile.
        for _ in range(2):
            while not self._queue.empty():
                found += self._taken(self._queue.get_nowait()) or b""
            await asyncio.sleep(_TURN_S)
        return found

    def _taken(self, found: bytes | Exception | None) -> bytes | None:
        if isinstance(found, Exception):
            raise UnreadableInput(f"standard input can't be read: {found}") from found
        self.ended |= found is None
        return found

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        def put(found: bytes | Exception | None) -> None:
            putting = self._queue.put(found)
            try:
                asyncio.run_coroutine_threadsafe(putting, loop).result()
            finally:
                putting.close()

        # The loop may be gone already, and with it whoever waits for more.
        with suppress(RuntimeError, CancelledError):
            try:
                if self._arrow:
                    self._read_arrow(put)
                else:
                    while not self._stops and (
                        content := os.read(self._stream.fileno(), _READ_BYTES)
                    ):
                        put(content)
                put(None)
            except (OSError, pa.ArrowException, ValueError, MemoryError) as error:
                put(error)

    def _read_arrow(self, put: Any) -> None:
        with pa.ipc.open_stream(self._stream) as reader:
            for batch in reader:
                batch.validate(full=True)
                for line in rows(pa.Table.from_batches([batch]), sys.maxsize):
                    if self._stops:
                        return
                    put(line + b"\n")
