"""The operator's list of numbers from a CSV file, as messages of the topic `number.register`.

A single number is hashed while it is read, so that the topic, which keeps what it has for ever,
never holds a clear one.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from detectors.numbers.classes import NUMBER_CLASSES
from streams.decode.row_checks import YEAR_2000_MS
from streams.limits import NAME_CHARACTERS
from streams.numbers.csv_rows import Form, refuse, rows_of
from streams.privacy.hasher import Hasher
from streams.privacy.telephones.number import PREFIX_DIGITS

COLUMNS: Final = (
    *("prefix", "length", "class", "carrier", "region", "rights"),
    *("protected", "trusted", "do_not_originate", "valid_from", "valid_to"),
)
_FORM: Final = Form(
    columns=COLUMNS,
    required=("prefix",),
    what="a list of numbers",
    most_rows=200_000,
    most_bytes=64 << 20,
)
#: ITU-T E.164 6.2.1; numbers for things have 13 digits and none has more than these.
_MOST_DIGITS: Final = 15
#: Between several trunks in one cell.
BETWEEN: Final = "|"
_HASHED: Final = re.compile(r"h-[0-9a-f]{24}", re.ASCII)
_NUMBER: Final = re.compile(r"\+?[0-9]{1,15}", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_MOMENT_MS: Final = re.compile(r"[0-9]{12,14}", re.ASCII)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")
_TRUTHS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: The end of the year 9999, beyond which no time is read.
_MOST_MS: Final = 253_402_300_799_999


def read_list(path: Path, hasher: Hasher, now_ms: int) -> list[tuple[bytes, bytes]]:
    """Key and value of each row's message, said at ``now_ms``.

    Raises `ConfigError` that lists all wrong lines with the column and what is allowed there.
    """
    problems: list[str] = []
    found: dict[str, tuple[int, bytes]] = {}
    for line, row in rows_of(path, _FORM, problems):
        wrong: list[str] = []
        message = _message(row, hasher, wrong)
        if not wrong and message["prefix"] in found:
            wrong.append(f"prefix: line {found[message['prefix']][0]} is about the same; keep one")
        problems += [f"line {line}, {each}" for each in wrong]
        if not wrong:
            value = msgspec.json.encode({"ts": now_ms} | message)
            found[message["prefix"]] = line, value
    refuse(path, problems)
    return [(key.encode(), value) for key, (_, value) in found.items()]


def _message(row: Mapping[str, str], hasher: Hasher, wrong: list[str]) -> dict[str, Any]:
    """The fields of a row; what can't be is left out, and written down by its column."""
    message: dict[str, Any] = {"prefix": ""}
    for column in COLUMNS:
        text = unmarked(row.get(column, ""))
        if not text and column != "prefix":
            continue
        try:
            message[column] = _READERS[column](text)
        except ValueError as error:
            wrong.append(f"{column}: {error}")
    if wrong:
        return message
    return message | _named(message, hasher, wrong)


def _named(message: dict[str, Any], hasher: Hasher, wrong: list[str]) -> dict[str, Any]:
    """Whose row it is: a range by its first digits, or one number by its hash."""
    digits, length = message["prefix"], message.get("length")
    if _HASHED.fullmatch(digits):
        return {"prefix": digits}
    if len(digits) > PREFIX_DIGITS:
        if length not in (None, len(digits)):
            wrong.append(f"length: the number has {len(digits)} digits")
        number = hasher.number("+" + digits)
        assert number is not None, "it has digits"
        return {"prefix": number.name}
    if length is not None and length < len(digits):
        wrong.append("length: is less than the prefix has digits")
    if _later(message.get("valid_from"), message.get("valid_to")):
        wrong.append("valid_to: is before valid_from")
    return {"prefix": digits}


def _later(begin: int | None, end: int | None) -> bool:
    return begin is not None and end is not None and begin > end


def unmarked(text: str) -> str:
    """Without the apostrophe by which a text is kept from being a formula.

    >>> unmarked("'=1+1"), unmarked("o'clock")
    ('=1+1', "o'clock")
    """
    return text[1:] if text.startswith("'") else text


def _prefix(text: str) -> str:
    if _HASHED.fullmatch(text):
        return text
    if not _NUMBER.fullmatch(text):
        # Not repeated: it may be somebody's number.
        raise ValueError(
            "is due as digits in international form, country code first: seven at most of a range,"
            f" up to {_MOST_DIGITS} of one number; or as the hash of one"
        )
    return text.removeprefix("+")


def _length(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= _MOST_DIGITS:
        raise ValueError(f"a whole number from 1 to {_MOST_DIGITS} is due")
    return int(text)


def _class(text: str) -> str:
    if text not in NUMBER_CLASSES:
        raise ValueError(f"one of {', '.join(NUMBER_CLASSES)} is due")
    return text


def _name(text: str) -> str:
    if len(text) > NAME_CHARACTERS or _UNPRINTABLE.search(text):
        raise ValueError(f"a text of at most {NAME_CHARACTERS} printable characters is due")
    return text


def _rights(text: str) -> list[str]:
    return [_name(each.strip()) for each in text.split(BETWEEN) if each.strip()]


def _truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError(f"one of {', '.join(_TRUTHS)} is due")
    return _TRUTHS[text.lower()]


def _moment(text: str) -> int:
    """Ms since the epoch, or ISO 8601; a day alone begins in UTC."""
    try:
        if _MOMENT_MS.fullmatch(text):
            ms = int(text)
        else:
            given = datetime.fromisoformat(text)
            if given.tzinfo is None and len(text) > len("2026-01-31"):
                raise ValueError
            ms = round((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise ValueError(
            "a day (2026-01-31), a time with its offset from UTC (2026-01-31T08:00:00+08:00) or ms"
            " since 1970 is due"
        ) from None
    if not YEAR_2000_MS <= ms <= _MOST_MS:
        raise ValueError("a time from the year 2000 on is due")
    return ms


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "prefix": _prefix,
    "length": _length,
    "class": _class,
    "carrier": _name,
    "region": _name,
    "rights": _rights,
    **dict.fromkeys(("protected", "trusted", "do_not_originate"), _truth),
    **dict.fromkeys(("valid_from", "valid_to"), _moment),
}
