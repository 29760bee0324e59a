"""What goes to a client and comes back signed: a key to be confirmed, a password that was right.

Nothing is stored for either, so that nobody who begins again and again fills anything, and what
another session has begun can't be seen.
"""

from dataclasses import dataclass
from typing import Final

from field.console.access.accounts import Accounts
from field.console.access.credentials.signing import Signer
from field.console.access.factors.codes import address_of, new_secret

#: How long somebody may take to add the key to an app, or to type the code (s).
SET_UP_S: Final = 1800.0
CODE_S: Final = 300.0
_SET_UP: Final = "mfa set-up"
_PASSED: Final = "password passed"


@dataclass(frozen=True, slots=True)
class SetUp:
    """A key that isn't in use yet; ``slip`` has to come back with the first code."""

    secret: str
    uri: str
    slip: str


def begin(signer: Signer, name: str, csrf: str) -> SetUp:
    """A new key for the account, for the session whose page sends ``csrf``."""
    secret = new_secret()
    slip = signer.slip(_SET_UP, [name, csrf, secret], SET_UP_S)
    return SetUp(secret, address_of(name, secret), slip)


def again(signer: Signer, name: str, csrf: str, slip: str) -> SetUp | None:
    """What was begun; ``None`` where it is over, or was begun by another session."""
    match signer.read_slip(_SET_UP, slip):
        case [str(of), str(session), str(secret)] if (of, session) == (name, csrf):
            return SetUp(secret, address_of(name, secret), slip)
        case _:
            return None


def ticket_for(signer: Signer, accounts: Accounts, name: str) -> str:
    """Says for a while that the account's password, as it is now, was typed."""
    return signer.slip(_PASSED, [name, accounts.mark(name)], CODE_S)


def name_on(signer: Signer, accounts: Accounts, ticket: str) -> str | None:
    """Whose password was typed; ``None`` when that is over, or the password is another now."""
    match signer.read_slip(_PASSED, ticket):
        case [str(name), str(mark)] if mark and mark == accounts.mark(name):
            return name
        case _:
            return None
