"""The door of feeds: the secret in the address is the credential, for that one feed alone."""

from typing import Any, Final, NamedTuple

from field.console.access.access import Access

FEEDS_PATH: Final = "/feeds/"
_UNKNOWN: Final = "this feed isn't known, is over, or was taken back"


class NotIn(NamedTuple):
    """Why a request doesn't come in: status, sentence, headers."""

    status: int
    detail: str
    headers: dict[str, str]


def enter(access: Access, path: str, client: str) -> dict[str, Any] | NotIn:
    """What a request for a path below `FEEDS_PATH` comes in with: the feed, and its maker as a
    viewer. Blocking.

    A maker who must set up a second factor first has no feeds until then.
    """
    secret = path.removeprefix(FEEDS_PATH).partition("/")[0]
    found = access.feeds.opened(secret)
    if found is None or access.must_set_up(found[0].name):
        # Not 401: whoever has an address and no account can't log in.
        wait_s = access.feeds.wrong_s(client)
        return _too_many(wait_s) if wait_s else NotIn(403, _UNKNOWN, {})
    feed, maker = found
    wait_s = access.feeds.wait_s(feed)
    return _too_many(wait_s) if wait_s else {"feed": feed, "person": maker}


def _too_many(wait_s: float) -> NotIn:
    shown = int(wait_s) + 1
    return NotIn(429, f"too many requests; wait {shown} s", {"retry-after": str(shown)})
