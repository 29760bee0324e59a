"""What people type is scrubbed at the door: a note may name a telephone, a topic must not."""

import unicodedata
from typing import Final

from streams.privacy.flat import cut
from streams.privacy.hasher import Hasher

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
    shown = "".join(_shown(sign) for sign in cut(text, _MOST))
    return hasher.scrub_text(shown)


def _shown(sign: str) -> str:
    """The sign as it is kept: digits as 0 to 9."""
    if sign in "\n\t":
        return sign
    if unicodedata.category(sign) in ("Cc", "Cs", "Cf"):
        return ""
    digit = unicodedata.decimal(sign, None)
    return sign if digit is None else str(digit)
