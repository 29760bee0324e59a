"""What people type is scrubbed at the door: a note may name a telephone, a topic must not."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from streams.privacy.hasher import Hasher

#: Hashes of ours and keys of the register stay; else digits, in groups as people write them.
_WRITTEN: Final = re.compile(
    r"h-[0-9a-f]{24}|\b(?:gsm|umts|lte|nr)(?:-[0-9]+){4}\b"
    r"|(?P<identity>\b[0-9]{3}-[0-9]{2,3}-[0-9]{1,5}-[0-9]{1,5}\b(?!-))"
    r"|(?P<groups>\+?[0-9]+(?:(?:\) ?|[ \-./(])\+?[0-9]+)*)"
)
#: A cell written as 460-00-4100-12345; with 15 digits it might be an IMSI.
_IDENTITY_LENGTH: Final = 14 + 3
_GROUP: Final = re.compile(r"\+?[0-9]+")
#: The identifiers meant here are written in no more groups; a list of levels has more.
_MOST_GROUPS: Final = 5
#: The whole part of a coordinate has no more digits.
_WHOLE_DIGITS: Final = 3
#: Longer than any note that is one.
_MOST: Final = 4000


def clean(text: str, hasher: Hasher) -> str:
    """``text`` with numbers that look like an IMSI, IMEI or a person's telephone hashed.

    Also those written in groups, or with digits of other scripts. What can't be stored or seen
    (lone surrogates, control and format characters but line ends and tabs) is dropped, and what is
    longer than 4,000 characters is cut.

    >>> clean("IMSI 460 00 1234567890 at 39.90420 116.40740", Hasher(b"key"))[-20:]
    't 39.90420 116.40740'
    >>> clean("at lte-460-0-4100-12345678", Hasher(b"key"))
    'at lte-460-0-4100-12345678'
    """
    shown = "".join(_shown(sign) for sign in text[:_MOST])

    def replace(found: re.Match[str]) -> str:
        identity = found["identity"] or ""
        is_number = bool(found["groups"]) or len(identity) > _IDENTITY_LENGTH
        return _hashed(found.group(), hasher) if is_number else found.group()

    return hasher.scrub_text(_WRITTEN.sub(replace, shown))


def _shown(sign: str) -> str:
    """The sign as it is kept: digits as 0 to 9."""
    if sign in "\n\t":
        return sign
    if unicodedata.category(sign) in ("Cc", "Cs", "Cf"):
        return ""
    digit = unicodedata.decimal(sign, None)
    return sign if digit is None else str(digit)


def _hashed(written: str, hasher: Hasher) -> str:
    """Groups of digits, with each longest row of them hashed that is somebody's number."""
    groups = _GROUP.findall(written)
    between = ["", *_GROUP.split(written)[1:-1], ""]
    made, first = "", 0
    while first < len(groups):
        made += between[first]
        for last in range(min(first + _MOST_GROUPS, len(groups)), first, -1):
            number = "".join(groups[first:last])
            new = hasher.pseudonym(number)
            new = hasher.sender(number) if new == number else new
            if new != number and _is_one_number(groups, between, first, last):
                made, first = made + new, last
                break
        else:
            made, first = made + groups[first], first + 1
    return made


def _is_one_number(groups: Sequence[str], between: Sequence[str], first: int, last: int) -> bool:
    """Whether groups from ``first`` to before ``last`` may be one number, and no coordinates."""
    inner = between[first + 1 : last]
    if "." in inner:
        return len(inner) >= 2 and set(inner) == {"."}
    is_fraction = between[first] == "." and len(groups[first - 1]) <= _WHOLE_DIGITS
    has_fraction = between[last] == "." and len(groups[last - 1]) <= _WHOLE_DIGITS
    return not is_fraction and not has_fraction
