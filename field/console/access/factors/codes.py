"""Codes by time (TOTP, RFC 6238) and recovery codes: stored, checked, each used once.

A code is of six digits, by SHA-1, and changes every 30 s: what every authenticator app can do.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Callable
from typing import Final, Literal

import pyotp
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from field.console.access.database import FACTORS, RECOVERY, SESSIONS
from streams.config.settings import ConfigError

#: ``used``: it was right, and somebody has used it (or a later one) before.
Verdict = Literal["right", "recovery", "used", "wrong"]

_STEP_S: Final = 30
#: Clocks may differ by so many steps, and a code may be typed late (RFC 6238 5.2 allows one).
_DRIFT: Final = 1
_DIGITS: Final = 6
RECOVERY_CODES: Final = 10
#: 24 letters and digits of base32 are 120 bits, so that a plain digest can't be guessed from.
_RECOVERY_BYTES: Final = 15
_GROUP: Final = 4
#: What is longer than any code is read no farther.
_MOST_SIGNS: Final = 100


def new_secret() -> str:
    """A key for an authenticator app: 160 bits as base32."""
    return pyotp.random_base32()


def address_of(name: str, secret: str) -> str:
    """The ``otpauth://`` address by which an app takes the key of the account."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="cellhound")


def step_of(secret: str, code: str, now_s: float) -> int | None:
    """The step of 30 s whose code this is, at ``now_s`` (s since the epoch); ``None`` for none.

    >>> secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B
    >>> step_of(secret, "287082", 59.0), step_of(secret, "287082", 61.0)
    (1, 1)
    >>> step_of(secret, "287082", 90.0), step_of(secret, "000000", 59.0)
    (None, None)
    """
    totp, now = pyotp.TOTP(secret, digits=_DIGITS, interval=_STEP_S), int(now_s) // _STEP_S
    found = None
    for step in range(max(0, now - _DRIFT), now + _DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def normal_code(code: str) -> str:
    """A code however it is typed: of digits of any width, in groups, of capitals or small.

    >>> normal_code(" 123 456"), normal_code("AB2C-DE3F")
    ('123456', 'ab2cde3f')
    """
    plain = unicodedata.normalize("NFKC", code[:_MOST_SIGNS]).casefold()
    return "".join(sign for sign in plain if sign.isascii() and sign.isalnum())


class SecondFactors:
    """The second factors of one database. ``clock`` gives seconds since the epoch."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock

    def has(self, name: str) -> bool:
        """Whether the account has a second factor."""
        query = sa.select(FACTORS.c.name).where(FACTORS.c.name == name)
        with self._engine.connect() as db:
            return db.execute(query).first() is not None

    def names(self) -> set[str]:
        """The accounts that have one."""
        with self._engine.connect() as db:
            return set(db.execute(sa.select(FACTORS.c.name)).scalars())

    def left(self, name: str) -> int:
        """How many recovery codes the account has left."""
        query = sa.select(sa.func.count()).select_from(RECOVERY).where(RECOVERY.c.name == name)
        with self._engine.connect() as db:
            return int(db.execute(query).scalar() or 0)

    def add(self, name: str, secret: str, code: str) -> list[str] | None:
        """Give the account a second factor, if ``code`` shows that its app has the key.

        Its recovery codes, which are kept nowhere in plain; ``None`` where the code isn't right.
        Raises `ConfigError` where the account has a second factor, or there is no such account.
        """
        now = self._clock()
        step = step_of(secret, normal_code(code), now)
        if step is None:
            return None
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        rows = [{"digest": _digest(name, normal_code(one)), "name": name} for one in codes]
        try:
            with self._engine.begin() as db:
                row = {"name": name, "seed": secret, "last_step": step, "made_s": now}
                db.execute(sa.insert(FACTORS).values(**row))
                db.execute(sa.insert(RECOVERY), rows)
        except sa.exc.IntegrityError as error:
            raise ConfigError(
                f"{name!r} has a second factor already, or is no account; switch it off first"
            ) from error
        return codes

    def check(self, name: str, code: str) -> Verdict:
        """What a code is to the account; one that is right can't be used again."""
        code = normal_code(code)
        if len(code) != _DIGITS:
            return "recovery" if self._use_recovery(name, code) else "wrong"
        query = sa.select(FACTORS.c.seed).where(FACTORS.c.name == name)
        with self._engine.connect() as db:
            secret = db.execute(query).scalar()
        step = None if secret is None else step_of(secret, code, self._clock())
        if step is None:
            return "wrong"
        # Of two who send the same code at once, one finds the step as it was.
        unused = (FACTORS.c.name == name) & (FACTORS.c.last_step < step)
        with self._engine.begin() as db:
            done = db.execute(sa.update(FACTORS).where(unused).values(last_step=step))
        return "right" if done.rowcount else "used"

    def remove(self, name: str) -> bool:
        """Take the account's second factor away, and end its sessions; False where it has none."""
        with self._engine.begin() as db:
            done = db.execute(sa.delete(FACTORS).where(FACTORS.c.name == name))
            db.execute(sa.delete(RECOVERY).where(RECOVERY.c.name == name))
            if done.rowcount:
                db.execute(sa.delete(SESSIONS).where(SESSIONS.c.name == name))
        return bool(done.rowcount)

    def _use_recovery(self, name: str, code: str) -> bool:
        this = (RECOVERY.c.name == name) & (RECOVERY.c.digest == _digest(name, code))
        with self._engine.begin() as db:
            return bool(db.execute(sa.delete(RECOVERY).where(this)).rowcount)


def _recovery_code() -> str:
    """A new one, in groups that can be read aloud."""
    plain = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))


def _digest(name: str, code: str) -> str:
    return hashlib.sha256(f"{name}\0{code}".encode()).hexdigest()
