"""Which listed cells are received where, or as, the register doesn't have them."""

from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from detectors.features.facts import AnyFacts, shared
from detectors.features.plan.listed_cells import listed_in_register
from detectors.features.plan.site_distance import (
    accuracy_m,
    have_own_place,
    mast_m,
)
from detectors.features.rows.sightings import Sightings, listed_of, serving_of
from detectors.model.codes import GSM
from detectors.model.columns import F8, Bool, Measurements

Column = TypeVar("Column", bound=NDArray[Any])

#: What an estimated place of few samples may be off (m); how many samples are enough.
_GUESS_M, _TRUSTED_SAMPLES = 3000.0, 10.0


@shared
def misplaced(facts: AnyFacts, ranges: float, least_m: float) -> tuple[Sightings, Bool]:
    """Sightings with a place of listed cells that the register has otherwise, or so many ranges of
    the cell away, ``least_m`` at least; and which of them are the former."""
    own, otherwise = _own(facts)
    far_m = np.maximum(ranges * listed_in_register(facts).range_m, least_m)
    maybe = np.flatnonzero(own & (_at_most_m(facts) > far_m))
    odd = otherwise
    if len(maybe):
        odd = otherwise.copy()
        odd[maybe] |= mast_m(facts, maybe) - _doubts_m(facts)[maybe] > far_m[maybe]
    at = np.flatnonzero(odd)
    return listed_of(facts).take(at), otherwise[at]


def off_plan(facts: AnyFacts) -> tuple[Bool, Bool, Bool]:
    """Which sightings of listed cells have another channel, which another code, and which both just
    as planned; what isn't given contradicts nothing, and is not as planned."""
    known = listed_in_register(facts)
    return known.other_channel, known.other_code, known.as_planned


@shared
def _own(facts: AnyFacts) -> tuple[Bool, Bool]:
    """Which sightings of listed cells are by phones with a place of their own, and which of these
    have another code than planned or, among GSM's neighbours, which are known by the channel of
    their BCCH, another channel."""
    listed, own = listed_of(facts), _of_listed(facts, have_own_place(facts))
    other_channel, other_code, _ = off_plan(facts)
    by_channel = (listed.rat == GSM) & listed.neighbour
    return own, own & (other_code | other_channel & by_channel)


@shared
def _at_most_m(facts: AnyFacts) -> F8:
    """How far phones are at most from the registered places of their cells, all doubt given."""
    most_m: F8 = listed_in_register(facts).at_most_m - _doubts_m(facts)
    return most_m


@shared
def _doubts_m(facts: AnyFacts) -> F8:
    """How much nearer to the registered places of their cells phones may be, all doubt given."""
    known = listed_in_register(facts)
    doubt_m = 2.0 * _of_listed(facts, accuracy_m(facts))
    doubt_m += np.where(known.estimated & (known.samples < _TRUSTED_SAMPLES), _GUESS_M, 0.0)
    return np.asarray(doubt_m)


def _of_listed(facts: AnyFacts, column: Column) -> Column:
    """What is said of each message as what is said of each sighting of a listed cell."""
    listed = listed_of(facts)
    # Mostly all are of cells that serve, of which a report has one each.
    is_each = listed is serving_of(facts) and isinstance(facts.batch, Measurements)
    return column if is_each else cast(Column, column[listed.row])
