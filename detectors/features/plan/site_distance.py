"""How far phones are from the sites of the cells that they receive, and how far they can be.

All doubt is given in the phone's favour: the accuracy of its position, the way that it has driven
since, and how well the register knows the site.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.plan.listed_cells import listed_in_register
from detectors.features.rows.sightings import listed_of
from detectors.model.codes import NETWORK_POSITION, RATS
from detectors.model.columns import F8, I8, Bool, Measurements, filled
from detectors.native.planned import far
from geo.earth.sphere import distance_m
from geo.radio.timing_advance import TA_STEP_M

#: Farthest that a cell is served at all, by RAT code. GSM: 63 steps of timing advance (TS 45.010
#: 5.6); the others well beyond what deployed cells reach, so that hills and water don't matter.
REACH_M: Final = np.array([np.inf, 35_000.0, 30_000.0, 30_000.0, 20_000.0])
#: Level at 100 m of the strongest deployed cells in free space, by RAT code (GSM and UMTS near
#: 58 dBm EIRP; LTE and NR levels are those of one resource element, some 28 dB less).
_FREE_SPACE_100M_DBM: Final = np.array([np.inf, -20.0, -25.0, -40.0, -40.0])
_TA_STEP_M: Final = np.array([np.nan, *(TA_STEP_M.get(rat, np.nan) for rat in RATS)])
#: A position without an accuracy, a mast, and what an estimate of few samples may be off, metres.
_ACCURACY_M, _MAST_M, _GUESS_M = 100.0, 100.0, 3000.0


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Messages (``rows`` of a batch) with a place of their own on a registered cell with a site.

    ``site_m`` is the distance of the two, ``least_m`` what is left of it after all doubt,
    ``range_m`` the cell's range; ``crowd`` whether the site is an estimate from measurements, and
    ``trusted`` whether it is a mast's or an estimate of enough samples.
    """

    rows: I8
    site_m: F8
    least_m: F8
    range_m: F8
    crowd: Bool
    trusted: Bool

    def beyond(self, least_m: float) -> "Distances":
        """Those with more than so much left."""
        far = np.flatnonzero(self.least_m > least_m)
        return Distances(*(getattr(self, name)[far] for name in self.__slots__))


@shared
def have_own_place(facts: AnyFacts) -> Bool:
    """Which messages have a place that doesn't come from the network: that may rest on the very
    cell in question."""
    batch = facts.batch
    own: Bool = np.isfinite(batch.lat) & (batch.position_source != NETWORK_POSITION)
    return own


def mast_m(facts: AnyFacts, entries: I8) -> F8:
    """How far the phones of some sightings of listed cells are from the cells' masts (m); NaN where
    that isn't known. Hardly any is asked for: nearly all are near
    (`detectors.features.plan.listed_cells.listed_in_register`)."""
    batch, seen = facts.batch, listed_of(facts)
    rows, masts = seen.row[entries], facts.register.masts(seen.found[entries])
    return distance_m(batch.lat[rows], batch.lon[rows], *masts)


@shared
def accuracy_m(facts: AnyFacts) -> F8:
    """How well each message's phone knew its place (m)."""
    return filled(facts.batch.accuracy_m, _ACCURACY_M)


@shared
def served_of_listed(facts: AnyFacts) -> I8:
    """Which sightings of listed cells are not of neighbours, and by phones with a place of their
    own: at most one a message, in order."""
    listed = listed_of(facts)
    return np.flatnonzero(~listed.neighbour & have_own_place(facts)[listed.row])


def distances(
    facts: AnyFacts, stale_s: float, trusted_samples: float, beyond_m: float
) -> Distances:
    """The distances of a batch of which more than so much is left; a position may be ``stale_s``
    seconds old."""
    listed, known = listed_of(facts), listed_in_register(facts)
    asked = _GUESS_M, stale_s, trusted_samples, beyond_m
    if far.OURS is None:
        entries = served_of_listed(facts)
    else:
        entries = far.OURS.beyond(*served(facts), far.Beyond(*asked))
    rows, crowd = listed.row[entries], known.estimated[entries]
    ranges_m, trusted = known.range_m[entries], ~crowd | (known.samples[entries] >= trusted_samples)
    doubt_m = np.where(crowd, ranges_m + np.where(trusted, 0.0, _GUESS_M), _MAST_M)
    phone_m = 2 * filled(facts.batch.accuracy_m[rows], _ACCURACY_M)
    phone_m += stale_s * filled(facts.batch.speed_mps[rows], 0.0)
    if far.OURS is None:
        maybe = np.flatnonzero(known.at_most_m[entries] - doubt_m - phone_m > beyond_m)
        entries, doubt_m, phone_m = entries[maybe], doubt_m[maybe], phone_m[maybe]
        rows, ranges_m, crowd, trusted = (
            column[maybe] for column in (rows, ranges_m, crowd, trusted)
        )
    site_m = mast_m(facts, entries)
    least_m = site_m - doubt_m - phone_m
    return Distances(rows, site_m, least_m, ranges_m, crowd, trusted).beyond(beyond_m)


def served(facts: AnyFacts) -> tuple[far.Sightings, far.Phones, far.Doubts]:
    """The sightings of listed cells as our own library takes them to choose among those of
    `served_of_listed`."""
    batch, listed, known = facts.batch, listed_of(facts), listed_in_register(facts)
    answers = known.at_most_m, known.range_m, known.samples, known.estimated
    phones = batch.lat, batch.position_source, batch.accuracy_m, batch.speed_mps
    return (
        far.Sightings(listed.row, listed.neighbour, *answers),
        far.Phones(*phones, batch.signal_dbm, batch.rat),
        far.Doubts(NETWORK_POSITION, _ACCURACY_M, _MAST_M),
    )


def ring_m(batch: Measurements, rows: I8) -> F8:
    """Outer edge of the ring that the timing advance allows, half a step farther than rounding
    does; NaN without any."""
    return np.asarray((batch.timing_advance[rows] + 1) * steps_m(batch, rows))


def steps_m(batch: Measurements, rows: I8) -> F8:
    """Length of a step of timing advance, as given or that of the RAT (m); NaN where it has
    none."""
    given_m = batch.ta_step_m[rows]
    return np.asarray(np.where(given_m > 0, given_m, _TA_STEP_M[batch.rat[rows]]))


def free_space_dbm(rat: Any, away_m: F8) -> F8:
    """The strongest level that a cell so far away may have (Friis: 20 dB a decade).

    >>> free_space_dbm(np.array([3]), np.array([1000.0])).tolist()
    [-60.0]
    """
    level_dbm: F8 = _FREE_SPACE_100M_DBM[rat]
    return level_dbm - 20.0 * np.log10(np.maximum(away_m, 100.0) / 100.0)
