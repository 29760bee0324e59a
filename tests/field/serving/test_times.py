"""A connection's times on a real socket: what is begun has to be ended, what is sent to be read."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
import uvicorn
from fastapi import FastAPI

from field.console.serve import watch
from field.serving import server as gated
from field.serving.gate import Gate
from field.serving.server import GatedServer
from streams.config.console import ConsoleLimits
from streams.config.settings import Settings
from tests.field.console.guarded_app import Clock

_Check = Callable[["Served"], Awaitable[None]]
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n"
#: Far longer than anything here takes: what is waited for comes by the test's own clock.
PATIENCE_S = 60.0


class Served:
    """A server whose clock a test moves on."""

    def __init__(self, clock: Clock, gate: Gate, port: int, server: GatedServer) -> None:
        self.clock, self.gate, self._port, self.server = clock, gate, port, server
        self._writers: list[asyncio.StreamWriter] = []

    async def comes(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.append(writer)
        writer.write(sent)
        return reader, writer

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.01)

    async def is_ended(self, reader: asyncio.StreamReader) -> bool:
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                await reader.read()
        return True


async def _app(scope: Any, receive: Any, send: Any) -> None:
    """Reads a POST to its end; answers everything, at ``/much`` with more than a socket holds."""
    more = scope["method"] == "POST"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = b"x" * (50 << 20 if scope["path"] == "/much" else 2)
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def served(**more: object) -> AsyncIterator[Served]:
    clock = Clock()
    gate = Gate(msgspec.convert(more, ConsoleLimits), 16, clock)
    config = uvicorn.Config(_app, lifespan="off", log_level="error", ws="none")
    server = GatedServer(config, gate)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = asyncio.create_task(server.serve([listener]))
        here = Served(clock, gate, listener.getsockname()[1], server)
        yield here
        await here.close()
        server.should_exit = True
        await serving


@pytest.fixture(autouse=True)
def _sweeps_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gated, "_SWEEP_S", 0.01)


def on_a_server(check: _Check, **more: object) -> None:
    async def run() -> None:
        async with served(**more) as here:
            await check(here)

    asyncio.run(run())


@pytest.mark.parametrize("sent", [b"", b"GE", REQUEST, REQUEST + b"X: y\r\n"])
def test_a_request_that_doesn_t_get_its_head_is_ended(sent: bytes) -> None:
    async def check(here: Served) -> None:
        reader, _writer = await here.comes(sent)
        await here.until(lambda: len(here.gate.all()) == 1)
        here.clock.now += 10.0
        assert await here.is_ended(reader)
        assert here.gate.counts.timed_out == 1
        assert len(here.gate.all()) == 0

    on_a_server(check)


def test_head_by_head_in_drops_gains_no_time() -> None:
    async def check(here: Served) -> None:
        reader, writer = await here.comes(REQUEST)
        for number in range(20):
            here.clock.now += 1.0
            writer.write(b"X-%d: y\r\n" % number)
            await asyncio.sleep(0.02)
        assert await here.is_ended(reader)

    on_a_server(check)


def test_a_body_that_doesn_t_come_is_ended() -> None:
    async def check(here: Served) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        reader, writer = await here.comes(head + b"some")
        await here.until(lambda: _at_work(here) == 1)
        here.clock.now += 59.0
        writer.write(b"more")
        await asyncio.sleep(0.1)
        assert len(here.gate.all()) == 1
        here.clock.now += 1.0
        assert await here.is_ended(reader)

    on_a_server(check)


def test_after_an_answer_it_is_kept_for_a_while_and_the_next_has_its_own_time() -> None:
    async def check(here: Served) -> None:
        reader, writer = await here.comes()
        for _ in range(3):
            writer.write(REQUEST + b"\r\n")
            assert b" 200 " in await reader.readuntil(b"0\r\n\r\n")
            here.clock.now += 9.0
        writer.write(REQUEST)
        await here.until(lambda: all(h.until_s == here.clock.now + 10.0 for h in here.gate.all()))
        here.clock.now += 10.0
        assert await here.is_ended(reader)

    # Uvicorn ends what is idle by the clock on the wall, and so after long.
    on_a_server(check)


def test_an_answer_that_nobody_reads_is_ended() -> None:
    async def check(here: Served) -> None:
        _reader, _writer = await here.comes(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        await here.until(lambda: any(held.unread_until_s for held in here.gate.all()))
        here.clock.now += 60.0
        await here.until(lambda: len(here.gate.all()) == 0)

    on_a_server(check)


def test_who_is_refused_is_answered_503() -> None:
    async def check(here: Served) -> None:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
        for number in range(4):
            await here.comes(head)
            await here.until(lambda number=number: _at_work(here) == number + 1)  # type: ignore[misc]
        reader, _writer = await here.comes()
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")

    on_a_server(check, connections_per_address=4)


def _at_work(here: Served) -> int:
    """Those whose request is under way: they have longer than one that is waited for."""
    soon_s = here.gate.clock() + here.gate.limits.header_s
    return sum(held.until_s is None or held.until_s > soon_s for held in here.gate.all())


@pytest.mark.parametrize("which", ["_accept", "_sweep"])
def test_a_console_that_takes_nobody_any_more_ends_and_says_so(
    which: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async def check(here: Served) -> None:
        app = FastAPI()
        app.state.tasks = [asyncio.create_task(asyncio.Event().wait())]
        with pytest.raises(ZeroDivisionError):
            async with asyncio.timeout(PATIENCE_S):
                await watch(here.server, app, Settings(), 16)
        app.state.tasks[0].cancel()

    monkeypatch.setattr(GatedServer, which, fails)
    on_a_server(check)
    assert "the console ends, since what takes its connections" in caplog.text
    assert "ZeroDivisionError: a bug" in caplog.text
