"""Whether a request comes from this computer."""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from streams.listening import is_loopback

#: What a proxy adds. Behind one, a loopback address doesn't show who asks.
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


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
