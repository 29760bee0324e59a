"""Which of the channels and codes that phones receive nobody has planned near by.

What `detectors.rules.unplanned_code.rule` asks of the register
(`detectors.features.plan.code_plan`), for all rows of a batch at once.
"""

import numpy as np

from detectors.features.facts import Facts
from detectors.features.plan import code_plan
from detectors.features.plan.spatial_counts import cubes
from detectors.features.rows.sightings import Sightings, sightings_of
from detectors.model.codes import GSM, NETWORK_POSITION
from detectors.model.columns import I8, Bool, Measurements
from detectors.register.index import plmn_key
from detectors.register.register import Register


def unplanned(
    facts: Facts[Measurements], least_cells: int, planned_share: float
) -> tuple[Sightings, Bool]:
    """Sightings of codes that aren't planned near by, and whether they are farther off.

    Only where the register knows channel and code of ``planned_share`` of ``least_cells`` or more
    of the network's cells around.
    """
    batch, register, seen = facts.batch, facts.register, sightings_of(facts)
    planned, nobody = code_plan.codes(register, code_plan.NEAR_M), np.zeros(0, dtype=np.bool_)
    asked = np.flatnonzero(seen.found < 0)
    if not len(asked) or not len(planned.keys):
        return seen.take(asked[:0]), nobody
    near = _cubes_of_phones(batch, planned.side_m)
    key = code_plan.code_key(seen.rat[asked], seen.arfcn[asked], seen.pci[asked])
    cube = near[seen.row[asked]]
    missing = (key >= 0) & (cube >= 0) & ~planned.holds(key, cube)
    odd = seen.by_message(asked[missing])
    if not len(odd):
        return seen.take(odd), nobody
    odd = odd[_is_plan_known(batch, seen.take(odd), near, register, least_cells, planned_share)]
    lat, lon = batch.lat[seen.row[odd]], batch.lon[seen.row[odd]]
    far, seen = code_plan.codes(register, code_plan.FAR_M), seen.take(odd)
    key = code_plan.code_key(seen.rat, seen.arfcn, seen.pci)
    return seen, far.holds(key, cubes(lat, lon, far.side_m))


def _cubes_of_phones(batch: Measurements, side_m: float) -> I8:
    """Where each message's phone is; -1 without a place of its own."""
    placed = np.where(batch.position_source == NETWORK_POSITION, np.nan, batch.lat)
    return cubes(placed, batch.lon, side_m)


def _is_plan_known(
    batch: Measurements,
    odd: Sightings,
    near: I8,
    register: Register,
    least_cells: int,
    planned_share: float,
) -> Bool:
    """Where the register plans the network's codes, and the network uses that channel."""
    # Neighbours often come without a network: the phone's own then.
    given = (odd.mcc >= 0) & (odd.mnc >= 0)
    mcc = np.where(given, odd.mcc, batch.mcc[odd.row])
    mnc = np.where(given, odd.mnc, batch.mnc[odd.row])
    all_cells, planned_cells = code_plan.cells(register)
    cube, plmn = near[odd.row], plmn_key(odd.rat, mcc, mnc)
    around = all_cells.count(plmn, cube)
    known = planned_cells.count(plmn, cube) >= planned_share * around
    channel = code_plan.channel_key(odd.rat, mcc, mnc, odd.arfcn)
    channels = code_plan.channels(register)
    used = channels.holds(channel, cube)
    # Between two of its channels lies one of its own too: blocks of GSM are given out whole.
    below, above = (code_plan.channel_key(odd.rat, mcc, mnc, odd.arfcn + step) for step in (-1, 1))
    between = channels.holds(below, cube) & channels.holds(above, cube)
    used |= (odd.rat == GSM) & between
    judged: Bool = known & used & (around >= least_cells)
    return judged
