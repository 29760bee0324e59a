"""The country that the streams are from, as settings."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

#: ITU-T E.164 6.2.1: country codes have one to three digits.
_CODE: Final = r"^[1-9][0-9]{0,2}\Z"
_DIGITS: Final = r"^[0-9]{0,4}\Z"


class NumberSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How numbers are dialled at home; the defaults are China's.

    ``home_code`` is the country code (in settings, where it is empty, the first of those that
    senders of texts have); ``trunk_prefix`` stands before a national number and
    ``international_prefix`` before one of another country, empty where there is none (ITU-T E.164
    annex). ``local_digits`` are the digits of a subscriber's number without its area code. ``plan``
    is a CSV file with ranges of one's own, which go over the shipped ones; docs/numbers.md.
    """

    home_code: Annotated[str, Meta(pattern=_CODE)] = "86"
    trunk_prefix: Annotated[str, Meta(pattern=_DIGITS)] = "0"
    international_prefix: Annotated[str, Meta(pattern=_DIGITS)] = "00"
    local_digits: tuple[Annotated[int, Meta(ge=1, le=15)], ...] = (7, 8)
    plan: str = ""

    def __post_init__(self) -> None:
        if self.trunk_prefix and self.trunk_prefix == self.international_prefix:
            raise ValueError("trunk_prefix and international_prefix must differ")
