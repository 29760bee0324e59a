"""Whether odd messages began all over a neighbourhood and go on, which no spot's cause does.

Honest causes of many odd returns are bounded in one way or another: a crowd that switches its
phones off and on, a gate, a faulty site and a tunnel's mouth each are one spot; a core that
restarts is over within a minute or two, and is everywhere; what a metro line or a border brings has
been so all along. A transmitter takes phones one by one about itself, on all cells of one network
about it, from the moment on that it is on the air.

So those of one network count that lie within its reach: from some moment on far more came than
before, when the zone was watched already; by an effective number (the inverse of Simpson's index)
they come from several spots, and over several minutes. Riders of one train come back together, at
one station after the other: so it must have begun, too, where those of one spot and minute are one
witness.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from scipy.special import bdtr

from detectors.model.finding import Observation, Place
from detectors.register.register import parse_key
from geo.earth.sphere import great_circle_m

#: How far about a message others may be of the same transmitter, and how wide a spot is (m): in
#: town that is the distance of two sites, and the length of a stadium.
_ABOUT_M, _SPOT_M = 2000.0, 400.0
#: So many spots and minutes at least, in effect, and so many witnesses. A crowd in one place is
#: served from two or three sites; a core that restarts has most phones back within two minutes.
_SPOTS, _MINUTES, _WITNESSES = 4.0, 2.5, 8
_MINUTE_MS: Final = 60_000
#: The time before it began must be so long (ms), and the chance at most this that so few came in it
#: had it been as later, since it may have begun at any of some hundred moments.
_BEFORE_MS: Final = 300_000
_CHANCE: Final = 1e-4
#: Bounds of the state.
_MOST, _HORIZON_MS = 512, 2_700_000


class Came(msgspec.Struct, array_like=True):
    """One odd message: when it arrived (ms), who sent it, and country and network code and site
    (degrees) of the cell that it is about."""

    rx_ms: int
    who: str
    network: tuple[int, int]
    lat: float
    lon: float


def note(came: list[Came], observation: Observation) -> None:
    """Adds an odd message that has a place, and forgets old ones."""
    key, place = parse_key(str(observation.values.get("seen_on"))), observation.place
    if key is None or place is None:
        return
    network = key[1], key[2]
    came.append(Came(observation.rx_ts, observation.who, network, place.lat, place.lon))
    oldest_ms = observation.rx_ts - _HORIZON_MS
    while len(came) > _MOST or came[0].rx_ms < oldest_ms:
        del came[0]


def is_wide(came: Iterable[Came], place: Place | None, began_ms: int, now_ms: int) -> bool:
    """Whether it is so about a place, up to ``now_ms``; the zone is watched since ``began_ms``."""
    if place is None:
        return False
    near = [
        one
        for one in came
        if one.rx_ms <= now_ms
        and great_circle_m(place.lat, place.lon, one.lat, one.lon) <= _ABOUT_M
    ]
    if len(near) < _WITNESSES:
        return False
    since_ms = max(began_ms, now_ms - _HORIZON_MS)
    network = Counter(one.network for one in near).most_common(1)[0][0]
    first = {one.who: one for one in reversed(near) if one.network == network}
    own = sorted(first.values(), key=lambda one: (one.rx_ms, one.who))
    since = _began(own, since_ms, now_ms)
    if since < 0:
        return False
    later, spots = own[since:], _spots(own)
    minutes = Counter(one.rx_ms // _MINUTE_MS for one in later)
    by_spot = Counter(spots[one.lat, one.lon] for one in later)
    if _effective(minutes.values()) < _MINUTES or _effective(by_spot.values()) < _SPOTS:
        return False
    return _began(_apart(own, spots), since_ms, now_ms) >= 0


def _began(own: Sequence[Came], began_ms: int, now_ms: int) -> int:
    """The first of them from which on more came than before; -1 where there is none."""
    times = np.array([one.rx_ms for one in own])
    before_ms, count = times - began_ms, np.arange(times.size)
    share = np.clip(before_ms / max(now_ms - began_ms, 1), 0.0, 1.0)
    # So few before it of all, had they come evenly (a binomial count).
    chance = bdtr(count, times.size, share)
    begins = (chance <= _CHANCE) & (before_ms >= _BEFORE_MS) & (times.size - count >= _WITNESSES)
    return int(np.argmax(begins)) if begins.any() else -1


def _spots(some: Iterable[Came]) -> dict[tuple[float, float], int]:
    """The spot of each site, by number; sites with most messages gather those about them first."""
    sites = Counter((one.lat, one.lon) for one in some)
    spots: dict[tuple[float, float], int] = {}
    left = [site for site, _ in sorted(sites.items(), key=lambda each: (-each[1], each[0]))]
    while left:
        here = [site for site in left if great_circle_m(*left[0], *site) <= _SPOT_M]
        spots.update(dict.fromkeys(here, len(spots)))
        left = [site for site in left if site not in spots]
    return spots


def _apart(own: Iterable[Came], spots: Mapping[tuple[float, float], int]) -> list[Came]:
    """Those, oldest first, of whose spot nobody was counted within the minute before."""
    counted: dict[int, int] = {}
    apart = []
    for one in own:
        spot = spots[one.lat, one.lon]
        if one.rx_ms - counted.get(spot, one.rx_ms - _MINUTE_MS) >= _MINUTE_MS:
            counted[spot] = one.rx_ms
            apart.append(one)
    return apart


def _effective(counts: Iterable[int]) -> float:
    """How many of equal size would be as even: the inverse of Simpson's index.

    >>> _effective([5, 5, 5]), round(_effective([13, 1, 1]), 2)
    (3.0, 1.32)
    """
    known = list(counts)
    return float(sum(known) ** 2 / sum(count * count for count in known))
