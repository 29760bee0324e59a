"""Where a request comes from: a page of ours, another site, a program."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers


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


def host_of(address: str) -> str:
    """Host and port of an address in lower case; "" for what is none.

    >>> host_of("https://Console.example:8443/x")
    'console.example:8443'
    """
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
