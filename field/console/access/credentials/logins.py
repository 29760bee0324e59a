"""Logging in: limited by address and account, in the background, and written into the log."""

import asyncio
import ipaddress
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from field.alerts.life_cycle import Role
from field.console.access.accounts import Accounts, normal_name
from field.console.access.network.access_log import AccessLog

#: Each check takes 64 MiB and a core for a moment: more at once would only wait for each other.
_AT_ONCE: Final = 2

_WINDOW_S: Final = 60.0
_HOUR_S: Final = 3600.0
#: A name may be guessed at in an hour so often as in so many minutes.
_MINUTES: Final = 5
#: Addresses and names remembered at once; the one not seen for longest is forgotten first.
_MOST_KEYS: Final = 10_000


class LoginLimit:
    """At most ``most`` attempts for each key in any ``window_s``. ``clock`` gives seconds.

    >>> limit = LoginLimit(1, lambda: 0.0)
    >>> limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")
    (0.0, 60.0, 0.0)
    """

    def __init__(
        self,
        most: int,
        clock: Callable[[], float],
        most_keys: int = _MOST_KEYS,
        window_s: float = _WINDOW_S,
    ) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._most_keys = most_keys
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Counts an attempt; 0 when it may be made, else the seconds until one may."""
        now = self._clock()
        attempts = self._attempts.setdefault(key, deque(maxlen=self._most))
        self._attempts.move_to_end(key)
        while len(self._attempts) > self._most_keys:
            self._attempts.popitem(last=False)
        while attempts and attempts[0] <= now - self._window_s:
            attempts.popleft()
        if len(attempts) >= self._most:
            return attempts[0] + self._window_s - now
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """``role`` of who may come in; else ``None``, and the seconds to wait after too many."""

    name: str
    role: Role | None = None
    wait_s: int = 0


class Logins:
    """Logins to ``accounts``. ``clock`` gives seconds.

    Guesses are limited by address, and by name from wherever they come: by the minute and by the
    hour. A name's limits hold for addresses only from which its owner has
    not logged in lately: so nobody is locked out, where they usually are, by others who guess.
    """

    def __init__(
        self, accounts: Accounts, log: AccessLog, per_minute: int, clock: Callable[[], float]
    ) -> None:
        self._accounts = accounts
        self._log = log
        self._addresses = LoginLimit(per_minute, clock)
        self._names = LoginLimit(per_minute, clock)
        self._by_hour = LoginLimit(_MINUTES * per_minute, clock, window_s=_HOUR_S)
        self._logged: LoginLimit = LoginLimit(1, clock)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="login")

    def close(self) -> None:
        """Ends the threads once they are done."""
        self._pool.shutdown()

    async def attempt(self, name: str, password: str, address: str) -> Outcome:
        """One attempt from ``address``."""
        name = normal_name(name)[:64]
        network = address_key(address)
        loop = asyncio.get_running_loop()
        wait = self._addresses.wait_s(network)
        if not wait:
            known = await loop.run_in_executor(self._pool, self._log.knows, name, address)
            wait = 0.0 if known else self._names.wait_s(name) or self._by_hour.wait_s(name)
        if wait:
            if not self._logged.wait_s(network):
                await loop.run_in_executor(
                    self._pool, self._refused, "login_limited", name, address
                )
            return Outcome(name, wait_s=math.ceil(wait))
        role = await loop.run_in_executor(self._pool, self._accounts.check, name, password)
        if role is None:
            await loop.run_in_executor(self._pool, self._refused, "login_failed", name, address)
            return Outcome(name)
        self._addresses.forgive(network)
        if not known:
            self._names.forgive(name)
            self._by_hour.forgive(name)
        return Outcome(name, role)

    def _refused(self, event: str, name: str, address: str) -> None:
        # Who types a password where the name belongs shall not find it in a log.
        known = name if self._accounts.role(name) else ""
        self._log.write(event, known, address=address, detail="" if known else "no such account")
