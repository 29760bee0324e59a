"""Settings with their secrets masked: what may be shown, logged, or put into a file for others.

What is secret shows in a key's name, and in what addresses carry: a user, a query, and for a
channel's address also the path, since group bots and push services keep their keys there.
"""

import re
from typing import Any, Final
from urllib.parse import urlsplit

MASK: Final = "***"
#: What names a secret's place is none itself.
_PLACE: Final = ("_env", "_file")
#: Words in a key's name that make its value a secret.
_SECRET: Final = re.compile(
    r"pass(word|phrase)?$|secret|token|api_?key|auth|credential|webhook_?key", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"^[a-z][a-z0-9+.\-]*://", re.IGNORECASE)
#: Sections whose addresses are secrets as a whole, but for where they lead.
_BOTS: Final = ("channels",)


def masked(tree: Any, path: tuple[str, ...] = ()) -> Any:
    """A copy of plain data (`msgspec.to_builtins`) without secrets.

    >>> masked({"console": {"store": "postgresql://u:p@db/x"}, "channels": [{"password": "x"}]})
    {'console': {'store': 'postgresql://***@db/x'}, 'channels': [{'password': '***'}]}
    >>> masked({"channels": [{"url": "https://bots.example:8443/send/77f1?key=1"}]})
    {'channels': [{'url': 'https://bots.example:8443/***'}]}
    """
    if isinstance(tree, dict):
        return {
            key: MASK if _is_secret(str(key), value) else masked(value, (*path, str(key)))
            for key, value in tree.items()
        }
    if isinstance(tree, list | tuple):
        return [masked(value, path) for value in tree]
    if isinstance(tree, str) and _ADDRESS.match(tree):
        return _masked_address(tree, is_bot=bool(path) and path[0] in _BOTS)
    return tree


def _is_secret(key: str, value: Any) -> bool:
    if key.endswith(_PLACE):
        return False
    return bool(_SECRET.search(key)) and isinstance(value, str) and value != ""


def _masked_address(text: str, is_bot: bool) -> str:
    try:
        address = urlsplit(text)
        port = f":{address.port}" if address.port else ""
    except ValueError:
        return MASK
    user = f"{MASK}@" if "@" in address.netloc else ""
    host = f"[{address.hostname}]" if ":" in (address.hostname or "") else address.hostname or ""
    inner = address.path
    if is_bot:
        inner = f"/{MASK}" if address.path.strip("/") or address.query else address.path
    elif address.query:
        inner = f"{inner}?{MASK}"
    return f"{address.scheme}://{user}{host}{port}{inner}"
