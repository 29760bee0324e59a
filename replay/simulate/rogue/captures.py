"""Who is captured, by which transmitter, from when till when.

A phone is taken when it is idle on a claimed network, receives the transmitter above a noisy
camping level and, with the transmitter's reselection offset, better than its own cell. A blaster
doesn't take the same phone twice under one identity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.model.codes import GSM, LTE, NR
from replay.simulate.network.network import Floats, Ints
from replay.simulate.people.camping import Camping
from replay.simulate.people.people import Phones
from replay.simulate.rogue.transmitter import Transmitter
from replay.simulate.scenario.rogue import AREA_CAUSES

CAMPING_SD_DB = 6.0
LARGEST_DEVIATIONS = 1.5  # so that nobody camps on what it can hardly decode
LTE_BELOW_GSM_DB = 22.0  # RSRP of one resource element against RxLev of a whole carrier
#: Within its own area a phone says nothing to a new cell until it has something to send.
SILENT_IN_OWN_AREA = 6.0


@dataclass(frozen=True, slots=True)
class Captures:
    """One row a captivity, in order of its beginning; times in seconds after the start.

    From ``end_s`` a phone is free, from ``back_s`` on it is served again; ``cause`` is that of the
    rogue's reject, 0 where there was none.
    """

    phone: Ints
    transmitter: Ints
    identity: Ints
    start_s: Floats
    end_s: Floats
    back_s: Floats
    cause: Ints

    def __len__(self) -> int:
        return len(self.phone)

    def held(self, phone: Ints, time_s: Floats, after_s: float = 0.0) -> NDArray[np.bool_]:
        """Which phones are not served at a time, or were not until ``after_s`` seconds before."""
        if len(self) == 0:
            return np.zeros(len(phone), dtype=np.bool_)
        order = np.lexsort((self.start_s, self.phone))
        # Captivities of one phone don't overlap, so the last that began by then decides.
        key = self.phone[order] * 1e6 + self.start_s[order]
        last = np.searchsorted(key, phone * 1e6 + time_s, side="right") - 1
        row = order[np.maximum(last, 0)]
        inside = (self.phone[row] == phone) & (time_s < self.back_s[row] + after_s)
        return np.asarray((last >= 0) & inside)


def capture(
    phones: Phones, camping: Camping, transmitters: list[Transmitter], rng: np.random.Generator
) -> Captures:
    """All captivities of a scenario, step by step."""
    count, step_s = len(phones), phones.step_s
    noise = np.clip(rng.normal(0.0, 1.0, count), -LARGEST_DEVIATIONS, LARGEST_DEVIATIONS)
    spread_db = CAMPING_SD_DB * noise
    free_from_s = np.zeros(count)
    lurable = [_lurable(phones, each, rng) for each in transmitters]
    taken = [_taken_before(phones, each, rng) for each in transmitters]
    rows: list[tuple[int, int, int, float, float, float, int]] = []
    for step in range(len(phones.x) - 1):
        for index, each in enumerate(transmitters):
            time_s = step * step_s
            if not each.active(time_s):
                continue
            luck = rng.random(count) < 1.0 - np.exp(-step_s / _delay_s(each, camping, step))
            fits = lurable[index] & luck & _preferred(phones, camping, each, step, spread_db)
            fits &= _within_reach(phones, each, step, time_s)
            for phone in np.flatnonzero(fits & (free_from_s <= time_s)).tolist():
                start_s = time_s + float(rng.uniform(0.0, step_s))
                end_s = start_s + float(rng.uniform(*each.spec.dwell_s))
                end_s = min(end_s, each.off_after(start_s))
                carrier = phone + int(time_s // 60.0)
                identity = each.identity_index(time_s, int(phones.operator[phone]), carrier)
                if (phone, identity) in taken[index] or not each.active(start_s):
                    continue
                taken[index].add((phone, identity))
                cause, away_s = _rejected(each, rng)
                back_s = end_s + away_s
                free_from_s[phone] = back_s + step_s
                rows.append((phone, index, identity, start_s, end_s, back_s, cause))
    rows.sort(key=lambda row: (row[3], row[0]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    whole = [np.array(columns[at], dtype=np.int64) for at in (0, 1, 2, 6)]
    real = [np.array(columns[at], dtype=np.float64) for at in (3, 4, 5)]
    return Captures(whole[0], whole[1], whole[2], real[0], real[1], real[2], whole[3])


def _lurable(
    phones: Phones, transmitter: Transmitter, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Phones of a claimed operator on the transmitter's RAT, or pushed down to it from LTE."""
    claimed = np.isin(phones.operator, transmitter.spec.claims)
    pushed = rng.random(len(phones)) < transmitter.spec.lured_share
    above = phones.rat == LTE
    if transmitter.spec.lure is not None and transmitter.spec.lure.from_nr:
        above |= phones.rat == NR
    down = (transmitter.rat == GSM) & above & pushed
    able = claimed & ((phones.rat == transmitter.rat) | down)
    if transmitter.spec.captured_share < 1.0:
        able &= rng.random(len(phones)) < transmitter.spec.captured_share
    return np.asarray(able)


def _taken_before(
    phones: Phones, transmitter: Transmitter, rng: np.random.Generator
) -> set[tuple[int, int]]:
    """Phones captured before the recording starts, each with all identities."""
    share = transmitter.spec.taken_before_share
    if share == 0.0:
        return set()
    known = np.flatnonzero(rng.random(len(phones)) < share).tolist()
    return {(phone, each) for phone in known for each in range(len(transmitter.identities))}


def _preferred(
    phones: Phones, camping: Camping, transmitter: Transmitter, step: int, spread_db: Floats
) -> NDArray[np.bool_]:
    """Phones that receive the capturing cell well enough, and find it better than their own."""
    spec, at_s = transmitter.spec, np.full(len(phones), step * phones.step_s)
    level = transmitter.level_dbm(phones.x[step], phones.y[step], at_s) + phones.gain_db
    # RSRP of a lure is lower, and its priority is another.
    attraction_db, needed_dbm = np.asarray(spec.attraction_db), np.asarray(spec.camping_dbm)
    if spec.lure is not None:
        lured = phones.rat != GSM
        level = np.where(lured, level + transmitter.lure_above_db(), level)
        attraction_db = np.where(lured, spec.lure.attraction_db, attraction_db)
        needed_dbm = np.where(lured, needed_dbm - LTE_BELOW_GSM_DB, needed_dbm)
    better = level + attraction_db > camping.level_dbm[step]
    return np.asarray(better & (level > needed_dbm + spread_db))


def _within_reach(
    phones: Phones, transmitter: Transmitter, step: int, time_s: float
) -> NDArray[np.bool_]:
    """Phones that are on, on its side of the ground, and of an operator it claims just now."""
    everyone = np.arange(len(phones))
    fits = phones.reachable(everyone, np.full(len(phones), time_s))
    fits &= np.isin(phones.operator, transmitter.claims_at(time_s))
    return np.asarray(fits & transmitter.reaches(phones.underground[step]))


def _delay_s(transmitter: Transmitter, camping: Camping, step: int) -> Floats | float:
    """Mean time until a phone in reach makes itself known to the transmitter."""
    delay_s = transmitter.spec.capture_delay_s
    if transmitter.own_area is None:
        return delay_s
    claimed = np.array([identity.area for identity in transmitter.identities])
    same = np.isin(transmitter.own_area[camping.cell[step]], claimed)
    return np.where(same, SILENT_IN_OWN_AREA * delay_s, delay_s)


def _rejected(transmitter: Transmitter, rng: np.random.Generator) -> tuple[int, float]:
    """Cause of the rogue's reject, 0 for none, and how long the phone then goes without service."""
    reject = transmitter.spec.reject
    if reject is None or rng.random() >= reject.share:
        return 0, 0.0
    cause = int(rng.choice(reject.causes))
    span_s = reject.search_s if cause in AREA_CAUSES else reject.away_s
    return cause, float(rng.uniform(*span_s))
