"""Passwords: argon2id hashes, checked in the same time whether the account exists or not."""

import unicodedata
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from streams.config.settings import ConfigError

#: Length is what counts (NIST SP 800-63B 3.1.1.2); rules about kinds of characters don't help.
LEAST: Final = 10
#: Hashing takes time by the length too.
MOST: Final = 1024


class Passwords:
    """Makes and checks hashes by one set of parameters (the library's: RFC 9106's second choice).

    A check of the `nobody` hash always fails, and takes as long as that of any other.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The hash to store. Raises `ConfigError` for what is no password."""
        problem = problem_with(password)
        if problem:
            raise ConfigError(problem)
        return self._hasher.hash(_normal(password))

    def fits(self, password: str, stored: str | None) -> bool:
        """Whether ``password`` is that of ``stored``; ``None`` for an account that isn't there."""
        # One sign more than may be stored: what is longer never fits, and costs no more.
        typed, nobody = _normal(password[: MOST + 1]), self._nobody
        try:
            return self._hasher.verify(stored or nobody, typed) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_old(self, stored: str) -> bool:
        """Whether the hash was made by other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def problem_with(password: str) -> str | None:
    """What is wrong with a password to be; ``None`` when nothing is.

    >>> problem_with("short")
    'the password has 5 characters; it needs 10 to 1024'
    >>> problem_with("correct horse") is None
    True
    """
    if not LEAST <= len(password) <= MOST:
        return f"the password has {len(password)} characters; it needs {LEAST} to {MOST}"
    if any(unicodedata.category(sign) in ("Cs", "Cc") for sign in password):
        return "the password has control characters in it"
    return None


def _normal(password: str) -> str:
    """One form for what keyboards write differently (RFC 8265 4.2)."""
    kept = password.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", kept)
