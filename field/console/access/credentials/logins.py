"""Logging in: limited by address and account, in the background, and written into the log.

Where an account has a second factor, its password alone leads to the question for the code: who has
the password may know that it is right, and a guess at the code is counted like one at a password.
"""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

from field.alerts.life_cycle import Role
from field.console.access.accounts import Accounts, normal_name
from field.console.access.credentials.signing import Signer
from field.console.access.factors.codes import SecondFactors
from field.console.access.factors.setting_up import name_on, ticket_for
from field.console.access.network.access_log import AccessLog
from streams.listening import address_key

_T = TypeVar("_T")

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


#: Why somebody may not come in; ``code``: the password was right, and a code is needed.
Refusal = Literal["", "wrong", "over", "code", "code_wrong"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody sends who logs in. A ``ticket`` is that of an `Outcome` of before, and stands
    for name and password."""

    name: str = ""
    password: str = ""
    code: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``role`` of who may come in; else ``None``, why not, and the seconds to wait after too many.

    ``ticket`` is for the code that is needed yet.
    """

    name: str
    role: Role | None = None
    wait_s: int = 0
    refusal: Refusal = ""
    ticket: str = ""


class Logins:
    """Logins to ``accounts``. ``clock`` gives seconds.

    Guesses are limited by address, and by name from wherever they come: by the minute and by the
    hour. A name's limits hold for addresses only from which its owner has
    not logged in lately: so nobody is locked out, where they usually are, by others who guess.
    Those of codes hold everywhere: to get there takes the password.
    """

    def __init__(
        self,
        accounts: Accounts,
        factors: SecondFactors,
        signer: Signer,
        log: AccessLog,
        per_minute: int,
        clock: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._signer = signer
        self._log = log
        self._addresses = LoginLimit(per_minute, clock)
        self._names = LoginLimit(per_minute, clock)
        self._by_hour = LoginLimit(_MINUTES * per_minute, clock, window_s=_HOUR_S)
        self._codes = LoginLimit(per_minute, clock)
        self._codes_by_hour = LoginLimit(_MINUTES * per_minute, clock, window_s=_HOUR_S)
        self._logged: LoginLimit = LoginLimit(1, clock)
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="login")

    def close(self) -> None:
        """Ends the threads once they are done."""
        self._pool.shutdown()

    async def attempt(self, name: str, password: str, address: str) -> Outcome:
        """One attempt from ``address`` by the password alone, of somebody who is logged in."""
        return await self._attempt(Credentials(name, password), address, needs_code=False)

    async def log_in(self, sent: Credentials, address: str) -> Outcome:
        """One attempt from ``address`` by all that the account asks for."""
        if sent.ticket:
            named = await self._run(name_on, self._signer, self._accounts, sent.ticket)
            if named is None:
                return Outcome("", refusal="over")
            sent = replace(sent, name=named)
        return await self._attempt(sent, address, needs_code=True)

    async def _attempt(self, sent: Credentials, address: str, needs_code: bool) -> Outcome:
        name = normal_name(sent.name)[:64]
        network = address_key(address)
        limits, known = [(self._addresses, network)], False
        wait = self._addresses.wait_s(network)
        if not wait:
            known = await self._run(self._log.knows, name, address)
            if not known:
                limits += [(self._names, name), (self._by_hour, name)]
                wait = self._names.wait_s(name) or self._by_hour.wait_s(name)
        if wait:
            return await self._too_many(name, address, wait)
        if sent.ticket:
            role = await self._run(self._accounts.role, name)
        else:
            role = await self._run(self._accounts.check, name, sent.password)
        if role is None:
            await self._run(self._refused, "login_failed", name, address)
            return Outcome(name, refusal="wrong")
        if needs_code and await self._run(self._factors.has, name):
            refused = await self._second_step(name, sent, address)
            if refused is not None:
                if refused.refusal == "code":
                    _forgive(limits)
                return refused
        _forgive(limits)
        return Outcome(name, role)

    async def _second_step(self, name: str, sent: Credentials, address: str) -> Outcome | None:
        """Why the account's second factor lets nobody in; ``None`` where the code is right."""
        ticket = sent.ticket or await self._run(ticket_for, self._signer, self._accounts, name)
        if not sent.code.strip():
            return Outcome(name, refusal="code", ticket=ticket)
        wait = self._codes.wait_s(name) or self._codes_by_hour.wait_s(name)
        if wait:
            return await self._too_many(name, address, wait)
        verdict = await self._run(self._factors.check, name, sent.code)
        if verdict in ("wrong", "used"):
            detail = "a code that was used before" if verdict == "used" else "wrong code"
            await self._run(self._refused, "login_failed", name, address, detail)
            return Outcome(name, refusal="code_wrong", ticket=ticket)
        if verdict == "recovery":
            await self._run(self._by_recovery, name, address)
        _forgive([(self._codes, name), (self._codes_by_hour, name)])
        return None

    async def _too_many(self, name: str, address: str, wait_s: float) -> Outcome:
        if not self._logged.wait_s(address_key(address)):
            await self._run(self._refused, "login_limited", name, address)
        return Outcome(name, wait_s=math.ceil(wait_s))

    async def _run(self, act: Callable[..., _T], *given: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, act, *given)

    def _by_recovery(self, name: str, address: str) -> None:
        left = self._factors.left(name)
        self._log.write("recovery_code_used", name, address=address, detail=f"{left} left")

    def _refused(self, event: str, name: str, address: str, detail: str = "") -> None:
        # Who types a password where the name belongs shall not find it in a log.
        known = name if self._accounts.role(name) else ""
        self._log.write(
            event, known, address=address, detail=detail if known else "no such account"
        )


def _forgive(limits: list[tuple[LoginLimit, str]]) -> None:
    for limit, key in limits:
        limit.forgive(key)
