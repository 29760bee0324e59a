"""Passwords: argon2id hashes, checked in the same time whether the account exists or not."""

import re
import unicodedata
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from streams.config.settings import ConfigError

#: Length is what counts (NIST SP 800-63B 3.1.1.2); rules about kinds of characters don't help.
LEAST: Final = 12
#: Hashing takes time by the length too.
MOST: Final = 1024
#: Different letters and digits that are no word, run or repetition of those below.
_LEAST_LEFT: Final = 5
#: What stands at the head of every published list of stolen passwords, and our own words.
_USUAL: Final = (
    *("password", "passw0rd", "p@ssw0rd", "p@ssword", "passwort", "welcome", "letmein", "iloveyou"),
    *("qwerty", "asdfgh", "zxcvbn", "1q2w3e", "1qaz2wsx", "admin", "administrator", "root", "user"),
    *("login", "secret", "changeme", "default", "test", "guest", "master", "dragon", "monkey"),
    *("sunshine", "princess", "football", "baseball", "superman", "batman", "trustno1", "woaini"),
    *("abc123", "5201314", "cellhound", "console", "dispatcher", "viewer", "field"),
)
_ROWS: Final = (
    *("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("qazwsxedcrfvtgbyhnujmikolp", "1q2w3e4r5t6y7u8i9o0p"),
)
_YEAR: Final = re.compile("(19|20)[0-9]{2}")


class Passwords:
    """Makes and checks hashes by one set of parameters (the library's: RFC 9106's second choice).

    A check of the `nobody` hash always fails, and takes as long as that of any other.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str, name: str = "") -> str:
        """The hash to store for the account ``name``. Raises `ConfigError` for what is no
        password, or one that is guessed at once."""
        problem = problem_with(password, name)
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


def problem_with(password: str, name: str = "") -> str | None:
    """What is wrong with a password to be; ``None`` when nothing is. ``name`` is its account's.

    >>> problem_with("short")
    'the password has 5 characters; it needs 12 to 1024'
    >>> problem_with("correct horse") is None
    True
    """
    if not LEAST <= len(password) <= MOST:
        return f"the password has {len(password)} characters; it needs {LEAST} to {MOST}"
    if any(unicodedata.category(sign) in ("Cs", "Cc") for sign in password):
        return "the password has control characters in it"
    if is_weak(password, name):
        return (
            "the password is easily guessed: without the account's name, usual words, runs such as"
            f" 12345 and repetitions fewer than {_LEAST_LEFT} different signs are left of it; take"
            " several words"
        )
    return None


def is_weak(password: str, name: str = "") -> bool:
    """Whether next to nothing is left of a password without what is tried first.

    >>> [is_weak(word) for word in ("password123", "qwertyuiop", "aaaaaaaaaaaa", "admin12345")]
    [True, True, True, True]
    >>> is_weak("anna-2024-anna", "anna"), is_weak("correct horse battery")
    (True, False)
    """
    left = unicodedata.normalize("NFKC", password).casefold()
    for word in sorted((*_USUAL, *([name] if len(name) > 2 else [])), key=len, reverse=True):
        left = left.replace(word, "")
    left = _YEAR.sub("", left)
    kept = [sign for at, sign in enumerate(left) if at < 2 or not _goes_on(left[at - 2 : at + 1])]
    return len({sign for sign in kept if sign.isalnum()}) < _LEAST_LEFT


def _goes_on(three: str) -> bool:
    """Whether three signs are a run, up or down, of the alphabet, the digits or a row of keys."""
    return any(three in row or three in row[::-1] for row in _ROWS) or len(set(three)) == 1


def _normal(password: str) -> str:
    """One form for what keyboards write differently (RFC 8265 4.2)."""
    kept = password.encode("utf-8", "replace").decode()
    return unicodedata.normalize("NFC", kept)
