"""Hashes what names a person before anything is stored, logged or sent.

Devices and subscribers come as pseudonyms; where a producer lets a bare IMSI, IMEI or MSISDN
through, it is replaced here by a keyed hash, and so is a personal number as the sender of a short
message. Such numbers have too few values for a plain hash to hide anything: whoever has the key, or
a hash without one, can try them all. The key therefore stays with those who run the workers
(`streams.privacy.hashing_key`).
"""

import re
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detectors.model.columns import F8, Text
from streams.limits import NAME_CHARACTERS
from streams.privacy.cover import Cover
from streams.privacy.flat import flat, is_flat
from streams.privacy.identifiers import Identifiers
from streams.privacy.numbering import Numbering, SenderRules
from streams.privacy.plain_columns import CleanNames, is_plain
from streams.privacy.sub_keys import sub_key
from streams.privacy.telephones.columns import Numbers, TelephoneColumns
from streams.privacy.telephones.number import Number, Telephones

#: Of a longer name no form is looked for: it is hashed as it is.
_LONGEST_NAME: Final = 2048
_SCHEME: Final = re.compile(r"(?:(?:sips?|tel|msisdn|urn)[:=\s]+)+", re.IGNORECASE)
_NOT_DIGITS: Final = re.compile(r"[\s().\-]+")
_TELEPHONE: Final = re.compile(r"\+?[0-9]+", re.ASCII)
_NAME: Final = re.compile(r"h-[0-9a-f]{24}", re.ASCII)
_DIGEST_BYTES: Final = 12
_WHOLE_DIGEST_BYTES: Final = 32
_DEVICE, _SENDER = b"device", b"sender"


class Hasher:
    """Replaces numbers that name people by ``h-`` and 24 hexadecimal digits, under one key.

    ``key`` has 1 to 64 bytes. The same number under the same key always gives the same hash. While
    a key is changed, ``former`` is the one before it and the arrival time (ms) from which on this
    one holds: what arrived before is hashed by the former, by whomever and whenever (`at`).

    With a ``national`` key telephone numbers are hashed under that one, and the hash is covered
    under ``key`` (`streams.privacy.cover`), so that `national_name` can be shown of a suspect's.
    ``former_national`` is the one before it, where that changes at the same moment; empty where
    there was none.
    """

    def __init__(
        self,
        key: bytes,
        senders: SenderRules | None = None,
        former: tuple[bytes, int] | None = None,
        national: bytes | None = None,
        former_national: bytes | None = None,
    ) -> None:
        self._key, self._given = key, (key, senders, former, national, former_national)
        self._former: tuple[Hasher, int] | None = None
        if former is not None:
            other = national if former_national is None else former_national or None
            before = Hasher(former[0], senders, national=other)
            self._former = (before, former[1])
        self._cover = None if national is None else Cover(sub_key(key, "cover of numbers"))
        self._number_key = (key if national is None else national)[:64]
        self._plan = Numbering(senders or SenderRules())
        self._identifiers = Identifiers(self._plan)
        self._clean_names, self._clean_senders = CleanNames(), CleanNames()
        self._clean_texts = CleanNames()
        keyed = blake2b(digest_size=_DIGEST_BYTES, key=self._number_key, person=_SENDER)
        self._telephones = Telephones(keyed, self._plan, self.pseudonym, self.renamed, self._cover)
        self._telephone_columns = TelephoneColumns(self._telephones)

    def __reduce__(self) -> tuple[type["Hasher"], tuple[Any, ...]]:
        return Hasher, self._given

    def at(self, arrival_ms: int) -> "Hasher":
        """The hasher for what arrived then: itself, or that of the former key.

        >>> changed, who = Hasher(b"new", former=(b"old", 1_000)), "460001234567890"
        >>> changed.at(999).pseudonym(who) == Hasher(b"old").pseudonym(who)
        True
        >>> changed.at(1_000) is changed
        True
        """
        if self._former is None or arrival_ms >= self._former[1]:
            return self
        return self._former[0]

    def parts(
        self, arrival_ms: NDArray[np.int64]
    ) -> "list[tuple[Hasher, NDArray[np.bool_] | None]]":
        """The hashers for rows that arrived then, each with which rows; ``None``: all."""
        if self._former is None or not len(arrival_ms):
            return [(self, None)]
        former, from_ms = self._former
        is_new = arrival_ms >= from_ms
        if is_new.all():
            return [(self, None)]
        return [(former, None)] if not is_new.any() else [(self, is_new), (former, ~is_new)]

    def pseudonym(self, text: str) -> str:
        """``text``, or its hash where it is a bare IMSI, IMEI or MSISDN, or too long for a name.

        >>> Hasher(b"key").pseudonym("d-17")
        'd-17'
        >>> Hasher(b"key").pseudonym("460001234567890")[:2]
        'h-'
        """
        if len(text) > _LONGEST_NAME:
            return self._hashed(text, _DEVICE)
        name = self._identifiers.name(text)
        return self._bounded(text, _DEVICE) if name is None else self._hashed(name, _DEVICE)

    def pseudonyms(self, texts: Text, has_long: bool = True) -> Text:
        """`pseudonym` of each; ``texts`` itself where nothing had to be replaced.

        Without ``has_long`` none is too long for a name, as readers make sure of faster.
        """
        return self._column(texts, has_long, self.pseudonym, self._clean_names)

    def sender(self, text: str) -> str:
        """``text``, or its hash where it is a person's number, or too long for a name.

        The ways to write one number give one hash, so that a phone's and a centre's record of a
        message still agree.

        >>> Hasher(b"key").sender("10086"), Hasher(b"key").sender("BANK")
        ('10086', 'BANK')
        >>> Hasher(b"key").sender("13812345678") == Hasher(b"key").sender("+86 138-1234-5678")
        True
        """
        if len(text) > _LONGEST_NAME:
            return self._hashed(text, _SENDER)
        shown = _SCHEME.sub("", flat(text).strip(), count=1).partition("@")[0].partition(";")[0]
        number = _NOT_DIGITS.sub("", shown)
        if not _TELEPHONE.fullmatch(number):
            return self._bounded(self.scrub_text(text), _SENDER)
        if (person := self._plan.person(number)) is not None:
            return self._hashed(person, _SENDER)
        if number[0] == "+" or self._plan.is_service(number):
            return self._bounded(text, _SENDER)
        name = self._plan.named(number)
        return self._bounded(text, _SENDER) if name is None else self._hashed(name, _DEVICE)

    def senders(self, texts: Text, has_long: bool = True) -> Text:
        """As `pseudonyms`, `sender` of each."""
        return self._column(texts, has_long, self.sender, self._clean_senders)

    def texts(self, texts: Text, has_long: bool = True) -> Text:
        """As `pseudonyms`, `scrub_text` of each."""
        return self._column(texts, has_long, self._text, self._clean_texts)

    def number(self, text: str, nature: int = 0) -> Number | None:
        """The telephone number of a call in a text; ``None`` where it was withheld. ``nature`` is
        that of its address. A person's has the same hash as the `sender` of a short message.

        >>> found = Hasher(b"key").number("13812345678")
        >>> found.prefix, found.length, found.name == Hasher(b"key").sender("+8613812345678")
        ('8613812', 13, True)
        >>> Hasher(b"key").number("anonymous") is None
        True
        """
        return self._telephones.number(text, nature)

    def numbers(
        self, texts: Text, nature: F8 | None, has_long: bool = True, must: bool = False
    ) -> Numbers:
        """`number` of each, as columns; with ``must``, a text without a digit is a name."""
        return self._telephone_columns.read(texts, nature, has_long, must)

    def national_name(self, name: str) -> str:
        """The name that all provinces have for a number, from the one that we have for it.

        Raises ValueError where there is no national key, or ``name`` is no hash of ours.

        >>> one, other = Hasher(b"one", national=b"all"), Hasher(b"other", national=b"all")
        >>> names = [each.sender("13812345678") for each in (one, other)]
        >>> names[0] == names[1], one.national_name(names[0]) == other.national_name(names[1])
        (False, True)
        >>> one.own_name(other.national_name(names[1])) == names[0]
        True
        """
        return _named(self._covers().lifted(_digest_in(name)))

    def own_name(self, national: str) -> str:
        """The name that we have for a number, from the one that all provinces have for it.

        Raises ValueError as `national_name` does.
        """
        return _named(self._covers().covered(_digest_in(national)))

    def _covers(self) -> Cover:
        if self._cover is None:
            raise ValueError("there is no national key")
        return self._cover

    def scrub(self, raw: bytes, also: Callable[[str], str] | None = None) -> bytes:
        """``raw`` with all hashed that looks like an IMSI, IMEI or phone number, and what ``also``
        takes out beside.

        Nothing is left of a text whose escapes are nested too deeply: what it holds isn't known.
        """
        text = raw.decode("utf-8", "surrogateescape")
        shown = flat(text)
        if not is_flat(shown):
            return b""
        clean = self._identifiers.replaced(shown, self._renamed)
        if also is not None:
            clean = also(clean)
        return raw if clean == shown else clean.encode("utf-8", "replace")

    def scrub_text(self, text: str) -> str:
        """``text``, such as a note that somebody typed, with all identifiers in it hashed.

        A text that holds one in disguise loses its other disguises too (`streams.privacy.flat`).

        >>> Hasher(b"key").scrub_text("10086 told 13812345678")[:12]
        '10086 told h'
        """
        shown = flat(text)
        if is_plain(shown):
            return text
        clean = self._identifiers.replaced(shown, self._renamed)
        return text if clean == shown else clean

    def renamed(self, text: str) -> str:
        """A hash of a text of any length, whatever it is."""
        return self._hashed(text, _SENDER)

    def digest(self, raw: bytes) -> str:
        """64 hexadecimal digits that name ``raw``, and can't be found by trying all numbers."""
        return blake2b(raw, digest_size=_WHOLE_DIGEST_BYTES, key=self._key[:64]).hexdigest()

    def _column(
        self, texts: Text, has_long: bool, replace: Callable[[str], str], known: CleanNames
    ) -> Text:
        values: list[Any] = texts.tolist()
        suspects = known.unknown(values, has_long)
        changed = {}
        for text in suspects:
            if (new := replace(text)) == text:
                known.add(text)
            else:
                changed[text] = new
        if not changed:
            return texts
        return np.array([changed.get(text, text) for text in values], dtype=np.object_)

    def _text(self, text: str) -> str:
        return self._bounded(self.scrub_text(text[:_LONGEST_NAME]), _SENDER)

    def _renamed(self, name: str) -> str:
        return self._hashed(name, _SENDER if name[0] == "+" else _DEVICE)

    def _bounded(self, text: str, purpose: bytes) -> str:
        """``text``, or its hash where it is longer than any name: whoever has it is still one."""
        return text if len(text) <= NAME_CHARACTERS else self._hashed(text, purpose)

    def _hashed(self, number: str, purpose: bytes) -> str:
        key = self._number_key if purpose == _SENDER else self._key[:64]
        digest = blake2b(
            number.encode(), digest_size=_DIGEST_BYTES, key=key, person=purpose
        ).digest()
        if self._cover is not None and purpose == _SENDER:
            digest = self._cover.covered(digest)
        return _named(digest)


def _named(digest: bytes) -> str:
    return f"h-{digest.hex()}"


def _digest_in(name: str) -> bytes:
    if not _NAME.fullmatch(name):
        # Not repeated: it may be somebody's number.
        raise ValueError("it is no hash of a number")
    return bytes.fromhex(name[2:])
