"""Who is captured, by which transmitter, from when till when.

A phone is taken when it is idle on a claimed network, hears the transmitter above a noisy camping
level and, with the transmitter's reselection offset, better than its own cell. A blaster doesn't
take the same phone twice under one identity.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.vocabulary import GSM, LTE
from replay.simulate.camping import Camping
from replay.simulate.people import Phones
from replay.simulate.transmitter import Transmitter

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CAMPING_DBM, CAMPING_SD_DB = -88.0, 6.0
LARGEST_DEVIATIONS = 1.5  # so that nobody camps on what it can hardly decode


@dataclass(frozen=True, slots=True)
class Captures:
    """One row a captivity, in order of its beginning; times in seconds after the start."""

    phone: Ints
    transmitter: Ints
    identity: Ints
    start_s: Floats
    end_s: Floats

    def __len__(self) -> int:
        return len(self.phone)

    def held(self, phone: Ints, time_s: Floats, after_s: float = 0.0) -> NDArray[np.bool_]:
        """Which phones are captive at a time, or were until ``after_s`` seconds before."""
        if len(self) == 0:
            return np.zeros(len(phone), dtype=np.bool_)
        order = np.lexsort((self.start_s, self.phone))
        # Captivities of one phone don't overlap, so the last that began by then decides.
        key = self.phone[order] * 1e6 + self.start_s[order]
        last = np.searchsorted(key, phone * 1e6 + time_s, side="right") - 1
        row = order[np.maximum(last, 0)]
        inside = (self.phone[row] == phone) & (time_s < self.end_s[row] + after_s)
        return np.asarray((last >= 0) & inside)


def capture(
    phones: Phones, camping: Camping, transmitters: list[Transmitter], rng: np.random.Generator
) -> Captures:
    """All captivities of a scenario, step by step."""
    count, step_s = len(phones), phones.step_s
    noise = np.clip(rng.normal(0.0, 1.0, count), -LARGEST_DEVIATIONS, LARGEST_DEVIATIONS)
    threshold_dbm = CAMPING_DBM + CAMPING_SD_DB * noise
    free_from_s = np.zeros(count)
    lurable = [_lurable(phones, each, rng) for each in transmitters]
    taken: list[set[tuple[int, int]]] = [set() for _ in transmitters]
    rows: list[tuple[int, int, int, float, float]] = []
    for step in range(len(phones.x) - 1):
        for index, each in enumerate(transmitters):
            time_s = step * step_s
            if not each.active(time_s):
                continue
            x, y = phones.x[step], phones.y[step]
            level = each.level_dbm(x, y, np.full(count, time_s)) + phones.gain_db
            stronger = level + each.spec.attraction_db > camping.level_dbm[step]
            luck = rng.random(count) < 1.0 - np.exp(-step_s / each.spec.capture_delay_s)
            fits = lurable[index] & stronger & luck & (level > threshold_dbm)
            for phone in np.flatnonzero(fits & (free_from_s <= time_s)).tolist():
                start_s = time_s + float(rng.uniform(0.0, step_s))
                end_s = start_s + float(rng.uniform(*each.spec.dwell_s))
                end_s = min(end_s, each.off_after(start_s))
                identity = each.identity_index(time_s, int(phones.operator[phone]))
                if (phone, identity) in taken[index] or not each.active(start_s):
                    continue
                taken[index].add((phone, identity))
                free_from_s[phone] = end_s + step_s
                rows.append((phone, index, identity, start_s, end_s))
    rows.sort(key=lambda row: (row[3], row[0]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    whole = [np.array(column, dtype=np.int64) for column in columns[:3]]
    real = [np.array(column, dtype=np.float64) for column in columns[3:]]
    return Captures(whole[0], whole[1], whole[2], real[0], real[1])


def _lurable(
    phones: Phones, transmitter: Transmitter, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Phones of a claimed operator on the transmitter's RAT, or pushed down to it from LTE."""
    claimed = np.isin(phones.operator, transmitter.spec.claims)
    pushed = rng.random(len(phones)) < transmitter.spec.lured_share
    down = (transmitter.rat == GSM) & (phones.rat == LTE) & pushed
    return np.asarray(claimed & ((phones.rat == transmitter.rat) | down))
