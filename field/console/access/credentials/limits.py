"""How often somebody may try to log in: by address and by account, in bounded memory."""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

_WINDOW_S: Final = 60.0
#: Addresses and names remembered at once; the one not seen for longest is forgotten first.
_MOST_KEYS: Final = 10_000


class LoginLimit:
    """At most ``per_minute`` attempts for each key in any minute. ``clock`` gives seconds.

    >>> limit = LoginLimit(1, lambda: 0.0)
    >>> limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")
    (0.0, 60.0, 0.0)
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float], most_keys: int = _MOST_KEYS
    ) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._most_keys = most_keys
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Counts an attempt; 0 when it may be made, else the seconds until one may."""
        now = self._clock()
        attempts = self._attempts.setdefault(key, deque(maxlen=self._per_minute))
        self._attempts.move_to_end(key)
        while len(self._attempts) > self._most_keys:
            self._attempts.popitem(last=False)
        while attempts and attempts[0] <= now - _WINDOW_S:
            attempts.popleft()
        if len(attempts) >= self._per_minute:
            return attempts[0] + _WINDOW_S - now
        attempts.append(now)
        return 0.0

    def forgive(self, key: str) -> None:
        """The newest attempt was right, so it doesn't count."""
        if self._attempts.get(key):
            self._attempts[key].pop()

    def __len__(self) -> int:
        return len(self._attempts)


def address_key(address: str) -> str:
    """The network that one attacker holds: an IPv4 address, or the /64 of an IPv6 one.

    >>> address_key("192.0.2.7"), address_key("2001:db8::1:2:3:4"), address_key("unix")
    ('192.0.2.7', '2001:db8::/64', 'unix')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
