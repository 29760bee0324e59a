"""Ranges of numbers as plans write them: leading digits, counts of digits, a class."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from detectors.numbers.classes import class_code

#: Digits of a number that columns hold at most.
MOST_DIGITS: Final = 7
#: Digits that a number of a plan has at most. Subscribers' have 15 (ITU-T E.164 6.2.1); senders of
#: short messages and numbers behind an access code have more.
MOST_LENGTH: Final = 30
#: In place of a country, where a range's numbers are of several.
SEVERAL: Final = "*"
_MOST_TEXT: Final = 64


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers in international form that begin with one of ``first`` to ``last``.

    ``digits`` is how many digits these two have, ``lengths`` how many the whole numbers may have;
    ``kind`` a code of `NUMBER_CLASSES`. ``country`` (ISO 3166, "" where another range says it,
    `SEVERAL`) and ``code_digits``, the digits of its country code, go together.
    """

    first: int
    last: int
    digits: int
    lengths: tuple[int, ...]
    kind: int
    carrier: str = ""
    region: str = ""
    country: str = ""
    code_digits: int = 0


def ranges(
    leading: str,
    lengths: str,
    kind: str,
    *,
    code: str = "",
    country: str = "",
    carrier: str = "",
    region: str = "",
) -> Iterator[Range]:
    """The ranges of one row of a plan.

    ``leading`` holds digits, or pairs of them with a hyphen, with spaces between; ``code`` is put
    before each. ``lengths`` are counts of the same form, without ``code``; empty means any. Raises
    ValueError with a sentence.

    >>> [(r.first, r.last, r.lengths) for r in ranges("134-139 1349", "11", "mobile", code="86")]
    [(86134, 86139, (13,)), (861349, 861349, (13,))]
    """
    class_of_them = class_code(kind)
    if code and not _is_digits(code):
        raise ValueError(f"{code[:40]!r} is no country code; write its digits, such as 86")
    for text, name in ((carrier, "carrier"), (region, "region")):
        if len(text) > _MOST_TEXT:
            raise ValueError(f"{name} is longer than {_MOST_TEXT} characters")
    for first, last, digits in leading_digits(leading, code):
        counts = [each + len(code) for each in counts_of(lengths, MOST_LENGTH - len(code))]
        allowed = tuple(each for each in counts if each >= digits)
        if lengths and len(allowed) < len(counts):
            raise ValueError(f"a number that begins with {digits} digits can't have {counts[0]}")
        yield Range(
            *(first, last, digits, allowed, class_of_them, carrier, region, country),
            len(code) if country else 0,
        )


def leading_digits(text: str, code: str = "") -> Iterator[tuple[int, int, int]]:
    """First and last of each range of leading digits, and how many digits they have."""
    for part in text.split() or [""]:
        first, _, last = (f"{code}{half}" for half in part.partition("-")) if part else (code,) * 3
        last = last if "-" in part else first
        if not (_is_digits(first) and _is_digits(last)):
            raise ValueError(
                f"{(part or text)[:40]!r} are no leading digits; write one to {MOST_DIGITS} digits,"
                " country code first, such as 86138, or a range of them, such as 86134-86139"
            )
        if len(first) != len(last) or first > last:
            raise ValueError(f"{part[:40]!r} is no range; write two of as many digits, in order")
        if len(first) > MOST_DIGITS:
            raise ValueError(
                f"{part[:40]!r} has {len(first)} digits; of a number only the first {MOST_DIGITS}"
                " are kept"
            )
        yield int(first), int(last), len(first)


def counts_of(text: str, most: int = MOST_LENGTH) -> tuple[int, ...]:
    """Counts of digits, sorted: ``"10-11 13"`` are 10, 11 and 13; an empty text all of them.

    >>> counts_of("10-11 13")
    (10, 11, 13)
    """
    if not text.strip():
        return tuple(range(1, most + 1))
    counts: set[int] = set()
    for part in text.split():
        low, _, high = part.partition("-")
        high = high if "-" in part else low
        if not (_is_digits(low) and _is_digits(high) and len(low) < 3 and len(high) < 3):
            raise ValueError(
                f"{part[:40]!r} is no count of digits; write a number such as 13, or two with a"
                " hyphen, such as 12-13"
            )
        if not 1 <= int(low) <= int(high) <= most:
            raise ValueError(f"{part[:40]!r}: a number has 1 to {most} digits, the smaller first")
        counts.update(range(int(low), int(high) + 1))
    return tuple(sorted(counts))


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
