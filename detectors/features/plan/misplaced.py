"""Which listed cells are received where, or as, the register doesn't have them."""

import numpy as np

from detectors.features.facts import AnyFacts, shared
from detectors.features.plan.listed_cells import listed_in_register
from detectors.features.plan.site_distance import (
    accuracy_m,
    have_own_place,
    mast_m,
)
from detectors.features.rows.sightings import Sightings, listed_of
from detectors.model.codes import GSM
from detectors.model.columns import F8, I8, Bool

#: What an estimated place of few samples may be off (m); how many samples are enough.
_GUESS_M, _TRUSTED_SAMPLES = 3000.0, 10.0


@shared
def misplaced(facts: AnyFacts, ranges: float, least_m: float) -> tuple[Sightings, Bool]:
    """Sightings with a place of listed cells that the register has otherwise, or so many ranges of
    the cell away, ``least_m`` at least; and which of them are the former."""
    entries, otherwise = _own(facts)
    doubt_m, known = _doubts_m(facts), listed_in_register(facts)
    far_m = np.maximum(ranges * known.range_m[entries], least_m)
    maybe = np.flatnonzero(known.at_most_m[entries] - doubt_m > far_m)
    odd = otherwise
    if len(maybe):
        odd = otherwise.copy()
        odd[maybe] |= mast_m(facts, entries[maybe]) - doubt_m[maybe] > far_m[maybe]
    at = np.flatnonzero(odd)
    return listed_of(facts).take(entries[at]), otherwise[at]


def off_plan(facts: AnyFacts) -> tuple[Bool, Bool, Bool]:
    """Which sightings of listed cells have another channel, which another code, and which both just
    as planned; what isn't given contradicts nothing, and is not as planned."""
    known = listed_in_register(facts)
    return known.other_channel, known.other_code, known.as_planned


@shared
def _own(facts: AnyFacts) -> tuple[I8, Bool]:
    """Places among the sightings of listed cells of those by phones with a place of their own, and
    which of these have another code than planned or, among GSM's neighbours, which are known by the
    channel of their BCCH, another channel."""
    listed = listed_of(facts)
    entries = np.flatnonzero(have_own_place(facts)[listed.row])
    other_channel, other_code, _ = off_plan(facts)
    by_channel = (listed.rat == GSM) & listed.neighbour
    return entries, (other_code | other_channel & by_channel)[entries]


@shared
def _doubts_m(facts: AnyFacts) -> F8:
    """How much nearer to the registered place of their cells those phones may be, all doubt
    given."""
    entries, _ = _own(facts)
    known = listed_in_register(facts)
    few = known.samples[entries] < _TRUSTED_SAMPLES
    doubt_m = 2.0 * accuracy_m(facts)[listed_of(facts).row[entries]]
    doubt_m += np.where(known.estimated[entries] & few, _GUESS_M, 0.0)
    return np.asarray(doubt_m)
