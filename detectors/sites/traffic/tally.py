"""What is kept of a cell's reports on one day, so that the order of delivery doesn't matter."""

from typing import Final, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

#: Phones of a cell and day whose places are kept.
SAMPLE: Final = 32
_NUMBERS: Final = 1 << 32

Number = TypeVar("Number", int, NDArray[np.int64])


class Tally(msgspec.Struct, array_like=True):
    """Reports of one cell on one day: how many, in windows from ``first_ms`` to ``last_ms`` (their
    beginnings), and places (millionths of a degree) of some phones by their numbers."""

    reports: int
    first_ms: int
    last_ms: int
    places: dict[int, tuple[int, int]] = {}

    def take(self, window_ms: int, phone: int, place: tuple[int, int]) -> None:
        """Counts one report; of a phone's places that with the smallest mix stays."""
        self.reports += 1
        self.first_ms = min(self.first_ms, window_ms)
        self.last_ms = max(self.last_ms, window_ms)
        places = self.places
        known = places.get(phone)
        if known is not None:
            if known != place and mixed(*place) < mixed(*known):
                places[phone] = place
        elif len(places) < SAMPLE:
            places[phone] = place
        elif phone < (largest := max(places)):
            del places[largest]
            places[phone] = place

    @property
    def phones(self) -> float:
        """How many distinct phones reported it, about: the smallest numbers are kept (Bar-Yossef
        et al. 2002)."""
        if len(self.places) < SAMPLE:
            return float(len(self.places))
        return max((SAMPLE - 1) * _NUMBERS / (max(self.places) + 1), float(SAMPLE))


def together(tallies: list[Tally]) -> Tally:
    """One tally for those of several days, one at least."""
    places = {phone: place for tally in tallies for phone, place in tally.places.items()}
    return Tally(
        sum(tally.reports for tally in tallies),
        min(tally.first_ms for tally in tallies),
        max(tally.last_ms for tally in tallies),
        {phone: places[phone] for phone in sorted(places)[:SAMPLE]},
    )


def mixed(lat: Number, lon: Number) -> Number:
    """A number of a place that says nothing of where it is.

    >>> mixed(30_658_600, 104_064_800) == mixed(30_658_601, 104_064_800)
    False
    """
    return (lat * 0x9E3779B1 ^ lon * 0x85EBCA6B) & 0xFFFFFFFF
