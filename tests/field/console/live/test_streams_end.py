"""A stream of events ends with its session, and a bug's answer carries our headers too."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse, StreamingResponse

from field.console.access import answer
from tests.field.console.guarded_app import Door, opened

Message = MutableMapping[str, Any]


def scope_of(door: Door, path: str, name: str = "fei", kind: str = "http") -> dict[str, Any]:
    """What a server makes of a request by a session."""
    cookie = f"{door.access.cookie}={door.access.sessions.begin(name)}"
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "server": ("127.0.0.1", 8340),
        "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"127.0.0.1:8340"), (b"cookie", cookie.encode())],
    }


def test_a_stream_of_events_ends_with_its_session(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "_LOOK_EVERY_S", 0.0)

    async def events() -> AsyncIterator[str]:
        for number in range(1000):
            if number == 5:
                door.access.accounts.put("fei", "field", "another password")
            yield f"data: {number}\n\n"
            await asyncio.sleep(0)

    @door.app.get("/events")
    async def stream() -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    asyncio.run(door.app(scope_of(door, "/events"), receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    assert body.endswith(b"data: 4\n\n")
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


def test_a_bug_is_answered_with_our_headers_and_still_seen(door: Door) -> None:
    @door.app.get("/bug")
    async def bug() -> PlainTextResponse:
        raise ZeroDivisionError

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    with pytest.raises(ZeroDivisionError):
        asyncio.run(door.app(scope_of(door, "/bug"), receive, send))
    assert sent[0]["status"] == 500
    assert b"content-security-policy" in dict(sent[0]["headers"])
    assert len(sent) == 2


def test_there_are_no_web_sockets(door: Door) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    asyncio.run(door.app(scope_of(door, "/api/me", kind="websocket"), receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_a_login_that_is_broken_off_is_one_line_and_no_bug(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    messages: list[Message] = [
        {"type": "http.request", "body": b'{"name": ', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    scope = scope_of(door, "/api/login") | {"method": "POST"}
    asyncio.run(door.app(scope, receive, send))
    assert sent == []
    assert [record.getMessage() for record in caplog.records] == [
        "a client hung up before its request was whole"
    ]
    assert caplog.records[0].exc_info is None


def test_an_account_has_so_many_streams_and_a_proxys_client_so_many_requests(
    tmp_path: Path,
) -> None:
    proxy = {"proxy_addresses": ("10.0.0.5",)}
    limits = {"streams_per_account": 2, "connections_per_address": 4}
    with opened(tmp_path, limits=limits, **proxy) as door:

        @door.app.get("/api/stream")
        async def stream() -> PlainTextResponse:
            await forever.wait()
            return PlainTextResponse("")

        async def ask(name: str, path: str, peer: str = "127.0.0.1", client: str = "") -> int:
            scope = scope_of(door, path, name) | {"client": (peer, 1)}
            if client:
                scope["headers"].append((b"x-forwarded-for", client.encode()))
            statuses: list[int] = []

            async def send(message: Message) -> None:
                statuses.append(message.get("status", 0))

            async def receive() -> Message:
                return {"type": "http.request", "body": b"", "more_body": False}

            await door.app(scope, receive, send)
            return statuses[0]

        async def run() -> list[int]:
            open_pages = [asyncio.create_task(ask("fei", "/api/stream")) for _ in range(2)]
            while door.access.streams.total < 2:
                await asyncio.sleep(0.01)
            found = [await ask("fei", "/api/stream"), await ask("fei", "/for/field")]
            behind = ("/api/stream", "10.0.0.5", "192.0.2.1")
            open_pages += [asyncio.create_task(ask(name, *behind)) for name in ("di", "ada") * 2]
            while door.access.streams.total < 6:
                await asyncio.sleep(0.01)
            for client in ("192.0.2.1", "192.0.2.2"):
                found.append(await ask("vera", "/for/viewer", "10.0.0.5", client))
            # From elsewhere the header is only text.
            found.append(await ask("vera", "/for/viewer", "10.0.0.6", "192.0.2.1"))
            forever.set()
            assert await asyncio.gather(*open_pages) == [200] * 6
            return found

        forever = asyncio.Event()
        assert asyncio.run(run()) == [503, 200, 503, 200, 200]
        assert (door.access.streams.total, door.access.forwarded.total) == (0, 0)
