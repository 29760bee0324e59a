"""How those who receive a transmitter drift over some minutes: its course and speed made good.

A filter knows of the direction of now only what the newest few reports show, and a vehicle turns at
the next crossing. Over minutes, though, the places of those who receive it go where it goes. Their
regression on time, in which strong levels count most and outliers little, gives a velocity, and the
scatter of whole phones about it how sure that is (errors clustered by phone: Liang and Zeger 1986;
by leaving one out at a time, as MacKinnon and White 1985, since the nearest few phones count most).

How fast it goes along its way is more than what it makes good. That is weighed: walkers and drivers
as the filter has them, who make good from a bit more than half of their way to all of it.

The figures below were chosen on simulated streets and towns (`python -m benchmarks.motion`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.reports.device_weights import WeightedReports

SPAN_S: Final = 240.0  # reports that are looked at
BRIEFEST_S: Final = 30.0  # nine in ten of them must lie farther apart; for a course ..
LEAST_SPAN_S: Final = 60.0
LEAST_M: Final = 200.0  # .. it must have made good so much; less is the crowd's own change
LEAST_DEVICES: Final = 4
LEAST_LEFT: Final = 0.2  # of the fit without a phone: below, its pull can't be told from the rest
SPENT: Final = 2.0  # of the phones that count: on the fit, and on its reweighing ..
LEAST_FREE: Final = 0.5  # .. of which so many are left at least
MOST_SHARE: Final = 0.2  # no device weighs more of the whole
LEVEL_DB: Final = 20.0  # a level lower by so much counts a tenth: by amplitude, not power
LEAST_WEIGHT: Final = 0.02  # .. of the strongest
ROUNDS: Final = 3  # of reweighing by distance from the fit (Cauchy's weights)
SURE: Final = 2.5  # standard deviations from rest that make a course
FLOOR_MPS: Final = 0.01  # standard deviation that no velocity is known better than

#: Speeds (m/s) that are weighed, and how likely each is beforehand: of those that walk and drive.
_SPEEDS: Final = np.r_[0.1:5.0:0.2, 5.0:40.0:0.5]
#: Walkers and drivers: how many there are, and how fast along each axis (m/s), as in
#: `geo.track.particles.motion_model`.
KINDS: Final = ((0.15, 1.1), (0.4, 6.4))
_MADE_GOOD: Final = np.array([0.6, 0.8, 1.0])  # of the way, as likely each


def _beforehand() -> Floats:
    rayleigh = [share * _SPEEDS / sd**2 * np.exp(-0.5 * (_SPEEDS / sd) ** 2) for share, sd in KINDS]
    return np.asarray(sum(rayleigh) * np.gradient(_SPEEDS))


_CHANCE: Final = _beforehand()


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """A velocity made good (2; m/s east and north in the reports' frame) over `span_s` seconds, and
    its `covariance` (2, 2)."""

    velocity: Floats
    covariance: Floats
    span_s: float

    @property
    def score(self) -> float:
        """How many standard deviations it is from rest."""
        return float(np.sqrt(self.velocity @ np.linalg.solve(self.covariance, self.velocity)))

    @property
    def course_deg(self) -> float | None:
        """Where to, clockwise from north; None where that isn't sure."""
        made_good_m = float(np.hypot(*self.velocity)) * self.span_s
        if self.span_s < LEAST_SPAN_S or made_good_m < LEAST_M or self.score < SURE:
            return None
        return float(np.degrees(np.arctan2(*self.velocity)) % 360.0)

    @property
    def speed_mps(self) -> float:
        """Mean speed along its way, if it moves at all."""
        variance = (_MADE_GOOD[:, None] * _SPEEDS) ** 2 / 2.0
        spread = self.covariance + variance[..., None, None] * np.eye(2)
        away = np.linalg.solve(spread, self.velocity[:, None])[..., 0] @ self.velocity
        likelihood = np.exp(-0.5 * away) / np.sqrt(np.linalg.det(spread))
        chance = _CHANCE * likelihood.sum(axis=0)
        return float(chance @ _SPEEDS / chance.sum())


def drift(rows: WeightedReports, at_s: float) -> Drift | None:
    """How those who receive a transmitter have drifted up to `at_s` (seconds).

    None with too few phones or in too short a time. Places where phones came back scatter more, as
    the covariance then does; those at one place, most often a cell's, count as one phone.
    Instruments, which go where their teams go, say nothing of it.
    """
    own = ~rows.trusted & np.isnan(rows.bearing_deg)
    own &= (rows.ts_s > at_s - SPAN_S) & (rows.ts_s <= at_s)
    phone = _phones(rows, own)
    if phone.max(initial=-1) + 1 < LEAST_DEVICES:
        return None
    age_s = rows.ts_s[own] - at_s
    newest, oldest = np.quantile(age_s, [0.95, 0.05])
    if newest - oldest < BRIEFEST_S:
        return None
    weight = _amplitude(rows.level_dbm[own])
    held = np.bincount(phone, weights=weight)
    weight *= np.minimum(1.0, MOST_SHARE * weight.sum() / held)[phone]
    places = np.stack([rows.x[own], rows.y[own]], axis=1)
    velocity, pulls, leverage = _fitted(age_s, places, weight)
    share = np.bincount(phone, weights=leverage)
    left = np.maximum(1.0 - share, LEAST_LEFT)
    of_phone = np.stack([np.bincount(phone, weights=pull) / left for pull in pulls.T])
    alike = 4.0 / float(share @ share)  # phones that would count as much, were all alike (Kish)
    covariance = of_phone @ of_phone.T * (alike / max(alike - SPENT, LEAST_FREE))
    return Drift(velocity, covariance + FLOOR_MPS**2 * np.eye(2), float(newest - oldest))


def _phones(rows: WeightedReports, own: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Numbers, from 0, of what counts as one phone of some rows."""
    is_own = np.isnan(rows.place_sigma_m[own])
    x, y = np.where(is_own, 0.0, rows.x[own]), np.where(is_own, 0.0, rows.y[own])
    device = np.where(is_own, rows.device[own], -1)
    keys = np.column_stack([device, np.round(x), np.round(y)])
    return np.asarray(np.unique(keys, axis=0, return_inverse=True)[1].ravel(), np.int64)


def _amplitude(level_dbm: Floats) -> Floats:
    """Weights by level; alike where none is known."""
    known = np.isfinite(level_dbm)
    if not known.any():
        return np.ones(level_dbm.size)
    level = np.where(known, level_dbm, float(np.median(level_dbm[known])))
    return np.asarray(np.maximum(10.0 ** ((level - level.max()) / LEVEL_DB), LEAST_WEIGHT))


def _fitted(age_s: Floats, places: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """The velocity (east, north; m/s), how far each row pulls it (rows, 2), and what share of the
    fit each row is (their sum is 2)."""
    kept = np.ones(age_s.size)
    for _ in range(ROUNDS):
        by = weight * kept / (weight @ kept)
        since_s = age_s - by @ age_s
        pull = by * since_s / (by @ since_s**2)
        leverage = by + pull * since_s
        velocity = pull @ places
        left = places - by @ places - since_s[:, None] * velocity
        squared = (left**2).sum(axis=1)
        kept = 1.0 / (1.0 + squared / (3.0 * max(float(np.median(squared)), 1.0)))
    return np.asarray(velocity), pull[:, None] * left, leverage
