"""What the console signs: cookies, what pages send against forgery, and action links.

One key, kept beside the accounts so that sessions outlive a restart and several consoles agree. A
purpose goes into every signature: one made for a link is nothing in a cookie.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer

from field.alerts.life_cycle import NEXT, Role, lettered

#: A button in a message does its thing for so long (s).
LINK_S: Final = 86_400.0
_ACTIONS: Final = frozenset(action for _state, action in NEXT)


@dataclass(frozen=True, slots=True)
class Signed:
    """The content of an action link: do ``action`` about ``alert_id``, in the name of ``by``.

    ``action_id`` is the same however often the link is followed, so that following it twice is
    nothing more.
    """

    alert_id: str
    action: str
    by: str
    action_id: str
    until_s: float


class Signer:
    """Signs and checks under one key. ``clock`` gives seconds since the epoch."""

    def __init__(self, key: str, clock: Callable[[], float]) -> None:
        self._key = key
        self._clock = clock
        self._cookies = self._serializer("session")
        self._links = self._serializer("action-link")

    def cookie(self, session: str) -> str:
        """The cookie's value for a session."""
        return str(self._cookies.dumps(session))

    def session(self, cookie: str) -> str | None:
        """The session of a cookie that we made; else ``None``."""
        found = _loaded(self._cookies, cookie)
        return found if isinstance(found, str) else None

    def csrf(self, of: str) -> str:
        """What the page of a session (or of a proxy's user) has to send in X-CSRF-Token."""
        digest = hmac.new(self._key.encode(), b"csrf " + of.encode(), hashlib.sha256)
        return digest.hexdigest()

    def link(self, alert_id: str, action: str, ttl_s: float, by: str) -> str:
        """The signed part of an action link. Raises ValueError for an action that there isn't."""
        if action not in _ACTIONS:
            raise ValueError(f"{action!r} is no action; actions are {', '.join(sorted(_ACTIONS))}")
        until = int(self._clock() + ttl_s)
        return str(self._links.dumps([alert_id, action, by, until]))

    def read_link(self, signed: str) -> Signed | None:
        """The content of a link that we made and whose time isn't over; else ``None``."""
        match _loaded(self._links, signed):
            case [str(alert_id), str(action), str(by), int(until)] if self._clock() < until:
                # Of the content, not of its encoding: one content has several base64 forms.
                content = "\0".join((alert_id, action, by, str(until)))
                digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
                return Signed(alert_id, action, by, f"link-{lettered(digest[:32])}", float(until))
            case _:
                return None

    def slip(self, purpose: str, content: list[str], ttl_s: float) -> str:
        """``content`` for a client to hand back within ``ttl_s`` seconds; it can be read there."""
        until = int(self._clock() + ttl_s)
        return str(self._serializer(purpose).dumps([content, until]))

    def read_slip(self, purpose: str, text: str) -> list[Any] | None:
        """What we wrote on a slip for this purpose; ``None`` when it isn't ours or is over."""
        match _loaded(self._serializer(purpose), text):
            case [list(content), int(until)] if self._clock() < until:
                return content
            case _:
                return None

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._key,
            salt=f"cellhound {purpose}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )


#: Whose role an action link's record carries where ``by`` is a channel and no account.
LINK_ROLE: Final[Role] = "field"


def _loaded(serializer: URLSafeSerializer, text: str) -> Any:
    try:
        return serializer.loads(text)
    except BadData:
        return None
