"""Whether the place of a register row is that where its cell is, with a slip of the pen.

Axes exchanged, or one of the two with a wrong digit: then the row names a place far away, and the
cell is where the other way of reading it says. Somebody who copies the identity of a cell so far
away stands there by chance alone.
"""

from math import log, pi

from geo.earth.sphere import great_circle_m
from geo.fix.displacement import SPAN_M

#: A cell is served so far from its mast (m); nearer than this no digit was mistyped (m).
_WITHIN_M, _LEAST_OFF_M = 3_000.0, 10_000.0


def nats_of_slip(registered: tuple[float, float], found: tuple[float, float]) -> float | None:
    """By how much a slip explains a place better than chance does (nats), both in degrees; ``None``
    where none leads from one to the other.

    The place is where the slip says, within a cell's reach, instead of anywhere in a zone.

    >>> round(nats_of_slip((30.66, 104.06), (30.67, 103.06)), 2)
    1.37
    >>> round(nats_of_slip((84.5, 34.6), (34.61, 84.5)), 2)
    3.22
    >>> nats_of_slip((30.7, 104.1), (31.0, 105.0)) is None
    True
    """
    lat, lon = registered
    if great_circle_m(lat, lon, *found) < _LEAST_OFF_M:
        return None
    if abs(lon) <= 90.0 and great_circle_m(lon, lat, *found) <= _WITHIN_M:
        return 2.0 * log(SPAN_M / _WITHIN_M)
    same_lat = great_circle_m(lat, lon, found[0], lon) <= _WITHIN_M
    same_lon = great_circle_m(found[0], lon, *found) <= _WITHIN_M
    return log(pi * SPAN_M / (4.0 * _WITHIN_M)) if same_lat or same_lon else None
