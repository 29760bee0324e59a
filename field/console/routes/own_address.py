"""Under which address the console is reached, for links in what it gives out.

The Host header is whatever a client writes: a link is built from it only where it names the very
address that the client is connected to, this computer's name, or loopback by loopback.
"""

import socket
from urllib.parse import urlsplit

from fastapi import Request

from streams.listening import in_url, is_loopback


def own_address(request: Request) -> str:
    """Scheme, host and port, without a slash at the end: ``console.public_url`` where it is set."""
    public = str(request.app.state.settings.console.public_url).rstrip("/")
    if public:
        return public
    scope = request.scope
    here, port = scope.get("server") or ("127.0.0.1", None)
    named = request.headers.get("host", "").lower()
    if not _is_ours(named, here, port):
        named = in_url(here) if port is None else f"{in_url(here)}:{port}"
    return f"{scope['scheme']}://{named}"


def _is_ours(named: str, here: str, port: int | None) -> bool:
    """Whether a Host header names the address ``here`` of this computer.

    >>> [_is_ours(name, "10.0.0.1", 8340) for name in ("10.0.0.1:8340", "evil.example:8340", "")]
    [True, False, False]
    >>> _is_ours("localhost:8340", "127.0.0.1", 8340), _is_ours("a@127.0.0.1", "127.0.0.1", 80)
    (True, False)
    """
    try:
        parts = urlsplit(f"//{named}")
        host, named_port = parts.hostname or "", parts.port
    except ValueError:
        return False
    # Nothing but host and port, written as they are written.
    bare = in_url(host)
    if named not in (bare, f"{bare}:{named_port}") or named_port not in (None, port):
        return False
    if is_loopback(here) and is_loopback(host):
        return True
    return host == here or host == socket.gethostname().lower()
