"""Logging in: limited by address and account, in the background, and written into the log."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from field.alerts.life_cycle import Role
from field.console.access.accounts import Accounts, normal_name
from field.console.access.credentials.limits import LoginLimit, address_key
from field.console.access.network.access_log import AccessLog

#: Each check takes 64 MiB and a core for a moment: more at once would only wait for each other.
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """``role`` of who may come in; else ``None``, and the seconds to wait after too many."""

    name: str
    role: Role | None = None
    wait_s: int = 0


class Logins:
    """Logins to ``accounts``. ``clock`` gives seconds."""

    def __init__(
        self, accounts: Accounts, log: AccessLog, per_minute: int, clock: Callable[[], float]
    ) -> None:
        self._accounts = accounts
        self._log = log
        self._addresses = LoginLimit(per_minute, clock)
        self._names = LoginLimit(per_minute, clock)
        self._logged: LoginLimit = LoginLimit(1, clock)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="login")

    def close(self) -> None:
        """Ends the threads once they are done."""
        self._pool.shutdown()

    async def attempt(self, name: str, password: str, address: str) -> Outcome:
        """One attempt from ``address``."""
        name = normal_name(name)[:64]
        network = address_key(address)
        wait = self._addresses.wait_s(network) or self._names.wait_s(name)
        loop = asyncio.get_running_loop()
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
        self._names.forgive(name)
        return Outcome(name, role)

    def _refused(self, event: str, name: str, address: str) -> None:
        # Who types a password where the name belongs shall not find it in a log.
        known = name if self._accounts.role(name) else ""
        self._log.write(event, known, address=address, detail="" if known else "no such account")
