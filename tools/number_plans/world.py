"""What of each country's numbers the first seven digits say, out of the package `phonenumbers`.

Wherever digits beyond those decide, a range is what some number in it is: allocated rather than
not, and of no class where several are possible.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple, TypeAlias

import phonenumbers
from phonenumbers import PhoneMetadata

from detectors.numbers.plans.shipped import WORLD_COLUMNS
from detectors.numbers.ranges import MOST_DIGITS, SEVERAL
from tools.number_plans.patterns import Pattern, after, parsed

#: The country with a table of its own, detectors/numbers/plans/china.toml.
_LEFT_OUT: Final = 86
#: Our class for each kind of the package's. What has no place and is no mobile number is a line.
_CLASSES: Final = {
    "fixed_line": "fixed",
    "voip": "fixed",
    "mobile": "mobile",
    "toll_free": "service",
    "premium_rate": "service",
    "shared_cost": "service",
    "personal_number": "service",
    "pager": "service",
    "uan": "service",
    "voicemail": "service",
}
#: ISO 3166 has no code for what belongs to no country; the package, as CLDR, writes 001.
_NO_COUNTRY: Final = "001"
_HEAD: Final = """\
# The world's numbers but China's: leading digits behind the country code, and counts of digits.
# Made by `make numbers` from phonenumbers {version} (Apache-2.0); not to be edited.
# A row without leading digits names the country of all others of its code. One without a class is
# of numbers that may be of several, one with * of numbers that may be of several countries.
"""


#: What may follow by a country's pattern of a class, and by that of all its numbers.
_Rest: TypeAlias = tuple[Pattern, Pattern]


class _Kind(NamedTuple):
    """Numbers of one country and class, and what may follow after the digits so far."""

    country: str
    kind: str
    own: Pattern
    general: Pattern

    def after(self, digit: str) -> "_Kind":
        return self._replace(own=after(self.own, digit), general=after(self.general, digit))

    def may_have(self, more: int) -> bool:
        return bool(self.own.lengths & self.general.lengths & 1 << more)


class _Piece(NamedTuple):
    """Leading digits from ``start`` on, before ``end``, that are of one country and class."""

    start: int
    end: int
    what: tuple[str, str] | None


def page() -> str:
    """The whole file."""
    lines = [",".join(WORLD_COLUMNS)]
    for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE, key=str):
        if code != _LEFT_OUT:
            lines += [",".join(row) for row in rows(code)]
    return _HEAD.format(version=phonenumbers.__version__) + "\n".join(lines) + "\n"


def rows(code: int) -> Iterator[tuple[str, str, str, str, str]]:
    """The rows of one country code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]
    yield regions[0], str(code), "unallocated", "", ""
    by_length = _kinds(code, regions)
    most = MOST_DIGITS - len(str(code))
    lengths_of: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for length, kinds in sorted(by_length.items()):
        depth = min(most, length)
        for piece in _Walk(length).pieces(tuple(kinds), depth):
            if piece.what is not None:
                lengths_of[piece.what][_written(piece, depth)].append(length)
    for (country, kind), leadings in sorted(lengths_of.items()):
        of_lengths = defaultdict(list)
        for leading, lengths in leadings.items():
            of_lengths[tuple(lengths)].append(leading)
        for counts, leading_digits in sorted(of_lengths.items()):
            digits = " ".join(str(count) for count in counts)
            yield country, str(code), kind, digits, " ".join(sorted(leading_digits))


def _kinds(code: int, regions: tuple[str, ...]) -> dict[int, list[_Kind]]:
    """What numbers there are, by how many digits they have after the country code."""
    found: dict[int, list[_Kind]] = defaultdict(list)
    for region in regions:
        data = _metadata(code, region)
        general = data.general_desc
        for name, kind in _CLASSES.items():
            own = getattr(data, name)
            if own is None or general is None or own.national_number_pattern is None:
                continue
            patterns = [parsed(each.national_number_pattern or "") for each in (own, general)]
            for length in own.possible_length or general.possible_length:
                if length in general.possible_length:
                    found[length].append(_Kind(region, kind, *patterns))
    return found


def _metadata(code: int, region: str) -> PhoneMetadata:
    if region == _NO_COUNTRY:
        data = PhoneMetadata.metadata_for_nongeo_region(code)
    else:
        data = PhoneMetadata.metadata_for_region(region)
    if data is None:
        raise LookupError(f"phonenumbers has no plan of {region} +{code}")
    return data


class _Walk:
    """Goes through all beginnings of the numbers of one length, each form of a rest once."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._done: dict[tuple[tuple[_Kind, ...], int, int], tuple[_Piece, ...]] = {}

    def pieces(
        self, kinds: tuple[_Kind, ...], depth: int, rest: int | None = None
    ) -> tuple[_Piece, ...]:
        """Pieces of the numbers of ``depth`` digits, of which ``rest`` follow in all."""
        rest = self._length if rest is None else rest
        kinds = tuple(each for each in kinds if each.may_have(rest))
        if not kinds or not depth:
            return (_Piece(0, 10**depth, _what(kinds, rest)),)
        key = (kinds, depth, rest)
        if key not in self._done:
            found: list[_Piece] = []
            for digit in "0123456789":
                first = int(digit) * 10 ** (depth - 1)
                next_kinds = tuple(each.after(digit) for each in kinds)
                for piece in self.pieces(next_kinds, depth - 1, rest - 1):
                    moved = piece._replace(start=piece.start + first, end=piece.end + first)
                    if found and found[-1].what == moved.what:
                        moved = moved._replace(start=found.pop().start)
                    found.append(moved)
            self._done[key] = tuple(found)
        return self._done[key]


def _what(kinds: tuple[_Kind, ...], rest: int) -> tuple[str, str] | None:
    """Country and class of what has ``rest`` more digits; the class empty where it may be one or
    another.

    A number that several countries have, such as a free one, is the first one's. Where another may
    have some that the first has not, it is of several.
    """
    if not kinds:
        return None
    classes = {each.kind for each in kinds}
    rests: dict[str, set[_Rest]] = defaultdict(set)
    for each in kinds:
        rests[each.country].add((each.own, each.general))
    first, *others = map(frozenset, rests.values())
    country = kinds[0].country if all(_holds(first, own, rest) for own in others) else SEVERAL
    return country, classes.pop() if len(classes) == 1 else ""


@cache
def _holds(first: frozenset[_Rest], other: frozenset[_Rest], rest: int) -> bool:
    """Whether the one has all numbers of ``rest`` digits that the other has."""
    own, asked = (
        frozenset(pair for pair in pairs if (pair[0].lengths & pair[1].lengths) >> rest & 1)
        for pairs in (first, other)
    )
    if not (own and asked and rest):
        return bool(own) or not asked
    return all(_holds(_next(own, digit), _next(asked, digit), rest - 1) for digit in "0123456789")


def _next(pairs: frozenset[_Rest], digit: str) -> frozenset[_Rest]:
    return frozenset((after(own, digit), after(general, digit)) for own, general in pairs)


def _written(piece: _Piece, depth: int) -> str:
    """The piece as leading digits, or a range of them, as short as they can be."""
    digits = depth
    start, last = piece.start, piece.end - 1
    while digits and start % 10 == 0 and last % 10 == 9:
        start, last, digits = start // 10, last // 10, digits - 1
    if not digits:
        return ""
    first = f"{start:0{digits}d}"
    return first if start == last else f"{first}-{last:0{digits}d}"
