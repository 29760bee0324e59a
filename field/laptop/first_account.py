"""The first account: without any, everybody who uses this computer would be an administrator."""

import secrets
import time
from collections.abc import Mapping
from typing import Final

from field.console.access.accounts import Accounts
from field.console.access.database import open_database
from field.console.access.network.access_log import COMMAND_LINE, AccessLog
from streams.config.console import ConsoleSettings

NAME: Final = "admin"
#: Letters and digits that nobody takes for one another.
_SIGNS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
#: Four groups of five: 99 bits.
_GROUPS, _GROUP = 4, 5


def first_password(console: ConsoleSettings, env: Mapping[str, str]) -> str | None:
    """Makes the account ``admin`` where there is none at all: its password, which is kept nowhere
    but as a hash. None where there are accounts. Raises ConfigError."""
    engine = open_database(console.accounts, env)
    try:
        accounts = Accounts(engine, time.time)
        if accounts.exist():
            return None
        password = drawn_password()
        accounts.put(NAME, "admin", password)
        log = AccessLog(engine, time.time, console.address_days)
        log.write("account_added", NAME, by=COMMAND_LINE, detail="admin")
        return password
    finally:
        engine.dispose()


def drawn_password() -> str:
    """One that nobody guesses, and that can be read out."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))
