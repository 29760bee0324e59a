"""Standard input to the end, or until it is stopped: all that was read is written."""

import asyncio
import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pytest

from field.ingest import stdin
from field.ingest.packing import Packer
from field.ingest.stdin import UnreadableInput
from streams.config.ingest import IngestSettings
from streams.kafka.make_topics import KafkaUnavailable
from streams.privacy.hasher import Hasher
from tests.field.ingest.test_reading import _arrow
from tests.field.ingest.writer import AT_MS, Written, awaited, measurement


class Pipe:
    """A pipe whose one end is read as standard input is."""

    def __init__(self) -> None:
        reading, self._writing = os.pipe()
        self.stream: BinaryIO = os.fdopen(reading, "rb", buffering=0)

    def write(self, content: bytes) -> None:
        os.write(self._writing, content)

    def end(self) -> None:
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.end()
    made.stream.close()


async def _sent(
    stream: BinaryIO,
    writer: Written,
    stop: asyncio.Event | None = None,
    arrow: bool = False,
    **more: Any,
) -> stdin.Counted:
    asked = IngestSettings(**{"wait_s": 0.05, "answer_s": 60.0} | more)
    packer = Packer(Hasher(b"key"), asked.messages, asked.bytes)
    source = stdin._Source(stream, arrow)
    async with asyncio.timeout(60.0):
        return await stdin.send(
            source, "cell.measurements", packer, writer, asked, stop or asyncio.Event()
        )


@awaited
async def test_all_lines_are_sent_in_batches(pipe: Pipe) -> None:
    writer, values = Written(), [measurement(number) for number in range(250)]
    pipe.write(b"\n".join([*values, b"", b"{"]))
    pipe.end()
    counted = await _sent(pipe.stream, writer, messages=100)
    assert (counted.messages, counted.dead_letters, counted.too_long) == (251, 1, 0)
    assert len(writer.messages) == 251
    assert len(writer.records) < 10


@awaited
async def test_what_came_is_sent_though_no_more_comes(pipe: Pipe) -> None:
    writer, stop = Written(), asyncio.Event()
    sending = asyncio.create_task(_sent(pipe.stream, writer, stop))
    pipe.write(measurement(1) + b"\n" + measurement(2))
    while not writer.messages:
        await asyncio.sleep(0.01)
    assert len(writer.messages) == 1
    pipe.write(b"\n" + measurement(3) + b"\n" + b'{"half')
    await asyncio.sleep(0.01)
    stop.set()
    await sending
    assert len(writer.messages) == 3


@awaited
async def test_what_is_read_of_an_unbroken_flow_is_sent_when_it_is_stopped(pipe: Pipe) -> None:
    writer, stop = Written(), asyncio.Event()
    os.set_blocking(pipe._writing, False)
    count = 0
    sending = asyncio.create_task(_sent(pipe.stream, writer, stop, messages=100))
    while count < 2_000:
        try:
            pipe.write(measurement(count) + b"\n")
            count += 1
        except BlockingIOError:
            await asyncio.sleep(0.001)
    stop.set()
    await sending
    pipe.end()
    left = pipe.stream.read(1 << 20) or b""
    assert len(writer.messages) + left.count(b"rx_ts") == pytest.approx(count, abs=1)
    assert len(writer.messages) > 0


@awaited
async def test_a_line_without_an_end_is_left_out(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdin, "MOST_MESSAGE_BYTES", 1000)
    writer = Written()
    pipe.write(measurement(1) + b"\n" + b"x" * 20_000 + b"\n" + measurement(2))
    pipe.end()
    counted = await _sent(pipe.stream, writer)
    assert (counted.messages, counted.too_long) == (2, 1)
    assert len(writer.messages) == 2


@awaited
async def test_an_arrow_stream_is_sent() -> None:
    columns: dict[str, Any] = {"ts": [AT_MS] * 30, "device": ["d"] * 30, "rat": ["lte"] * 30}
    columns["signal_dbm"] = [-80.0] * 30
    columns |= dict.fromkeys(("mcc", "mnc", "area", "cell"), [1] * 30)
    writer = Written()
    # On a busy machine reading a stream may take longer than a batch waits.
    stream = io.BytesIO(_arrow(pa.table(columns)))
    counted = await _sent(stream, writer, arrow=True, wait_s=60.0)
    assert (counted.messages, counted.dead_letters) == (30, 0)
    assert writer.forms == ["arrow"]


@awaited
async def test_what_is_no_arrow_stream_says_so() -> None:
    with pytest.raises(UnreadableInput, match="standard input can't be read"):
        await _sent(io.BytesIO(b"no arrow"), Written(), arrow=True)


@awaited
async def test_of_a_stream_that_breaks_off_what_came_before_is_sent() -> None:
    whole, writer = _arrow(pa.table({"ts": [AT_MS] * 3})), Written()
    end = whole.rindex(b"\xff\xff\xff\xff")
    with pytest.raises(UnreadableInput):
        await _sent(io.BytesIO(whole[:end] + b"\xff\xff\xff\xff\x90\0\0\0"), writer, arrow=True)
    assert len(writer.messages) == 3


@awaited
async def test_a_broker_that_comes_back_gets_all(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdin, "_AGAIN_S", 0.01)
    writer = Written()
    writer.away = True
    pipe.write(measurement(1))
    pipe.end()
    sending = asyncio.create_task(_sent(pipe.stream, writer))
    await asyncio.sleep(0.1)
    assert not writer.messages
    writer.away = False
    assert (await sending).messages == 1
    assert len(writer.messages) == 1


@awaited
async def test_a_broker_that_stays_away_ends_it_with_how_far_it_came(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdin, "_PATIENCE_S", -1.0)
    writer = Written()
    writer.away = True
    pipe.write(measurement(1))
    pipe.end()
    with pytest.raises(KafkaUnavailable, match="The first 0 messages"):
        await _sent(pipe.stream, writer)
