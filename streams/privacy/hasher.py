"""Hashes what names a person before anything is stored, logged or sent.

Devices and subscribers come as pseudonyms; where a producer lets a bare IMSI, IMEI or MSISDN
through, it is replaced here by a keyed hash, and so is a personal number as the sender of a short
message. Such numbers have too few values for a plain hash to hide anything: whoever has the key, or
a hash without one, can try them all. The key therefore stays with those who run the workers
(`streams.privacy.hashing_key`).
"""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec
import numpy as np

from detectors.model.columns import Text
from streams.limits import NAME_CHARACTERS

#: IMSI: at most 15 digits (TS 23.003 2.2), IMEI 14 to 15 and IMEISV 16 (TS 23.003 6.2), after an
#: optional scheme as in ``imsi-..`` (TS 23.501 5.9.2) or ``tel:``; E.164 numbers have 7 to 15.
#: Unambiguous, so that no text makes it try ways without end: no name begins as a separator does.
_BARE_NUMBER: Final = re.compile(
    r"\s*(?:(?:supi|imsi|imeisv?|msisdn|tel)[\s:=\-]*)*"
    r"(?:[0-9]{14,16}|\+[0-9](?:[ ().\-]{0,2}[0-9]){6,14})\s*",
    re.IGNORECASE,
)
#: First characters of what `_BARE_NUMBER` may match: a look at one character spares the rest.
_SUSPECT: Final = frozenset("+0123456789sSiImMtT \t\n\r\v\f")
#: Longer runs count too: unreadable Arrow data holds texts end to end. A hash of ours stays.
_NUMBER_IN_BYTES: Final = re.compile(
    rb"h-[0-9a-f]{24}|[0-9]{14,}|(?:\+|\\u002[bB])[0-9](?:[ ().\-]{0,2}[0-9]){6,14}"
)
_QUOTED_NUMBER: Final = re.compile(rb'(?<=")[0-9]{7,15}(?=")')
_NOT_DIGITS: Final = re.compile(r"[\s().\-]+")
_DIGEST_BYTES: Final = 12


class SenderRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which senders of short messages are people: the national numbering plan, as settings.

    ``personal`` and ``service`` are regular expressions for the whole national number. A number
    in international form (``+`` or ``00``) with at least ten digits is personal unless it is a
    service number of a country in ``country_codes``; a bare number is personal only where
    ``personal`` says so. Alphanumeric senders and short codes are no people.
    """

    country_codes: tuple[str, ...] = ("86",)
    personal: tuple[str, ...] = (r"1[3-9]\d{9}",)
    service: tuple[str, ...] = (r"106\d+", r"95\d{3,}", r"96\d{3,}", r"100\d{2,}", r"12\d{3}")

    def __post_init__(self) -> None:
        for pattern in (*self.personal, *self.service):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


class Hasher:
    """Replaces numbers that name people by ``h-`` and 24 hexadecimal digits, under one key.

    ``key`` has 1 to 64 bytes. The same number under the same key always gives the same hash.
    """

    def __init__(self, key: bytes, senders: SenderRules | None = None) -> None:
        rules = senders or SenderRules()
        self._key = key
        self._country_codes = rules.country_codes
        self._is_personal = _any_of(rules.personal)
        self._is_service = _any_of(rules.service)

    def pseudonym(self, text: str) -> str:
        """``text``, or its hash where it is a bare IMSI, IMEI or MSISDN, or too long for a name.

        >>> Hasher(b"key").pseudonym("d-17")
        'd-17'
        >>> Hasher(b"key").pseudonym("460001234567890")[:2]
        'h-'
        """
        if text[:1] not in _SUSPECT or not _BARE_NUMBER.fullmatch(text):
            return self._bounded(text, b"device")
        return self._hashed(re.sub(r"[^0-9+]", "", text), b"device")

    def pseudonyms(self, texts: Text, has_long: bool = True) -> Text:
        """`pseudonym` of each; ``texts`` itself where nothing had to be replaced.

        Without ``has_long`` none is too long for a name, as readers make sure of faster.
        """
        suspects = [i for i, text in enumerate(texts) if text and text[0] in _SUSPECT]
        suspects += _too_long(texts) if has_long else []
        return _replaced(texts, suspects, self.pseudonym)

    def sender(self, text: str) -> str:
        """``text``, or its hash where it is a person's number, or too long for a name.

        The ways to write one number give one hash, so that a phone's and a centre's record of a
        message still agree.

        >>> Hasher(b"key").sender("10086"), Hasher(b"key").sender("BANK")
        ('10086', 'BANK')
        >>> Hasher(b"key").sender("13812345678") == Hasher(b"key").sender("+86 138-1234-5678")
        True
        """
        number = self._international(_NOT_DIGITS.sub("", text))
        return self._bounded(text, b"sender") if number is None else self._hashed(number, b"sender")

    def senders(self, texts: Text, has_long: bool = True) -> Text:
        """As `pseudonyms`, `sender` of each."""
        suspects = [i for i, text in enumerate(texts) if text and not text[0].isalpha()]
        suspects += _too_long(texts) if has_long else []
        return _replaced(texts, suspects, self.sender)

    def scrub(self, raw: bytes) -> bytes:
        """``raw`` with all runs of digits hashed that look like an IMSI, IMEI or phone number."""

        def replace(match: re.Match[bytes]) -> bytes:
            run = match.group()
            if run.startswith(b"h-"):
                return run
            return self._hashed(re.sub(rb"[^0-9+]", b"", run).decode(), b"device").encode()

        def replace_quoted(match: re.Match[bytes]) -> bytes:
            return self.sender(match.group().decode()).encode()

        return _QUOTED_NUMBER.sub(replace_quoted, _NUMBER_IN_BYTES.sub(replace, raw))

    def scrub_text(self, text: str) -> str:
        """`scrub` for text, such as a note that somebody typed."""
        return self.scrub(text.encode("utf-8", "replace")).decode("utf-8", "replace")

    def _international(self, number: str) -> str | None:
        """``number`` as + and country code where it is a person's, else ``None``."""
        digits = number[1:] if number.startswith("+") else number
        digits = digits[2:] if digits.startswith("00") else digits
        if not (digits.isascii() and digits.isdigit()):
            return None
        national = [digits[len(code) :] for code in self._country_codes if digits.startswith(code)]
        if digits != number:
            if len(digits) < 10 or any(self._is_service(rest) for rest in national):
                return None
            return f"+{digits}"
        if not 10 <= len(digits) <= 15 or self._is_service(digits):
            return None
        if self._is_personal(digits):
            return f"+{self._country_codes[0] if self._country_codes else ''}{digits}"
        return f"+{digits}" if any(self._is_personal(rest) for rest in national) else None

    def _bounded(self, text: str, purpose: bytes) -> str:
        """``text``, or its hash where it is longer than any name: whoever has it is still one."""
        return text if len(text) <= NAME_CHARACTERS else self._hashed(text, purpose)

    def _hashed(self, number: str, purpose: bytes) -> str:
        digest = blake2b(
            number.encode(), digest_size=_DIGEST_BYTES, key=self._key[:64], person=purpose
        )
        return f"h-{digest.hexdigest()}"


def _too_long(texts: Text) -> list[int]:
    return [i for i, text in enumerate(texts) if text and len(text) > NAME_CHARACTERS]


def _replaced(texts: Text, rows: Sequence[int], replace: Callable[[str], str]) -> Text:
    changed: dict[int, Any] = {}
    for row in rows:
        new = replace(texts[row])
        if new is not texts[row]:
            changed[row] = new
    if not changed:
        return texts
    result = np.array(texts, dtype=np.object_)
    for row, new in changed.items():
        result[row] = new
    return result


def _any_of(patterns: Sequence[str]) -> Callable[[str], bool]:
    compiled = [re.compile(pattern, re.ASCII) for pattern in patterns]
    return lambda number: any(pattern.fullmatch(number) for pattern in compiled)
