"""An answer on its way out through the guard: with our headers, cut where a session has ended."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from field.console.access.network.headers import add_headers
from field.console.access.person import Person
from field.console.databases import FAILING

_Still = Callable[[], Awaitable[bool]]
_AS_FILE: Final = 'attachment; filename="api.json"'
#: A stream of events is looked at so often at most: has its session ended?
_LOOK_EVERY_S: Final = 1.0


class Answer:
    """Sends with headers added, and cuts a stream of events when its session has ended."""

    def __init__(self, send: Send, policy: str, by_tls: bool, path: str) -> None:
        self._send = send
        self._is_api = path.startswith("/api/")
        #: Who asks, and from where; what was answered.
        self.person: Person | None = None
        self.client = ""
        self.status = 0
        self._by_tls = by_tls
        self._policy = policy
        self._looked_s = time.monotonic()
        self._is_stream = False
        self.still: _Still | None = None
        self.started = False
        self.cut = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            self.status = message["status"]
            kind = headers.get("content-type", "")
            if self._is_api and kind.startswith("application/"):
                # A program that opens it is asked, and no browser shows it as a page.
                headers.setdefault("Content-Disposition", _AS_FILE)
            if self.person is not None and self.person.token_ends_s is not None:
                ends = datetime.fromtimestamp(self.person.token_ends_s, UTC)
                headers["Token-Ends"] = ends.isoformat(timespec="seconds")
            add_headers(headers, self._policy, self._by_tls)
            self._is_stream = kind.startswith("text/event-stream")
        elif self._is_stream and self.still is not None and await self._is_over():
            self.cut = True
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            raise OSError("the session has ended")
        await self._send(message)

    async def _is_over(self) -> bool:
        assert self.still is not None
        if self.cut:
            return True
        now = time.monotonic()
        if now - self._looked_s < _LOOK_EVERY_S:
            return False
        self._looked_s = now
        try:
            return not await self.still()
        except FAILING:
            # Nobody can have been removed while the accounts are away.
            return False
