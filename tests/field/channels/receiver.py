"""A web server that keeps what is posted to it, and answers as the test sets."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

from aiohttp import web

from tests.conftest import free_port


@dataclass
class Posted:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"")


@dataclass
class Receiver:
    """Where it is, what it got, and what it answers (all the same unless changed)."""

    url: str
    answer: Callable[[Posted], Answer] = field(default=lambda _: OK)
    posted: list[Posted] = field(default_factory=list)


@asynccontextmanager
async def receiver(
    port: int | None = None, context: SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """A receiver on loopback for as long as the block lasts, by TLS where there is a context."""
    port = port or free_port()
    there = Receiver(f"http{'s' if context else ''}://127.0.0.1:{port}")

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        posted = Posted(request.path, dict(request.query), headers, await request.read())
        there.posted.append(posted)
        status, more_headers, body = there.answer(posted)
        return web.Response(status=status, headers=more_headers, body=body)

    app = web.Application()
    app.router.add_route("POST", "/{anything:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
    try:
        yield there
    finally:
        await runner.cleanup()
