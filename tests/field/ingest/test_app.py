"""Requests to the gateway: what is taken, what is refused, and that nothing is written then."""

import asyncio
import gzip
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest

from field.ingest.app import Door, build
from field.ingest.batching import Batcher, Room
from field.ingest.packing import Packer
from field.ingest.tokens import Tokens, new_token
from streams.config.ingest import IngestSettings
from streams.decode.records import ARROW
from streams.kafka.stage_records import arrival_ms
from streams.limits import DEFAULT
from streams.privacy.hasher import Hasher
from tests.field.ingest.test_reading import _arrow
from tests.field.ingest.writer import AT_MS, Written, awaited, measurement

_JSON, _LINES = {"content-type": "application/json"}, {"content-type": "application/x-ndjson"}
_PATH = "/v1/cell.measurements"


class Gateway:
    """The application in front of what stands for Kafka."""

    def __init__(self, client: httpx.AsyncClient, writer: Written, room: Room) -> None:
        self.client, self.writer, self.room = client, writer, room
        self.answers: Counter[int] = Counter()

    async def post(
        self, content: Any, headers: dict[str, str], path: str = _PATH
    ) -> httpx.Response:
        return await self.client.post(path, content=content, headers=headers)


@asynccontextmanager
async def _gateway(tokens: Tokens | None = None, **settings: Any) -> AsyncIterator[Gateway]:
    asked = IngestSettings(**{"wait_s": 0.01, "body_bytes": 1 << 16} | settings)
    writer, room = Written(), Room(asked.waiting_bytes)
    packer = Packer(Hasher(b"key"), asked.messages, asked.bytes)
    batcher = Batcher(asked, packer, writer, lambda *_: None, lambda: AT_MS / 1000)
    answers: Counter[int] = Counter()

    def answered(status: int) -> None:
        answers[status] += 1

    app = build(asked, DEFAULT, batcher, room, Door(tokens), answered)
    transport = httpx.ASGITransport(app)
    running = asyncio.create_task(batcher.run())
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            found = Gateway(client, writer, room)
            found.answers = answers
            yield found
        assert room.taken == 0
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@awaited
async def test_all_kinds_of_bodies_are_taken() -> None:
    table = pa.table({"ts": [AT_MS], "device": ["d"], "rat": ["lte"], "mcc": [460], "mnc": [0]})
    whole = table.append_column("area", pa.array([1])).append_column("cell", pa.array([1]))
    whole = whole.append_column("signal_dbm", pa.array([-80.0]))
    one, two = measurement(1), measurement(2)
    bodies = [
        (one, _JSON, 1),
        (b"[" + one + b"," + two + b"]", _JSON, 2),
        (one + b"\n" + two + b"\n", _LINES, 2),
        (gzip.compress(one), _JSON | {"content-encoding": "gzip"}, 1),
        (_arrow(whole), _ARROW, 1),
        (one, {"content-type": "Application/JSON; charset=utf-8"}, 1),
        (b"[]", _JSON, 0),
    ]
    async with _gateway() as gateway:
        for body, headers, count in bodies:
            answer = await gateway.post(body, headers)
            assert answer.status_code == 202, answer.text
            assert answer.json() == {"messages": count, "dead_letters": 0, "reasons": []}
        assert len(gateway.writer.messages) == 8
        assert gateway.answers == {202: len(bodies)}


@awaited
async def test_what_will_be_a_dead_letter_is_taken_and_named() -> None:
    async with _gateway() as gateway:
        body = measurement(1) + b'\n{"ts": 1}\nIMSI 460001234567890\n' + measurement(2)
        answer = await gateway.post(body, _LINES)
        assert answer.status_code == 202
        found = answer.json()
        assert (found["messages"], found["dead_letters"]) == (4, 2)
        assert [(one["index"], one["reason"]) for one in found["reasons"]] == [
            (1, "missing_field"),
            (2, "not_json"),
        ]
        assert len(gateway.writer.messages) == 4
        assert b"460001234567890" not in b"".join(gateway.writer.messages)


@awaited
async def test_messages_without_an_arrival_arrived_here() -> None:
    async with _gateway() as gateway:
        bare = measurement(1).replace(b'"rx_ts":%d,' % (AT_MS + 1), b"")
        assert (await gateway.post(bare + b"\n" + bare, _LINES)).status_code == 202
        (record,) = gateway.writer.records
        assert arrival_ms(record.headers, 0) == AT_MS
        assert all(b"rx_ts" not in one for one in gateway.writer.messages)


_ARROW, _GZIP = {"content-type": ARROW}, _JSON | {"content-encoding": "gzip"}
_REFUSED: dict[str, tuple[int, bytes, dict[str, str], str]] = {
    "an operator's topic": (404, b"{}", _JSON, "/v1/cell.signalling"),
    "no input for phones": (404, b"{}", _JSON, "/v1/field.feedback"),
    "another path": (404, b"{}", _JSON, "/v1/../fbs.alerts"),
    "another content type": (415, b"{}", {"content-type": "text/plain"}, _PATH),
    "no content type": (415, b"{}", {}, _PATH),
    "another packing": (415, b"{}", _JSON | {"content-encoding": "br"}, _PATH),
    "no gzip": (400, b"{}", _GZIP, _PATH),
    "gzip cut short": (400, gzip.compress(b"{}")[:-1], _GZIP, _PATH),
    "no Arrow": (400, b"{}", _ARROW, _PATH),
    "too long": (413, b"x" * ((1 << 16) + 1), _JSON, _PATH),
    "a bomb": (413, gzip.compress(b"x" * (50 << 20)), _GZIP, _PATH),
    "too many": (413, b"1\n" * 10_001, _LINES, _PATH),
    "another host": (403, b"{}", _JSON | {"host": "evil.example"}, _PATH),
    "forwarded": (403, b"{}", _JSON | {"x-forwarded-for": "10.0.0.1"}, _PATH),
}


@pytest.mark.parametrize("what", _REFUSED)
@awaited
async def test_what_is_refused_is_not_written(what: str) -> None:
    status, content, headers, path = _REFUSED[what]
    async with _gateway() as gateway:
        answer = await gateway.post(content, headers, path)
        assert answer.status_code == status
        assert not gateway.writer.records


@awaited
async def test_a_body_of_unknown_length_is_bounded_too() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1 << 26:
            sent += 1 << 12
            yield b" " * (1 << 12)

    async with _gateway() as gateway:
        assert (await gateway.post(endless(), _JSON)).status_code == 413
        assert sent < 1 << 20


@awaited
async def test_without_room_or_kafka_senders_are_asked_to_come_again() -> None:
    async with _gateway() as gateway:
        gateway.writer.away = True
        answer = await gateway.post(measurement(1), _JSON)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        gateway.writer.away = False
        with gateway.room.take() as place:
            place.more((64 << 20) - 10)
            answer = await gateway.post(measurement(2), _JSON)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert (await gateway.post(measurement(3), _JSON)).status_code == 202
        assert len(gateway.writer.messages) == 1
        assert gateway.answers == {503: 2, 202: 1}


@awaited
async def test_only_who_has_a_token_comes_in(tmp_path: Path) -> None:
    (token, line), (other, _) = new_token("app"), new_token("other")
    file = tmp_path / "tokens"
    file.write_text(f"# whom we know\n\n{line}\n")
    async with _gateway(Tokens(file)) as gateway:
        for given in ("", f"Bearer {other}", f"Basic {token}"):
            answer = await gateway.post(measurement(1), _JSON | {"authorization": given})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert not gateway.writer.records
        headers = _JSON | {"authorization": f"bearer {token}", "host": "gateway.example"}
        assert (await gateway.post(measurement(1), headers)).status_code == 202
