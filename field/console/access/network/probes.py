"""``/livez`` and ``/readyz``: answered before the guard, with one word and nothing else.

Whoever starts and stops the console has no account. What they learn is that it runs, and in a word
of a list why it is not ready.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from field.console.access.network.headers import add_headers
from streams.metrics.probes import OK

_PATHS: Final = ("/livez", "/readyz")


class Probes:
    """ASGI middleware around everything else; ``answered`` is given the status of each answer;
    ``is_by_tls`` knows of a proxy that ends it."""

    def __init__(
        self,
        app: ASGIApp,
        ready: Callable[[], Awaitable[str]],
        answered: Callable[[int], None],
        policy: str,
        is_by_tls: Callable[[Scope], bool],
    ) -> None:
        self._app, self._ready, self._answered, self._policy = app, ready, answered, policy
        self._is_by_tls = is_by_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(message["status"])
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] in _PATHS and scope["method"] in ("GET", "HEAD"):
            word = OK if scope["path"] == "/livez" else await self._ready()
            answer = PlainTextResponse(f"{word}\n", 200 if word == OK else 503)
            headers = MutableHeaders(raw=answer.raw_headers)
            add_headers(headers, self._policy, self._is_by_tls(scope))
            await answer(scope, receive, counted)
        else:
            await self._app(scope, receive, counted)
