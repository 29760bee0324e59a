"""Who answers at the ports of the settings: the console, what serves figures, or somebody else.

That a port takes connections says little: another program may have it, and then probes, links and
people reach that one. So it is asked what only ours answer.
"""

import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from field.doctor.check import Check, found
from streams.config.console import ConsoleSettings, is_database_address
from streams.config.operation import MetricsSettings
from streams.config.settings import ConfigError
from streams.listening import address, in_url
from streams.metrics.probes import OK

#: An answer takes no longer than this (s), whoever answers.
_PATIENCE_S: Final = 5.0
#: Of an answer no more is read: figures have their first line of ours long before.
_MOST_BYTES: Final = 262_144
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
#: A line that figures of all our programs have.
_OURS: Final = b"cellhound_build_info{"
_LONGEST_WORD: Final = 40


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of a request; ``status`` 0 for what is no HTTP."""

    status: int
    head: bytes = b""
    body: bytes = b""

    @property
    def is_console(self) -> bool:
        """Whether it is a console's answer to a probe: a word, with the policy of its pages."""
        return b"content-security-policy:" in self.head.lower() and len(self.word) <= _LONGEST_WORD

    @property
    def word(self) -> str:
        """The body of a probe's answer."""
        return self.body.decode("utf-8", "replace").strip()


def console(settings: ConsoleSettings, store: str | None) -> Check:
    """Whether a console answers at ``console.listen``; ``store`` is the file or address where one
    keeps what it read, ``None`` where that isn't known."""
    try:
        place = address(settings.listen, "console.listen")
    except ConfigError as error:
        return found("port.console", "no_address", error=error)
    by_tls, shown = bool(settings.tls_cert), settings.listen
    alive = _asked(place, "/livez", by_tls)
    if alive is None:
        was_here = store and not is_database_address(store) and Path(store).exists()
        case = "nobody_serves" if was_here else "nobody"
        return found("port.console", case, place=shown)
    if not (alive.is_console and alive.word == OK):
        return found("port.console", "other", place=shown, what=_named(alive, by_tls))
    ready = _asked(place, "/readyz", by_tls) or _Answer(0)
    if ready.is_console and ready.word == OK:
        return found("port.console", "ok", place=shown)
    word = ready.word if ready.is_console else "it gives no answer"
    return found("port.console", "not_ready", place=shown, word=word)


def figures(settings: MetricsSettings) -> Check:
    """Whether a program of ours serves its figures at ``metrics.listen``."""
    if not settings.listen:
        return found("port.figures", "unset")
    try:
        place = address(settings.listen, "metrics.listen")
    except ConfigError as error:
        return found("port.figures", "no_address", error=error)
    answer = _asked(place, "/metrics", by_tls=False)
    if answer is None:
        return found("port.figures", "nobody", place=settings.listen)
    if answer.status == 200 and _OURS in answer.body:
        return found("port.figures", "ok", place=settings.listen)
    what = _named(answer, by_tls=False)
    return found("port.figures", "other", place=settings.listen, what=what)


def _named(answer: _Answer, by_tls: bool) -> str:
    """Who answers, as far as that can be known."""
    if not answer.status:
        return "a program that speaks no HTTPS" if by_tls else "a program that speaks no HTTP"
    if answer.is_console or b'realm="cellhound"' in answer.head:
        return "a console"
    if answer.word == OK or _OURS in answer.body:
        return "what serves figures of a worker or of the channels"
    return f"another program (HTTP status {answer.status})"


def _asked(place: tuple[str, int], path: str, by_tls: bool) -> _Answer | None:
    """The answer to a request; ``None`` where nobody listens."""
    until_s = time.monotonic() + _PATIENCE_S
    host = _ANYWHERE.get(place[0], place[0])
    try:
        connection = socket.create_connection((host, place[1]), timeout=_PATIENCE_S)
    except (OSError, UnicodeError):
        return None
    got = b""
    with connection:
        try:
            stream = _context().wrap_socket(connection) if by_tls else connection
            stream.sendall(_request(host, place[1], path))
            while len(got) < _MOST_BYTES and (left_s := until_s - time.monotonic()) > 0:
                stream.settimeout(left_s)
                if not (part := stream.recv(65_536)):
                    break
                got += part
        except OSError:  # What came until then tells enough.
            pass
    head, _, body = got.partition(b"\r\n\r\n")
    words = head.split(b" ", 2)
    is_http = words[0].startswith(b"HTTP/1") and len(words) > 1 and words[1].isdigit()
    return _Answer(int(words[1]), head, body) if is_http else _Answer(0)


def _request(host: str, port: int, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {in_url(host)}:{port}\r\nConnection: close\r\n\r\n".encode()
    )


def _context() -> ssl.SSLContext:
    """TLS as such: whether the certificate is one to be believed is for browsers to see."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
