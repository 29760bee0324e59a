"""The console's door: accounts, sessions, tokens and links of one configuration."""

import hmac
import time
from collections.abc import Callable
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.types import Scope

from field.console.access.accounts import Accounts, normal_name
from field.console.access.credentials.feeds import Feeds
from field.console.access.credentials.logins import Logins
from field.console.access.credentials.passwords import Passwords
from field.console.access.credentials.sessions import Sessions
from field.console.access.credentials.signing import Signer
from field.console.access.credentials.stored_keys import SIGNING, stored_key
from field.console.access.credentials.tokens import Tokens
from field.console.access.database import open_database
from field.console.access.factors.codes import SecondFactors
from field.console.access.network import listening
from field.console.access.network.access_log import AccessLog
from field.console.access.network.headers import policy
from field.console.access.network.origin import host_of
from field.console.access.network.places import Places
from field.console.access.network.proxy import Proxies
from field.console.access.person import LOCAL, ROLES, Person
from field.serving.local import is_local
from streams.config.console import ConsoleSettings
from streams.listening import address, in_url, is_loopback


class Access:
    """Made by `open`. ``clock`` gives seconds since the epoch; nothing else here reads a clock."""

    def __init__(
        self,
        settings: ConsoleSettings,
        clock: Callable[[], float],
        passwords: Passwords | None = None,
    ) -> None:
        self.proxies = Proxies(settings)
        self.engine = open_database(settings.accounts)
        self.accounts = Accounts(self.engine, clock, passwords)
        self.factors = SecondFactors(self.engine, clock)
        self._require_mfa = settings.require_mfa
        #: Accounts that may see victims.
        self.guardians = frozenset(map(normal_name, settings.guardians))
        self.tokens = Tokens(self.engine, self.accounts, clock)
        self.feeds = Feeds(self.engine, self.accounts, clock, settings.feeds)
        self.log = AccessLog(self.engine, clock, settings.address_days)
        self.signer = Signer(stored_key(self.engine, SIGNING), clock)
        self.sessions = Sessions(
            self.engine, self.signer, clock, settings.session_hours, settings.session_idle_minutes
        )
        self.logins = Logins(
            self.accounts,
            self.factors,
            self.signer,
            self.log,
            settings.logins_per_minute,
            clock,
        )
        self.policy = policy(settings.basemap)
        #: Event streams by account; requests under way by address behind a trusted proxy.
        self.streams = Places(settings.limits.streams_per_account)
        self.forwarded = Places(settings.limits.connections_per_address)
        self.public_host = host_of(settings.public_url)
        self.secure = bool(settings.tls_cert) or settings.public_url.startswith("https://")
        #: The prefix makes browsers refuse the cookie from anything but this very host, by TLS.
        self.cookie = "__Host-cellhound" if self.secure else "cellhound"
        host, port = address(settings.listen, "console.listen")
        self._loopback = is_loopback(host)
        own = f"http{'s' if settings.tls_cert else ''}://{in_url(host)}:{port}"
        self._base = settings.public_url.rstrip("/") or own

    @classmethod
    def open(
        cls,
        settings: ConsoleSettings,
        clock: Callable[[], float] = time.time,
        passwords: Passwords | None = None,
    ) -> "Access":
        """Access as it is set, with what is needed to listen checked. Raises `ConfigError`."""
        access = cls(settings, clock, passwords)
        try:
            listening.check(settings, access.accounts.exist())
        except BaseException:
            access.close()
            raise
        return access

    def close(self) -> None:
        """Lets go of the database and of what checks passwords."""
        self.logins.close()
        self.engine.dispose()

    def action_link(
        self, alert_id: str, action: str, ttl_s: float, by: str = "channel:link"
    ) -> str:
        """An address that does one thing when it is POSTed to within ``ttl_s`` seconds.

        ``by`` is an account, or ``channel:NAME``. Raises ValueError for an action there isn't.
        """
        return f"{self._base}/api/act/{self.signer.link(alert_id, action, ttl_s, by)}"

    def person(self, headers: Headers, peer: str) -> Person | None:
        """Who sends these headers from the address ``peer``; ``None`` for a stranger.

        A proxy that names its user has asked for what it wants to: no second factor is needed then.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._held(self.tokens.person(token.strip()))
        cookie = self.cookie_of(headers)
        person = self.sessions.of_cookie(cookie) if cookie else None
        if person is not None:
            return self._held(person)
        named = self.proxies.user(peer, headers)
        if named is not None:
            name = normal_name(named)
            role = self.accounts.role(name)
            return Person(name, role, csrf=self.signer.csrf(f"proxy {name}")) if role else None
        return LOCAL if self.is_open() and is_local(headers) else None

    def is_still(self, person: Person, headers: Headers, peer: str) -> bool:
        """Whether ``person`` may still read on by what the request came with."""
        now = self.person(headers, peer)
        if now is None or now.must_set_up:
            return False
        return (now.name, now.role) == (person.name, person.role)

    def must_set_up(self, name: str) -> bool:
        """Whether the account needs a second factor by `console.require_mfa`, and has none."""
        if not self._require_mfa:
            return False
        role = self.accounts.role(name)
        if role is None or ROLES.index(role) < ROLES.index(self._require_mfa):
            return False
        return not self.factors.has(name)

    def is_by_tls(self, scope: Scope) -> bool:
        """Whether a browser got here by TLS, also where a proxy of ours ends it."""
        if self.secure:
            return True
        peer = (scope.get("client") or ("", 0))[0]
        forwarded = Headers(scope=scope).getlist("x-forwarded-proto")
        return self.proxies.trusts(peer) and [one.lower() for one in forwarded] == ["https"]

    def is_open(self) -> bool:
        """Whether everybody on this computer may do everything: loopback, and no accounts."""
        return self._loopback and not self.accounts.exist()

    def is_csrf(self, person: Person, given: str) -> bool:
        """Whether ``given`` is what this person's page has to send."""
        return hmac.compare_digest(person.csrf.encode(), given.encode("utf-8", "replace"))

    def cookie_of(self, headers: Headers) -> str:
        """The value of our cookie; "" without one. Of several, none can be trusted."""
        pairs = (pair.strip().partition("=") for pair in headers.get("cookie", "").split(";"))
        values = [value for name, _, value in pairs if name == self.cookie]
        return values[0] if len(values) == 1 else ""

    def hint(self, headers: Headers) -> str:
        """What somebody without access, who asked with these, can do about it."""
        if headers.get("authorization", "").lower().startswith("bearer "):
            instead = (
                "leave it out" if self.is_open() else "make one: cellhound accounts token NAME"
            )
            return f"this token is not known here, or has expired; {instead}"
        if self.is_open():
            return (
                "without accounts the console answers only to this computer, by http://127.0.0.1;"
                " add one with: cellhound accounts add NAME --role admin"
            )
        return "log in, or send an API token"

    def _held(self, person: Person | None) -> Person | None:
        if person is not None and self.must_set_up(person.name):
            return replace(person, must_set_up=True)
        return person
