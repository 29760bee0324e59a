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
_LEVEL_BYTES, _PHONE_BYTES = 2, 8
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
            self.packed_levels = b"".join(map(_level, self.packed_levels))
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
        return len(self.packed_who) // _PHONE_BYTES

    def usual(self, phone: int, least_phones: int) -> tuple[float, float] | None:
        """Median of what others reported and its deviation; ``None`` where they are few.

        >>> profile = Profile([-1000, -900, -1010], [1, 2, 3])
        >>> profile.usual(2, 2)[0], profile.usual(9, 4)
        (-1005.0, None)
        """
        if self.count < least_phones:
            return None
        who, others = self.who, self.levels
        # Each phone is there once.
        if phone in who:
            del others[who.index(phone)]
        if len(others) < least_phones:
            return None
        middle = median(others)
        return middle, SIGMAS_A_MAD * median([abs(level - middle) for level in others])

    def learn(self, phone: int, level: int) -> None:
        """Takes in one phone's level in place of its older one; the oldest goes beyond the most."""
        levels, by = self._bytes
        if phone in (who := self.who):
            at = who.index(phone)
            levels = levels[: at * _LEVEL_BYTES] + levels[(at + 1) * _LEVEL_BYTES :]
            by = by[: at * _PHONE_BYTES] + by[(at + 1) * _PHONE_BYTES :]
        self.packed_levels = (levels + _level(level))[-_LEVELS * _LEVEL_BYTES :]
        self.packed_who = (by + _phone(phone))[-_LEVELS * _PHONE_BYTES :]


class UsualLevels(msgspec.Struct, frozen=True, array_like=True):
    """What phones reported of one cell in one tile, ``cell@tile``, each phone's newest level
    (tenths of a decibel), in their order."""

    place: Annotated[str, Meta(max_length=200)]
    levels: Annotated[tuple[Annotated[int, Meta(ge=-2000, le=500)], ...], Meta(max_length=_LEVELS)]


class LearnedLevels(msgspec.Struct, frozen=True):
    """The levels that a zone has learned, those unused for longest first."""

    places: Annotated[tuple[UsualLevels, ...], Meta(max_length=PROFILES)] = ()


class Levels(Due):
    """Judging state, all in order of last use: profiles by cell and tile, each phone's last
    deviations from them, since when and until when cells are flagged."""

    profiles: dict[str, Profile] = msgspec.field(default_factory=dict)
    phones: dict[str, list[int]] = msgspec.field(default_factory=dict)
    flags: dict[str, tuple[int, int]] = msgspec.field(default_factory=dict)

    def profile(self, cell: str, tile: int, rx_ms: int, thaw_ms: float) -> Profile:
        """The profile of a cell in a tile; a fresh one where flagging has lasted too long."""
        key = f"{cell}@{tile}"
        since_ms, until_ms = self.flags.get(cell, (rx_ms, rx_ms))
        profile = self.profiles.pop(key, None) or Profile()
        if until_ms >= rx_ms and rx_ms - since_ms > thaw_ms:
            del self.flags[cell]
            profile = Profile()
        keep(self.profiles, key, profile, PROFILES)
        return profile

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
        return self.flags.get(cell, (0, -1))[1] >= rx_ms


def _level(level: int) -> bytes:
    """Raises OverflowError for what is no level."""
    return level.to_bytes(_LEVEL_BYTES, "little", signed=True)


def _phone(phone: int) -> bytes:
    return phone.to_bytes(_PHONE_BYTES, "little", signed=True)
