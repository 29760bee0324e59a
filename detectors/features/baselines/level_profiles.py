"""How strong each cell usually is at each place: the memory that `odd_level` judges by.

Levels are tenths of a decibel, so that they are stored exactly and shortly; a place is a tile of
`detectors.rules.odd_level.level_changes`. Times are arrival, ms.
"""

from statistics import median
from struct import unpack
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detectors.features.memory.lru import keep
from detectors.features.memory.pending_findings import Due

#: What a zone remembers: profiles, levels in each, phones and deviations of each, flagged cells.
PROFILES: Final = 16_384
_LEVELS, _PHONES, _DEVIATIONS, _FLAGS = 15, 2048, 9, 256
_LEVEL_BYTES, PHONE_BYTES = 2, 8
#: Profiles that are forgotten until the others are put close together.
_GONE: Final = 1024
#: Deviations that a phone must have shown before they are taken for its own.
_LEAST_DEVIATIONS: Final = 3
#: 1.4826 MADs are the standard deviation of a normal distribution.
SIGMAS_A_MAD: Final = 1.4826


class Profile(msgspec.Struct, array_like=True, gc=False):
    """Levels of one cell in one tile, and a number of the phone that reported each: integers of two
    and of eight bytes. There are hundreds of thousands, and as lists they took five times as much;
    releases before stored lists."""

    packed_levels: bytes | list[int] = b""
    packed_who: bytes | list[int] = b""

    def __post_init__(self) -> None:
        if isinstance(self.packed_levels, list):
            self.packed_levels = b"".join(map(packed_level, self.packed_levels))
        if isinstance(self.packed_who, list):
            self.packed_who = b"".join(map(_phone, self.packed_who))

    @property
    def levels(self) -> list[int]:
        """The levels, the oldest first."""
        return list(unpack(f"<{self.count}h", self._bytes[0]))

    @property
    def who(self) -> list[int]:
        """Whose they are."""
        return list(unpack(f"<{self.count}q", self._bytes[1]))

    @property
    def _bytes(self) -> tuple[bytes, bytes]:
        levels, who = self.packed_levels, self.packed_who
        assert isinstance(levels, bytes)
        assert isinstance(who, bytes)
        return levels, who

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.packed_who) // PHONE_BYTES

    def usual(self, phone: int, least_phones: int) -> tuple[float, float] | None:
        """Median of what others reported and its deviation; ``None`` where they are few.

        >>> profile = Profile([-1000, -900, -1010], [1, 2, 3])
        >>> profile.usual(2, 2)[0], profile.usual(9, 4)
        (-1005.0, None)
        """
        if len(self.packed_who) < least_phones * PHONE_BYTES:
            return None
        others, at = self.levels, self._place_of(_phone(phone))
        if at is not None:
            del others[at]
        if len(others) < least_phones:
            return None
        middle = median(others)
        return middle, SIGMAS_A_MAD * median([abs(level - middle) for level in others])

    def learn(self, phone: int, level: int) -> None:
        """Takes in one phone's level in place of its older one; the oldest goes beyond the most."""
        self.put(_phone(phone), packed_level(level))

    def put(self, phone: bytes, level: bytes) -> None:
        """As `learn`, of what is packed already."""
        levels, by = self.packed_levels, self.packed_who
        assert isinstance(levels, bytes)
        assert isinstance(by, bytes)
        at = self._place_of(phone) if phone in by else None
        if at is not None:
            levels = levels[: at * _LEVEL_BYTES] + levels[(at + 1) * _LEVEL_BYTES :]
            by = by[: at * PHONE_BYTES] + by[(at + 1) * PHONE_BYTES :]
        # Asked for here: it is done for one report in six, in each of its zones.
        self.packed_levels, self.packed_who = levels + level, by + phone
        if len(self.packed_who) > _LEVELS * PHONE_BYTES:
            self.packed_levels = self.packed_levels[-_LEVELS * _LEVEL_BYTES :]
            self.packed_who = self.packed_who[-_LEVELS * PHONE_BYTES :]

    def _place_of(self, number: bytes) -> int | None:
        """Where a phone is among them, each of which is there once."""
        by = self._bytes[1]
        at = by.find(number)
        # Parts of two numbers may look like a third.
        while at > 0 and at % PHONE_BYTES:
            at = by.find(number, at + 1)
        return None if at < 0 else at // PHONE_BYTES


class UsualLevels(msgspec.Struct, frozen=True, array_like=True):
    """What phones reported of one cell in one tile, ``cell@tile``, each phone's newest level
    (tenths of a decibel), in their order."""

    place: Annotated[str, Meta(max_length=200)]
    levels: Annotated[tuple[Annotated[int, Meta(ge=-2000, le=500)], ...], Meta(max_length=_LEVELS)]


class LearnedLevels(msgspec.Struct, frozen=True):
    """The levels that a zone has learned, those unused for longest first."""

    places: Annotated[tuple[UsualLevels, ...], Meta(max_length=PROFILES)] = ()


class Levels(Due, dict=True):
    """Judging state, all in order of last use: profiles by cell and tile, each phone's last
    deviations from them, since when and until when cells are flagged."""

    profiles: dict[str, Profile] = msgspec.field(default_factory=dict)
    phones: dict[str, list[int]] = msgspec.field(default_factory=dict)
    flags: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)

    def profile(self, cell: str, place: str, rx_ms: int, thaw_ms: float) -> Profile:
        """The profile of a cell at a place (`place_key`); a fresh one where flagging has lasted too
        long."""
        profile = self.profiles.pop(place, None) or Profile()
        if self.flags:
            since_ms, until_ms = self.flags.get(cell, (rx_ms, rx_ms))
            if until_ms >= rx_ms and rx_ms - since_ms > thaw_ms:
                del self.flags[cell]
                profile = Profile()
        self.profiles[place] = profile
        self.forget_beyond()
        return profile

    def forget_beyond(self) -> None:
        """Forgets the profile unused for longest, where there is one more than may be."""
        if len(self.profiles) <= PROFILES:
            return
        del self.profiles[next(iter(self.profiles))]
        # A dict keeps the places of what was taken out, which whoever looks for the oldest passes:
        # a copy has none.
        gone = self.__dict__["_gone"] = self.__dict__.get("_gone", 0) + 1
        if gone % _GONE == 0:
            self.profiles = dict(self.profiles)

    def learned(self) -> LearnedLevels:
        """All profiles, without whose levels they are; what phones read high or low, and what is
        flagged, is of today."""
        return LearnedLevels(
            tuple(UsualLevels(key, tuple(each.levels)) for key, each in self.profiles.items())
        )

    def take_up(self, learned: LearnedLevels, now_ms: int) -> None:
        """Puts profiles into a fresh state, whenever that is. Each level is of a phone that nobody
        is any more: the numbers of phones are not negative."""
        for each in learned.places:
            who = list(range(-len(each.levels), 0))
            keep(self.profiles, each.place, Profile(list(each.levels), who), PROFILES)

    def offset(self, who: str) -> float:
        """How much louder than others a phone usually is; 0 until it has reported enough."""
        deviations = self.phones.get(who, ())
        return median(deviations) if len(deviations) >= _LEAST_DEVIATIONS else 0.0

    def deviates(self, who: str, deviation: float) -> None:
        """Takes in by how much a phone's level was off the usual one."""
        deviations = [*self.phones.pop(who, []), round(deviation)]
        keep(self.phones, who, deviations[-_DEVIATIONS:], _PHONES)

    def flag(self, cell: str, rx_ms: int, for_ms: int) -> None:
        """Flags a cell for so long, or for so long again."""
        since_ms, until_ms = self.flags.pop(cell, (rx_ms, 0))
        since_ms = since_ms if until_ms >= rx_ms else rx_ms
        keep(self.flags, cell, (since_ms, rx_ms + for_ms), _FLAGS)

    def is_flagged(self, cell: str, rx_ms: int) -> bool:
        """Whether a cell is flagged at that time."""
        return bool(self.flags) and self.flags.get(cell, (0, -1))[1] >= rx_ms


def place_key(cell: str, tile: int) -> str:
    """By what the profile of a cell, as text, in a tile is found."""
    return f"{cell}@{tile}"


def packed_level(level: int) -> bytes:
    """Raises OverflowError for what is no level."""
    return level.to_bytes(_LEVEL_BYTES, "little", signed=True)


def _phone(phone: int) -> bytes:
    return phone.to_bytes(PHONE_BYTES, "little", signed=True)
