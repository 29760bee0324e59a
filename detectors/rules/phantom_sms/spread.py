"""Whether the phones of some messages are together at a place, though messages are all over."""

from collections.abc import Sequence
from math import cos, hypot, radians
from typing import Final, TypeAlias

from detectors.model.finding import Place

#: Degrees, rounded to some ten metres: enough to tell a street from a town.
Spot: TypeAlias = tuple[float, float]
#: Fewer phones may be together by chance.
_LEAST: Final = 4
#: Fewer messages don't show how large the town is.
_LEAST_OF_ALL: Final = 24
#: Mean distance from their middle, as a share of that of all messages: phones that a transmitter
#: reaches lie within a kilometre or two of a town that is several times as large.
_SHARE: Final = 0.5


def spot_of(place: Place | None) -> Spot | None:
    """Where a message was received, as far as that is known to the phone itself."""
    if place is None or place.reach_m is not None:
        return None
    return round(place.lat, 4), round(place.lon, 4)


def is_together(some: Sequence[Spot], every: Sequence[Spot]) -> bool:
    """Whether some messages lie so close that not all messages' reasons brought them about.

    >>> town = [(30.0 + 0.01 * n, 104.0 + 0.01 * (n % 5)) for n in range(30)]
    >>> is_together([(30.1, 104.0), (30.1, 104.001), (30.101, 104.0), (30.1, 104.0)], town)
    True
    >>> is_together(town[::7], town), is_together([(30.1, 104.0)] * 4, town[:5])
    (False, False)
    """
    if len(some) < _LEAST or len(every) < _LEAST_OF_ALL:
        return False
    return _spread(some) < _SHARE * _spread(every)


def _spread(spots: Sequence[Spot]) -> float:
    """Mean distance from the middle in degrees of latitude; they don't lie across the date line."""
    lat = sum(spot[0] for spot in spots) / len(spots)
    lon = sum(spot[1] for spot in spots) / len(spots)
    narrower = cos(radians(lat))
    return sum(hypot(a - lat, narrower * (b - lon)) for a, b in spots) / len(spots)
