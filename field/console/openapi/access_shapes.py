"""What routes of accounts and feeds answer, and what errors are."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from field.alerts.life_cycle import Role
from field.console.access.credentials.sessions import Session
from field.console.access.credentials.tokens import Token


class SharedFeed(msgspec.Struct, kw_only=True):
    """A feed, without its address; ``asked`` is its filter."""

    id: str
    name: str
    label: str
    format: str
    asked: dict[str, Any]
    refresh_s: int
    made_s: float
    until_s: float
    used_s: float | None
    uses: int


class SharedFeeds(msgspec.Struct):
    """Feeds, the newest first, and whether one may make some."""

    feeds: list[SharedFeed]
    may_share: bool


class MadeFeed(msgspec.Struct):
    """A new feed with its addresses, which are shown only now."""

    feed: SharedFeed
    url: str
    network_link: str | None


class TokenList(msgspec.Struct):
    """Tokens of an account, or all."""

    tokens: list[Token]


class MadeToken(msgspec.Struct):
    """A new token, shown only now."""

    token: str
    prefix: str
    name: str


class CredentialChange(msgspec.Struct):
    """What became of an account's credentials, and by whom."""

    event: str
    ts: int
    by: str


class Me(msgspec.Struct, kw_only=True):
    """Who asks, and what the page needs to know at its start."""

    version: str
    shell: str
    now: int
    title: str
    basemap: dict[str, Any]
    replay: bool
    behind_ms: int
    four_eyes: bool
    name: str
    role: Role
    csrf: str
    by_token: bool
    guardian: bool
    open: bool
    changes: list[CredentialChange]
    ending: list[Token]


class LoggedIn(msgspec.Struct):
    """The session has begun; ``csrf`` is what a page then sends in X-CSRF-Token."""

    name: str
    role: Role
    csrf: str


class SessionList(msgspec.Struct):
    """One's own sessions, the one used last first."""

    sessions: list[Session]


class AccountInfo(msgspec.Struct):
    """An account, and whether it has a second factor."""

    name: str
    role: Role
    mfa: bool


class AccountList(msgspec.Struct):
    """All accounts."""

    accounts: list[AccountInfo]


class AccountRole(msgspec.Struct):
    """An account and its role."""

    name: str
    role: Role


class AccessEntry(msgspec.Struct):
    """Who came in, who was refused, what became of an account."""

    number: int
    ts: int
    event: str
    name: str
    by: str
    detail: str
    address: str


class AccessEntries(msgspec.Struct):
    """The newest first; ``next`` is the ``before`` of the following page."""

    entries: list[AccessEntry]
    next: int | None


class SecondFactor(msgspec.Struct):
    """Whether there is one, and how many recovery codes are left."""

    on: bool
    recovery_codes: int


class BegunFactor(msgspec.Struct):
    """A key for an app, and the slip that has to come back with a code."""

    secret: str
    uri: str
    slip: str


class RecoveryCodes(msgspec.Struct):
    """Shown only now; each stands in for one code."""

    recovery_codes: list[str]


class Problem(msgspec.Struct, kw_only=True):
    """One parameter or field that is wrong. Of an unknown name or value also which, and what is
    allowed."""

    loc: list[str]
    msg: str
    type: str
    field: str | UnsetType = UNSET
    value: str | UnsetType | None = UNSET
    allowed: list[str] | UnsetType = UNSET


class Error(msgspec.Struct, kw_only=True):
    """Why a request was not answered: a sentence, or (422, under ``/ogc`` 400) a list of what is
    wrong. 409 of the life cycle has the state and what is allowed; 401 of a login, where the
    account has a second factor, ``code_needed`` and the ``ticket`` to send the code with."""

    detail: str | list[Problem]
    state: str | UnsetType = UNSET
    allowed: list[str] | UnsetType = UNSET
    code_needed: bool | UnsetType = UNSET
    ticket: str | UnsetType = UNSET
