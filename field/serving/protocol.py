"""HTTP of one connection, with a time for each thing that is waited for.

Uvicorn closes a connection that is idle after an answer; until a request is whole, and while
nobody reads an answer, it waits for ever. Here the gate is told until when.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from field.serving.gate import Gate, Held


class TimedProtocol(H11Protocol):
    """Uvicorn's, that keeps ``held`` up to date."""

    def __init__(
        self, held: Held, gate: Gate, config: Config, state: ServerState, app_state: dict[str, Any]
    ) -> None:
        super().__init__(config, state, app_state)
        self._held, self._gate = held, gate
        #: The request that the times are of; whether the next is waited for, and has begun to come.
        self._current: RequestResponseCycle | None = None
        self._waits = self._begun = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """From here on the transport is what is to be ended."""
        self._held.end = transport.abort
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its place is free."""
        self._gate.leave(self._held)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request, or of several."""
        super().data_received(data)
        self._set_times(came=True)

    def on_response_complete(self) -> None:
        """The next request may come."""
        super().on_response_complete()
        self._set_times(came=False)

    def pause_writing(self) -> None:
        """What was sent isn't read."""
        self._held.unread_until_s = self._gate.clock() + self._gate.limits.unread_s
        super().pause_writing()

    def resume_writing(self) -> None:
        """It is."""
        self._held.unread_until_s = None
        super().resume_writing()

    def _set_times(self, came: bool) -> None:
        gate, limits, cycle = self._gate, self._gate.limits, self.cycle
        if cycle is not None and not cycle.response_complete:
            if self._current is not cycle:
                self._current, self._waits = cycle, False
                gate.works(self._held, limits.body_s)
            if not cycle.more_body:
                gate.works(self._held, None)
        elif not self._waits:
            # What comes after the answer may be the rest of a body that nobody wanted.
            self._waits, self._begun = True, False
            gate.waits(self._held, limits.idle_s)
        elif came and not self._begun:
            self._begun = True
            gate.waits(self._held, limits.header_s)
