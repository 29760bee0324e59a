"""Which of the channels and codes that phones receive nobody has planned near by.

What `detectors.rules.unplanned_code.rule` asks of the register
(`detectors.features.plan.code_plan`), for all rows of a batch at once.
"""

import numpy as np

from detectors.features.facts import Facts
from detectors.features.plan import code_plan
from detectors.features.plan.spatial_counts import Ground, cubes
from detectors.features.rows.sightings import (
    Sightings,
    by_message,
    neighbours_of,
    serving_of,
)
from detectors.model.codes import GSM, NETWORK_POSITION
from detectors.model.columns import I8, Bool, Measurements
from detectors.native.planned import codes
from detectors.native.planned.codes import Received
from detectors.register.index import plmn_key
from detectors.register.register import Register


def unplanned(
    facts: Facts[Measurements], least_cells: int, planned_share: float
) -> tuple[Sightings, Bool]:
    """Sightings of codes that aren't planned near by, and whether they are farther off.

    Only where the register knows channel and code of ``planned_share`` of ``least_cells`` or more
    of the network's cells around.
    """
    batch, register = facts.batch, facts.register
    planned, nobody = code_plan.codes(register, code_plan.NEAR_M), np.zeros(0, dtype=np.bool_)
    serving, neighbours = serving_of(facts), neighbours_of(facts)
    if not len(planned.keys):
        return serving.take(np.zeros(0, dtype=np.int64)), nobody
    near = _cubes_of_phones(batch, planned.side_m)
    odd_ones = [_of_no_plan(each, near, planned) for each in (serving, neighbours)]
    if not any(map(len, odd_ones)):
        return serving.take(odd_ones[0]), nobody
    odd = by_message(serving.take(odd_ones[0]), neighbours.take(odd_ones[1]))
    known = _is_plan_known(batch, odd, near, register, least_cells, planned_share)
    odd, far = odd.take(np.flatnonzero(known)), code_plan.codes(register, code_plan.FAR_M)
    cube = cubes(batch.lat[odd.row], batch.lon[odd.row], far.side_m)
    return odd, far.holds(code_plan.code_key(odd.rat, odd.arfcn, odd.pci), cube)


def _of_no_plan(seen: Sightings, near: I8, planned: Ground) -> I8:
    """Those of no listed cell that have a code which none near by is planned with."""
    if not len(seen) or seen.found.min() >= 0:
        return np.zeros(0, dtype=np.int64)
    if codes.OURS is not None:
        received = Received(seen.found, seen.rat, seen.arfcn, seen.pci, seen.row)
        return codes.OURS.of_no_plan(received, near, planned.planned())
    unlisted = np.flatnonzero(seen.found < 0)
    arfcn, pci = seen.arfcn[unlisted], seen.pci[unlisted]
    key, cube = code_plan.code_key(seen.rat[unlisted], arfcn, pci), near[seen.row[unlisted]]
    return unlisted[(key >= 0) & (cube >= 0) & ~planned.holds(key, cube)]


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
