"""Whose number it is: the national numbering plan, as settings, and what is a number at all."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

#: E.164 numbers have 7 to 15 digits (ITU-T E.164 6.2; shorter ones are no subscribers').
_E164_DIGITS: Final = range(7, 16)
#: IMSI: at most 15 digits (TS 23.003 2.2), IMEI 14 to 15 and IMEISV 16 (TS 23.003 6.2).
NAME_DIGITS: Final = range(14, 17)
#: ICCID: 19 or 20 digits, the first of which are 89 (ITU-T E.118 4.1).
_ICCID_DIGITS: Final = (19, 20)
#: An international number written without +, or another that is long enough for a person's.
_MAYBE_DIGITS: Final = range(10, 14)
#: A person's number in groups, perhaps with the country's code.
_GROUPED_DIGITS: Final = range(10, 16)
#: What is longer is no number of any plan, whatever its patterns.
_LONGEST: Final = 32
#: The elementary file of a SIM (TS 31.102 4.2.2): length 8, then parity and digits, swapped.
_SIM_FILE: Final = re.compile(r"08[0-9][19][0-9]{14}")


class SenderRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which senders of short messages are people: the national numbering plan, as settings.

    ``personal`` and ``service`` are regular expressions for the whole national number. A number
    in international form (``+`` or ``00``) with at least ten digits is personal unless it is a
    service number of a country in ``country_codes``; a bare number is personal only where
    ``personal`` says so. Alphanumeric senders and short codes are no people. ``dialled`` are other
    numbers that are dialled in the country without a trunk prefix: by them, `personal` and
    `service` a bare number of a call is known to be national.
    """

    country_codes: tuple[str, ...] = ("86",)
    personal: tuple[str, ...] = (r"1[3-9]\d{9}",)
    service: tuple[str, ...] = (
        *(r"106\d+", r"95\d{3,}", r"96\d{3,}", r"100\d{2,}", r"12\d{3}"),
        # Service centres of short messages, and a hotline, in a range that else is people's.
        r"13800\d{3}500",
    )
    # Emergencies and hotlines of the state, short numbers of industries, shared-cost and freephone.
    dialled: tuple[str, ...] = (r"1\d{2}", r"11\d{3}", r"[48]00\d{7}")

    def __post_init__(self) -> None:
        for pattern in (*self.personal, *self.service, *self.dialled):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


class Numbering:
    """Names numbers by one plan: all ways to write a number have one name."""

    def __init__(self, rules: SenderRules) -> None:
        self._country_codes = rules.country_codes
        code = next(iter(rules.country_codes), "")
        #: The code of the home country; empty where there is none.
        self.home = code if code.isascii() and code.isdigit() else ""
        #: `is_national` as an expression of RE2; ``None`` where that lacks something in it.
        self.national_pattern = _for_many((*rules.personal, *rules.service, *rules.dialled))
        self._is_personal = _any_of(rules.personal)
        self._is_service = _any_of(rules.service)
        self._is_dialled = _any_of(rules.dialled)

    def person(self, number: str) -> str | None:
        """Digits, perhaps after a +, as + and country code where they are a person's, else
        ``None``."""
        digits = number.removeprefix("+").removeprefix("00")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST):
            return None
        code, national = self._split(digits)
        at_home = self._is_at_home(national)
        if national and self._is_service(national):
            return None
        if number != digits:
            return f"+{code}{national}" if at_home else f"+{digits}" if len(digits) >= 10 else None
        if not 10 <= len(digits) <= 15 or self._is_service(digits):
            return None
        if at_home:
            return f"+{code}{national}"
        own = digits.removeprefix("0")
        if self._is_at_home(own) and not self._is_service(own):
            return f"+{self._country_codes[0] if self._country_codes else ''}{own}"
        return None

    def is_service(self, digits: str) -> bool:
        """Whether it is a service number of the plan, with or without the country's code."""
        if len(digits) > _LONGEST:
            return False
        _, national = self._split(digits.removeprefix("+").removeprefix("00"))
        return self._is_service(digits) or bool(national and self._is_service(national))

    def is_national(self, digits: str) -> bool:
        """Whether it is a national number as it is dialled in the country."""
        return any(of(digits) for of in (self._is_personal, self._is_service, self._is_dialled))

    def named(self, digits: str, plus: bool = False, is_name: bool = False) -> str | None:
        """What an unbroken number is called, ``None`` for one that is nobody's.

        ``is_name``: it stands where only a pseudonym is due, and may be an international number
        that lacks its +.

        >>> plan = Numbering(SenderRules())
        >>> plan.named("008613812345678"), plan.named("013812345678"), plan.named("4100")
        ('+8613812345678', '+8613812345678', None)
        """
        if plus:
            person = self.person(f"+{digits}")
            long = digits if len(digits) >= NAME_DIGITS.start else None
            return person or (f"+{digits}" if len(digits) in _E164_DIGITS else long)
        if person := self._as_person(digits):
            return person
        count = len(digits)
        if count in NAME_DIGITS:
            return digits
        if count in _MAYBE_DIGITS:
            return (digits if digits[0] == "0" else f"+{digits}") if is_name else None
        if _SIM_FILE.fullmatch(digits):
            return swapped(digits[2:])[1:]
        if count == _ICCID_DIGITS[1] and digits.startswith("98"):
            return swapped(digits)
        is_long = count > NAME_DIGITS[-1] and (is_name or not self.is_service(digits))
        return digits if is_long else None

    def in_groups(self, digits: str) -> str | None:
        """As `named` for one that is written in groups, which may be no number at all."""
        if len(digits) in NAME_DIGITS or (
            len(digits) in _ICCID_DIGITS and digits.startswith(("89", "98"))
        ):
            return self.named(digits)
        return self._as_person(digits) if len(digits) in _GROUPED_DIGITS else None

    def in_semi_octets(self, digits: str) -> str | None:
        """As `named` for one that lay in swapped half bytes, perhaps after its type (TS 23.040
        9.1.2.5)."""
        address = digits[2:] if digits.startswith("19") else ""
        return self._as_person(address) or self.named(digits)

    def _as_person(self, digits: str) -> str | None:
        person = self.person(digits)
        # The IMSI of a test network begins with 001 (TS 23.003 2.2, ITU-T E.212).
        return None if digits.startswith("001") and len(digits) == 15 else person

    def _split(self, digits: str) -> tuple[str, str]:
        """Country code and national number, without a trunk's 0; empty for another country."""
        for code in self._country_codes:
            if digits.startswith(code):
                national = digits[len(code) :]
                trunkless = national.removeprefix("0")
                return code, trunkless if self._is_at_home(trunkless) else national
        return "", ""

    def _is_at_home(self, national: str) -> bool:
        """Whether it is a person's, by a plan that writes the trunk's 0 or one that doesn't."""
        return self._is_personal(national) or self._is_personal(f"0{national}")


def swapped(digits: str) -> str:
    """Each two characters the other way round.

    >>> swapped("64000132")
    '46001023'
    """
    pairs = zip(digits[1::2], digits[::2], strict=False)
    return "".join(second + first for second, first in pairs)


def _for_many(patterns: Sequence[str]) -> str | None:
    whole = f"^(?:{'|'.join(f'(?:{one})' for one in patterns)})$" if patterns else "^[^0-9]$"
    try:
        pc.match_substring_regex(pa.array(["1"]), whole)
    except pa.ArrowException:
        return None
    # RE2 reads what it has as Python does, but for flags and classes of other scripts.
    return None if "(?" in "".join(patterns) or "[[" in whole else whole


def _any_of(patterns: Sequence[str]) -> Callable[[str], bool]:
    compiled = [re.compile(pattern, re.ASCII) for pattern in patterns]
    # One search instead of several, where joining them changes none: no groups, whose numbers
    # would be others then, and nothing like a flag.
    if not any(one.groups or "(?" in one.pattern for one in compiled):
        compiled = [re.compile("|".join(f"(?:{one})" for one in patterns) or "(?!)", re.ASCII)]
    matches = [one.fullmatch for one in compiled]
    if len(matches) == 1:
        return lambda number: matches[0](number) is not None
    return lambda number: any(match(number) for match in matches)
