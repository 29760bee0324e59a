"""Headers on every answer, so that a browser runs and shows nothing that isn't ours."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders

from streams.config.console import BasemapSettings

#: Set unless the answer has its own. Reading: OWASP's list of secure headers.
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    # Answers about incidents stay in no cache; files that may be kept set this themselves.
    "Cache-Control": "no-store",
}
#: A year: a browser that was here by TLS comes by nothing else (RFC 6797).
_HSTS: Final = "max-age=31536000"
_HOST_SIGNS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:[]*")


def policy(basemap: BasemapSettings) -> str:
    """The Content-Security-Policy of pages: all from here, and tiles from where the settings name.

    >>> policy(BasemapSettings()).split("; ")[0]
    "default-src 'self'"
    """
    tiles = _origin(basemap.source)
    more = f" {tiles}" if tiles else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' data: blob:{more}",
            f"connect-src 'self'{more}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def add_headers(headers: MutableHeaders, content_security_policy: str, by_tls: bool) -> None:
    """Puts in what an answer doesn't set itself; ``by_tls``: the browser got here by TLS."""
    if by_tls:
        headers.setdefault("Strict-Transport-Security", _HSTS)
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", content_security_policy)


def _origin(source: str) -> str:
    """Scheme and host of an address of tiles; "" for a file, or for what could end a directive."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return ""
    # {s} stands for one of several hosts.
    host = parts.netloc.lower().replace("{s}", "*")
    if parts.scheme not in ("http", "https") or not host or not set(host) <= _HOST_SIGNS:
        return ""
    return f"{parts.scheme}://{host}"
