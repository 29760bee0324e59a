"""Is a cell on a train, a ship or a bus? Its phones are then carried along with it.

A cell that travels is at no registered place, and at no other for long. It looks like a clone in a
car, but for whom it serves: a car's transmitter is received for a while by whoever it passes, while
a train's cell stays with those who ride with it, farther than a mast reaches. And nobody else is
served at the registered place, where a clone's true cell is.
"""

from math import log
from typing import Final

import numpy as np

from geo.earth.sphere import Floats
from geo.fix.site_reports import Ints

#: A phone is carried along that received the cell at places this many reaches, and so many metres,
#: apart: no mast is received so far on either side.
_REACHES, _LEAST_M = 3.0, 3_000.0
#: Fewer phones show nothing.
_LEAST_PHONES: Final = 3
#: Of those that a cell which travels and a clone serve away from the registered place, the shares
#: that are carried along, received at several places without that, and at one place. So three
#: phones that lie about where they were explain some two victims each.
_BY_HONEST, _BY_CLONE = (0.6, 0.1, 0.3), (0.05, 0.25, 0.7)
#: One that is served at the registered place, and not carried along, is so much likelier beside a
#: clone (nats).
_AT_HOME: Final = 2.0
#: So much at most it says (nats): a clone in a bus carries along those whom it holds.
MOST_CARRIED: Final = 3.0


def carried_nats(x: Floats, y: Floats, phone: Ints, reach_m: float) -> float | None:
    """How much likelier (nats) reports at some places (m east and north of the registered one) are
    of a cell that travels than of a clone in a car; ``None`` where hardly any phone shows it.

    >>> along = np.array([0.0, 4e3, 500.0, 5e3, 900.0, 6e3])
    >>> carried_nats(along, np.zeros(6), np.array([1, 1, 2, 2, 3, 3]), 960.0)
    3.0
    """
    order = np.argsort(phone, kind="stable")
    begins = np.flatnonzero(np.diff(phone[order], prepend=-1))
    if len(begins) < _LEAST_PHONES:
        return None
    counts = np.diff(np.append(begins, len(phone)))
    east_m, north_m = (
        np.maximum.reduceat(axis[order], begins) - np.minimum.reduceat(axis[order], begins)
        for axis in (x, y)
    )
    is_carried = np.hypot(east_m, north_m) > max(_REACHES * reach_m, _LEAST_M)
    carried = int(is_carried.sum())
    if carried < _LEAST_PHONES:
        return None
    away = np.hypot(x, y)[order] > 2.0 * reach_m
    is_home = ~is_carried & ~np.logical_or.reduceat(away, begins)
    several = int((~is_carried & ~is_home & (counts > 1)).sum())
    homely = int(is_home.sum())
    numbers = carried, several, len(begins) - carried - several - homely
    nats = sum(
        count * log(honest / clone)
        for count, honest, clone in zip(numbers, _BY_HONEST, _BY_CLONE, strict=True)
    )
    return min(nats - homely * _AT_HOME, MOST_CARRIED)
