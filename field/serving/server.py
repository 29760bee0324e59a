"""Uvicorn behind the gate: connections are counted when they are accepted, before TLS begins."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from field.serving.gate import Gate, Held
from field.serving.protocol import TimedProtocol

_LOG: Final = logging.getLogger("cellhound.serving")
#: Accepted in one go, before those that are there get their turn.
_AT_ONCE: Final = 16
_SWEEP_S: Final = 0.5
_NO_FILES_S: Final = 0.2
#: Ms after which data that nobody acknowledges end a connection: a phone that is gone.
_GONE_MS: Final = 30_000
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
    b"Content-Type: application/json\r\nContent-Length: 46\r\n\r\n"
    b'{"detail": "too many connections; try again"}\n'
)


class GatedServer(uvicorn.Server):
    """A server whose signals are ours, and whose connections come through ``gate``."""

    def __init__(self, config: uvicorn.Config, gate: Gate) -> None:
        super().__init__(config)
        self._gate = gate
        self._listeners: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        #: What must go on as long as it serves: whoever runs it watches them.
        self.lasting: list[asyncio.Task[None]] = []

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to who runs it."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept at ``sockets``."""
        self._listeners = sockets or []
        # Uvicorn listens nowhere by itself.
        await super().startup(sockets=[])
        for listener in self._listeners:
            listener.setblocking(False)
            self.lasting.append(self._keep(self._accept(listener)))
        self.lasting.append(self._keep(self._sweep()))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accepts no more, and ends what there is."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().shutdown(sockets)

    def _keep(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self._gate.sweep()

    async def _accept(self, listener: socket.socket) -> None:
        loop, is_tls, number = asyncio.get_running_loop(), self.config.is_ssl, 0
        while True:
            try:
                accepted, peer = await loop.sock_accept(listener)
            except OSError as error:
                # No file is left, or the peer is gone again.
                self._gate.refuse()
                _LOG.warning("a connection can't be accepted: %s", error.strerror)
                await asyncio.sleep(_NO_FILES_S)
                continue
            held = self._gate.admit(str(peer[0]), accepted.close)
            if held is None:
                _LOG.warning("connections are refused: there are too many (%s)", self._gate.setting)
                _turn_away(accepted, is_tls)
            else:
                held.end = self._keep(self._begin(accepted, held)).cancel
            number += 1
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    async def _begin(self, accepted: socket.socket, held: Held) -> None:
        """Hands a connection to its protocol, after TLS where there is TLS."""
        loop = asyncio.get_running_loop()
        protocol = TimedProtocol(
            held, self._gate, self.config, self.server_state, self.lifespan.state
        )
        begun = False
        try:
            _notice_the_gone(accepted)
            await loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=self.config.ssl,
                ssl_handshake_timeout=self._gate.limits.header_s if self.config.ssl else None,
            )
            begun = True
        except OSError as error:
            # A handshake that failed, or took too long; the peer is nobody yet.
            _LOG.info("a connection came to nothing: %s", error)
        finally:
            if not begun:
                self._gate.leave(held)
                accepted.close()


def _turn_away(accepted: socket.socket, is_tls: bool) -> None:
    with contextlib.suppress(OSError), accepted:
        accepted.setblocking(False)
        if not is_tls:
            accepted.send(_FULL)


def _notice_the_gone(accepted: socket.socket) -> None:
    accepted.setblocking(False)
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_MS)
