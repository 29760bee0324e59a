"""``cellhound accounts``: what the door prints about accounts. Errors are `ConfigError`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from field.console.access.accounts import Accounts, normal_name
from field.console.access.credentials.tokens import Tokens
from field.console.access.credentials.trail_keys import (
    change_trail_key,
    public_trail_keys,
    trail_key,
)
from field.console.access.database import open_database
from field.console.access.factors.codes import SecondFactors, address_of, new_secret
from field.console.access.network.access_log import COMMAND_LINE, AccessLog
from streams.config.settings import ConfigError, Settings
from streams.signed.keys import as_pem


def add(settings: Settings, name: str, role: str, password: str) -> str:
    """Add an account, or give it another role and password; a sentence for the user."""
    with _opened(settings) as (accounts, _, _, log):
        new = accounts.put(name, role, password)
        name = normal_name(name)
        log.write("account_added" if new else "account_changed", name, by=COMMAND_LINE, detail=role)
        if new:
            return f"Added {name} as {role}."
        return f"{name} has another password now, and is {role}; its sessions and tokens are over."


def summary(settings: Settings) -> str:
    """All accounts with their roles and tokens, a line each."""
    with _opened(settings) as (accounts, tokens, factors, _log):
        lines = []
        having = factors.names()
        for name, role in accounts.roles().items():
            lines.append(f"{name}  {role}" + ("  second factor" if name in having else ""))
            for token in tokens.all(name):
                lines.append(
                    f"  token {token.prefix}..  {token.label or 'no label'}, {token.scope}, "
                    f"ends {_day(token.until_s)}, used last {_day(token.used_s)}"
                )
        return "\n".join(lines) or "There are no accounts: cellhound accounts add NAME --role admin"


def remove(settings: Settings, name: str) -> str:
    """Remove an account with its tokens and sessions."""
    with _opened(settings) as (accounts, _, _, log):
        name = normal_name(name)
        if not accounts.remove(name, even_last=True):
            raise ConfigError(f"there is no account {name!r}; {accounts.known()}")
        log.write("account_removed", name, by=COMMAND_LINE)
        return f"Removed {name}; its sessions and tokens have ended."


def token(
    settings: Settings,
    name: str,
    label: str = "",
    days: float | None = None,
    scope: str | None = None,
) -> str:
    """A new API token of the account: what it is sent as, once."""
    with _opened(settings) as (_, tokens, _, log):
        name = normal_name(name)
        made = tokens.make(name, label, days, scope)
        log.write("token_made", name, by=COMMAND_LINE, detail=made[:12])
        return made


def begin_mfa(settings: Settings, name: str) -> tuple[str, str]:
    """A key for the authenticator app of an account that has no second factor yet, and its address;
    nothing is stored."""
    with _opened(settings) as (accounts, _, factors, _):
        name = _known(accounts, name)
        if factors.has(name):
            raise ConfigError(f"{name!r} has a second factor already; --off takes it away")
        secret = new_secret()
        return secret, address_of(name, secret)


def confirm_mfa(settings: Settings, name: str, secret: str, code: str) -> list[str]:
    """Give the account the second factor whose first code this is: its recovery codes, once."""
    with _opened(settings) as (accounts, _, factors, log):
        name = _known(accounts, name)
        codes = factors.add(name, secret, code)
        if codes is None:
            raise ConfigError(
                "the code isn't right, so nothing is changed; is this computer's clock right?"
            )
        log.write("mfa_added", name, by=COMMAND_LINE)
        return codes


def remove_mfa(settings: Settings, name: str) -> str:
    """Take the account's second factor away; its sessions end."""
    with _opened(settings) as (accounts, _, factors, log):
        name = _known(accounts, name)
        if not factors.remove(name):
            raise ConfigError(f"{name!r} has no second factor")
        log.write("mfa_removed", name, by=COMMAND_LINE)
        return f"{name} has no second factor any more; its sessions have ended."


def public_key(settings: Settings, new: bool = False) -> str:
    """The public keys of the consoles of these accounts as PEM, the one in use last; ``new`` makes
    another one to sign with from now on."""
    engine = open_database(settings.console.accounts)
    try:
        key = change_trail_key(engine) if new else trail_key(engine)
        others = dict(public_trail_keys(engine).by_id)
        del others[key.id]
        if new:
            log = AccessLog(engine, time.time, settings.console.address_days)
            log.write("trail_key_changed", "", by=COMMAND_LINE, detail=key.id)
        return "".join(as_pem(one) for one in (*others.values(), key.public))
    finally:
        engine.dispose()


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Accounts, Tokens, SecondFactors, AccessLog]]:
    engine = open_database(settings.console.accounts)
    try:
        log = AccessLog(engine, time.time, settings.console.address_days)
        accounts = Accounts(engine, time.time)
        tokens, factors = Tokens(engine, accounts, time.time), SecondFactors(engine, time.time)
        yield accounts, tokens, factors, log
    finally:
        engine.dispose()


def _known(accounts: Accounts, name: str) -> str:
    """The normal form of an account's name. Raises `ConfigError` where there is none."""
    name = normal_name(name)
    if accounts.role(name) is None:
        raise ConfigError(f"there is no account {name!r}; {accounts.known()}")
    return name


def _day(seconds: float | None) -> str:
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).date().isoformat()
