"""How strong each cell usually is at each place: the memory that `odd_level` judges by.

Levels are tenths of a decibel, so that they are stored exactly and shortly; a place is a tile of
`detectors.rules.odd_level.level_changes`. Times are arrival, ms.
"""

import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due
from detectors.model.codes import RATS, code_of, text_of
from detectors.model.finding import Identity
from detectors.model.hashing import number_of
from detectors.native.judged.hands import Key
from detectors.native.judged.level_table import LEVELS, MOST, LevelTable
from detectors.native.judged.phone_table import PhoneTable
from detectors.register.identity_keys import key_of_cell

#: What a zone remembers besides: flagged cells.
_FLAGS: Final = 256
#: Deviations that a phone must have shown before they are taken for its own.
_LEAST_DEVIATIONS: Final = 3
#: 1.4826 MADs are the standard deviation of a normal distribution.
SIGMAS_A_MAD: Final = 1.4826
#: A number of a cell that isn't known.
_UNKNOWN: Final = -(1 << 63)
#: A place as text: the cell's technology and numbers, and the tile.
_PLACE: Final = re.compile(
    r"(\w+)-(-?\d{1,18}|None)-(-?\d{1,18}|None)-(-?\d{1,18}|None)-(-?\d{1,18}|None)@(-?\d{1,18})"
)


class Profile(NamedTuple):
    """Levels of one cell in one tile, and a number of the phone that reported each: a row of a
    table, until others are used."""

    table: LevelTable
    row: int

    @property
    def levels(self) -> tuple[int, ...]:
        """The levels, the oldest first."""
        return self.table.levels(self.row)

    @property
    def who(self) -> tuple[int, ...]:
        """Whose they are."""
        return self.table.who(self.row)

    @property
    def size(self) -> int:
        """How many there are."""
        return self.table.size(self.row)

    def usual(self, phone: int, least_phones: int) -> tuple[float, float] | None:
        """Median of what others reported and its deviation; ``None`` where they are few.

        >>> profile = Levels().profile((3, 460, 0, 5, 7, 1), 0, 0.0)
        >>> for who, level in ((1, -1000), (2, -900), (3, -1010)):
        ...     profile.learn(who, level)
        >>> profile.usual(2, 2)[0], profile.usual(9, 4)
        (-1005.0, None)
        """
        # Asked of each level that is judged, so that each step counts.
        who = self.table.who(self.row)
        if len(who) < least_phones:
            return None
        others = list(self.table.levels(self.row, len(who)))
        if phone in who:
            del others[who.index(phone)]
        if len(others) < least_phones:
            return None
        middle = median(others)
        return middle, SIGMAS_A_MAD * median([abs(level - middle) for level in others])

    def learn(self, phone: int, level: int) -> None:
        """Takes in one phone's level in place of its older one; the oldest goes beyond the most."""
        self.table.put(self.row, phone, level)


class StoredProfile(msgspec.Struct, array_like=True, gc=False):
    """A profile as releases before stored it: integers of two and of eight bytes, or lists."""

    levels: bytes | list[int] = b""
    who: bytes | list[int] = b""

    def put_into(self, table: LevelTable, row: int) -> None:
        """Puts its levels into a row of a table."""
        levels, who = _whole(self.levels, "<h"), _whole(self.who, "<q")
        count = min(len(levels), len(who), LEVELS)
        try:
            table.fill(row, who[len(who) - count :], levels[len(levels) - count :])
        except struct.error as error:
            raise ValueError("what is no level") from error


class UsualLevels(msgspec.Struct, frozen=True, array_like=True):
    """What phones reported of one cell in one tile, ``cell@tile``, each phone's newest level
    (tenths of a decibel), in their order."""

    place: Annotated[str, Meta(max_length=200)]
    levels: Annotated[tuple[Annotated[int, Meta(ge=-2000, le=500)], ...], Meta(max_length=LEVELS)]


class LearnedLevels(msgspec.Struct, frozen=True):
    """The levels that a zone has learned, those unused for longest first."""

    places: Annotated[tuple[UsualLevels, ...], Meta(max_length=MOST)] = ()


class Levels(Due):
    """Judging state: ``table`` has the levels of cells by tile, ``deviations`` those of phones from
    them; besides since when and until when cells are flagged. Releases before stored levels in
    ``profiles``, and deviations in ``phones``, by their names."""

    profiles: dict[str, StoredProfile] = msgspec.field(default_factory=dict)
    phones: dict[str, list[int]] = msgspec.field(default_factory=dict)
    flags: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)
    table: LevelTable = msgspec.field(default_factory=LevelTable)
    deviations: PhoneTable = msgspec.field(default_factory=PhoneTable)

    def __post_init__(self) -> None:
        for place, profile in self.profiles.items():
            if (key := _key_of(place)) is not None:
                profile.put_into(self.table, self.table.use(key))
        try:
            for who, deviations in self.phones.items():
                self.deviations.put(number_of(who), deviations)
        except OverflowError as error:
            raise ValueError("what is no deviation") from error
        self.profiles, self.phones = {}, {}

    @property
    def stored_bytes(self) -> int:
        """About how long it is as it is stored."""
        tables = len(self.table.rows) + len(self.deviations.rows)
        return tables + len(msgspec.msgpack.encode((self.due, self.flags)))

    def profile(self, key: Key, rx_ms: int, thaw_ms: float) -> Profile:
        """The profile of a cell at a place (`place_key`); a fresh one where flagging has lasted too
        long."""
        profile = Profile(self.table, self.table.use(key))
        if self.flags:
            cell = cell_of(key)
            since_ms, until_ms = self.flags.get(cell, (rx_ms, rx_ms))
            if until_ms >= rx_ms and rx_ms - since_ms > thaw_ms:
                del self.flags[cell]
                self.table.fill(profile.row, (), ())
        return profile

    def known(self, key: Key) -> Profile | None:
        """The profile of a cell at a place, if there is one; it isn't used thereby."""
        row = self.table.find(key)
        return None if row is None else Profile(self.table, row)

    def learned(self) -> LearnedLevels:
        """All profiles, without whose levels they are; what phones read high or low, and what is
        flagged, is of today."""
        rows = self.table.in_order()
        columns = [rows[name].tolist() for name in ("key", "levels", "count")]
        return LearnedLevels(
            tuple(
                UsualLevels(f"{cell_of(tuple(key))}@{key[5]}", tuple(levels[:count]))
                for key, levels, count in zip(*columns, strict=True)
            )
        )

    def take_up(self, learned: LearnedLevels, now_ms: int) -> None:
        """Puts profiles into a fresh state, whenever that is. Each level is of a phone that nobody
        is any more: the numbers of phones are not negative."""
        for each in learned.places:
            if (key := _key_of(each.place)) is not None:
                who = range(-len(each.levels), 0)
                self.table.fill(self.table.use(key), who, each.levels)

    def offset(self, phone: int) -> float:
        """How much louder than others a phone usually is; 0 until it has reported enough."""
        deviations = self.deviations.of(phone)
        return median(deviations) if len(deviations) >= _LEAST_DEVIATIONS else 0.0

    def deviates(self, phone: int, deviation: float) -> None:
        """Takes in by how much a phone's level was off the usual one."""
        self.deviations.put(phone, (*self.deviations.of(phone), round(deviation)))

    def flag(self, key: Key, rx_ms: int, for_ms: int) -> None:
        """Flags the cell of a place for so long, or for so long again."""
        cell = cell_of(key)
        since_ms, until_ms = self.flags.pop(cell, (rx_ms, 0))
        since_ms = since_ms if until_ms >= rx_ms else rx_ms
        keep(self.flags, cell, (since_ms, rx_ms + for_ms), _FLAGS)

    def is_flagged(self, key: Key, rx_ms: int) -> bool:
        """Whether the cell of a place is flagged at that time."""
        return bool(self.flags) and self.flags.get(cell_of(key), (0, -1))[1] >= rx_ms


# Asked of each level that is judged while any cell is flagged.
@lru_cache(maxsize=MOST)
def cell_of(key: Key) -> str:
    """The text of a place's cell (`detectors.register.identity_keys.cell_key`)."""
    numbers = (None if number == _UNKNOWN else number for number in key[1:5])
    return key_of_cell(text_of(key[0], RATS), *numbers)


def numbers_of_cell(cell: str) -> tuple[int, ...] | None:
    """What the keys of all places of a cell (`cell_of`) begin with; ``None`` for the text of none.

    >>> numbers_of_cell("lte-460-0-4100-100000001") == place_key(
    ...     Identity("lte", 460, 0, 4100, 100000001), tile=7
    ... )[:5]
    True
    """
    key = _key_of(f"{cell}@0")
    return None if key is None else key[:5]


def place_key(identity: Identity, tile: int) -> Key:
    """By what the profile of a cell in a tile is found. Raises OverflowError for numbers that
    nothing has."""
    numbers = (identity.mcc, identity.mnc, identity.area, identity.cell)
    mcc, mnc, area, cell = (_UNKNOWN if number is None else number for number in numbers)
    key = code_of(identity.rat, RATS), mcc, mnc, area, cell, tile
    if not (min(key) >= _UNKNOWN and max(key) < -_UNKNOWN):
        raise OverflowError("a number that no cell has")
    return key


def _key_of(place: str) -> Key | None:
    """The key of a place as text; ``None`` for what is no place."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return None
    rat, *numbers = found.groups()
    mcc, mnc, area, cell, tile = (
        _UNKNOWN if number == "None" else int(number) for number in numbers
    )
    return code_of(rat, RATS), mcc, mnc, area, cell, tile


def _whole(values: bytes | list[int], kind: str) -> Sequence[int]:
    if isinstance(values, list):
        return values
    size = struct.calcsize(kind)
    whole = values[: len(values) // size * size]
    return [value for (value,) in struct.iter_unpack(kind, whole)]
