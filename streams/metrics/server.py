"""Serves ``/metrics``, ``/livez`` and ``/readyz`` of a process without a page of its own.

In threads of its own: an event loop that stands still can't say that it does. Few connections at a
time, each with little time, so that nobody who reaches the port can do more than keep others from
it. There is no password: beyond loopback it listens only where the settings ask for that.
"""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from streams.config.operation import MetricsSettings
from streams.config_error import ConfigError
from streams.listening import address, is_loopback
from streams.metrics.meters import CONTENT_TYPE, Meters
from streams.metrics.probes import OK, Probes

_MOST_AT_ONCE: Final = 8
_PATIENCE_S: Final = 5.0


@contextmanager
def serving(
    settings: MetricsSettings, meters: Meters, probes: Probes
) -> Iterator[tuple[str, int] | None]:
    """Serves at ``metrics.listen`` until the block ends; gives host and port, ``None`` where
    nothing is set. Raises ConfigError for an address that can't be listened on."""
    if not settings.listen:
        yield None
        return
    server = _Server(settings, meters, probes)
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
    thread.start()
    try:
        yield server.server_address[0], server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, settings: MetricsSettings, meters: Meters, probes: Probes) -> None:
        self.meters, self.probes = meters, probes
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)
        host, port = _address(settings)
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise ConfigError(
                f"metrics.listen: can't listen on {settings.listen} ({error.strerror or error})."
                " Each process needs a port of its own."
            ) from error

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks the name service for this host's name.
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # A time-out of the socket begins anew with each byte.
        over = threading.Timer(2 * _PATIENCE_S, _hang_up, (request,))
        over.daemon = True
        over.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            over.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up early or sends what is no HTTP is worth no line in the log."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S
    server_version, sys_version = "cellhound", ""

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(200, CONTENT_TYPE, self.server.meters.text())
            case "/livez":
                self._word(self.server.probes.live())
            case "/readyz":
                self._word(self.server.probes.ready())
            case _:
                self._answer(404, "text/plain; charset=utf-8", b"/metrics, /livez, /readyz\n")
        self.close_connection = True

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""

    def _word(self, word: str) -> None:
        self._answer(200 if word == OK else 503, "text/plain; charset=utf-8", f"{word}\n".encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _hang_up(connection: socket.socket) -> None:
    # In both directions: what reads from it comes to an end, and its own thread closes it.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _address(settings: MetricsSettings) -> tuple[str, int]:
    host, port = address(settings.listen, "metrics.listen")
    if not is_loopback(host) and not settings.beyond_loopback:
        raise ConfigError(
            f"metrics.listen: {settings.listen} is reached from other computers, and whoever"
            " reaches it reads all figures. Where a firewall lets only Prometheus through, set"
            " metrics.beyond_loopback to true."
        )
    return host, port
