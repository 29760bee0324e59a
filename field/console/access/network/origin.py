"""Where a request comes from: a page of ours, another site, a program."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from streams.listening import is_loopback

#: What a proxy adds. Behind one, a loopback address doesn't show who asks.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_foreign(headers: Headers, public_host: str, null_is_ours: bool = False) -> bool:
    """Whether a browser sends this for a page that isn't ours. Programs send no origin, so False.

    ``null_is_ours``: a form of ours, by our own Referrer-Policy, names no origin.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    if origin is None:
        return False
    if origin == "null":
        return not null_is_ours
    return host_of(origin) not in (headers.get("host", "").lower(), public_host)


def is_local(headers: Headers) -> bool:
    """Whether this surely comes from this computer, given that we listen on loopback alone.

    A name that somebody else resolves to 127.0.0.1 stands in the Host header, and what a proxy
    passes on has been forwarded.
    """
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return False
    return bool(host) and is_loopback(str(host)) and not any(name in headers for name in _FORWARDED)


def host_of(address: str) -> str:
    """Host and port of an address in lower case; "" for what is none.

    >>> host_of("https://Console.example:8443/x")
    'console.example:8443'
    """
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
