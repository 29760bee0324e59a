"""Where a transmitter that may move is now: a small filter over a grid of places.

A fix from the reports of some minutes smears a car's way into one spot, and is the surer of it the
more reports there are. So the reports are taken in turn, oldest first, and between them the
probability moves: some hypotheses rest, some wander, some drive on in one direction, and each may
turn into any other (an interacting multiple model, Blom and Bar-Shalom 1988, on a grid as
Bucy and Senne 1971). One more hypothesis never moves; what it weighs against all others is the
test for standing still. Power and slope of the path loss, unknown but the same all along, are
carried as hypotheses too.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from geo import timing
from geo.frame import Frame
from geo.pathloss import PathlossPrior, log_distance
from geo.posterior import Posterior, hill_top
from geo.reports import Reports, gated
from geo.scene import CAMPED_LIKENESS, REACH_DOF, RETURN_LIKENESS
from geo.sphere import Floats
from geo.votes import DEVICE_SHARE, DEVICE_SHARE_FROM, Votes, geometric_median, votes_of
from geo.ways import WAYS, Singles, moved, switch

HORIZON_S = 1800.0  # older reports say nothing of a place that may move
SLICE_S = 10.0  # reports of so long a time are taken together ..
SLICE_SHARE = 0.1  # .. or of this share of their age
FEW = 4  # reports at a phone's own place; with fewer there is nothing to follow
CELLS = 31  # a side
MARGIN_M = 600.0  # around the phones: the transmitter may stand outside
CORE_M = 1_500.0  # rows nearer than this, or thrice the median distance, span the grid
RECENT_S = 120.0  # the grid's middle follows reports that are not much older
NOISE_DOF = 6.0  # tails of the levels, for rows that don't fit
POWER_NODES = np.arange(-4.0, 5.0) * 0.4  # standard deviations of the prior
EXPONENT_NODES = np.array([-0.8, 0.8])
MOST_NATS = 60.0  # by which one slice may speak against a place

STANDING_CHANCE = 0.5  # of never moving within the horizon, before any report
STANDING_MOST = 0.5


@dataclass(frozen=True, slots=True)
class Followed:
    """`posterior` is the place at the time asked for, if it moves; `standing` the probability
    that it has not moved within `HORIZON_S`."""

    posterior: Posterior
    standing: float


def follow(reports: Reports, at_s: float, prior: PathlossPrior | None = None) -> Followed | None:
    """Follow a transmitter up to `at_s` (seconds); later rows are ignored.

    None where fewer than `FEW` rows within the horizon lie at a phone's own place. Independent of
    the order of rows and of the values of device codes. `prior` is GSM's by default.
    """
    prior = prior or PathlossPrior()
    found = _votes(reports, at_s)
    if found is None:
        return None
    frame, votes, part = found
    age_s = at_s - votes.ts_s
    x, y = _axes(votes, age_s)
    power, exponent = _laws(prior)
    chance, log_evidence = _before(power, prior)
    told_s: float | None = None
    for at in np.unique(part)[::-1]:
        rows = np.flatnonzero(part == at)
        mean_age_s = float(age_s[rows].mean())
        if told_s is not None:
            chance = moved(chance, x, y, told_s - mean_age_s)
            switch(chance, log_evidence, told_s - mean_age_s)
        told_s = mean_age_s
        log_likelihood = _log_likelihood(votes, rows, x, y, power, exponent, prior)
        top = float(log_likelihood.max())
        chance *= np.exp(np.maximum(log_likelihood - np.float32(top), np.float32(-MOST_NATS)))
        each = chance.sum(axis=(1, 2, 3), dtype=float)
        log_evidence += np.log(each) + top
        chance /= each[:, None, None, None].astype(np.float32)
    chance = moved(chance, x, y, told_s or 0.0)
    weight = np.exp(log_evidence - logsumexp(log_evidence))
    return Followed(
        _posterior(frame, x, y, chance, log_evidence, votes, power, exponent), float(weight[0])
    )


def _votes(reports: Reports, at_s: float) -> tuple[Frame, Votes, NDArray[np.int64]] | None:
    """Votes within the horizon and the slice of each, 0 the newest.

    Only what a phone says within one slice is merged: later, the transmitter is elsewhere.
    """
    edges = [0.0]
    while edges[-1] < HORIZON_S:
        edges.append(edges[-1] + max(SLICE_S, SLICE_SHARE * edges[-1]))
    kept = gated(reports, at_s)
    kept = kept.take(kept.ts_s >= at_s - HORIZON_S)
    if np.isnan(kept.place_sigma_m).sum() < FEW:
        return None
    part = np.searchsorted(edges, at_s - kept.ts_s, side="right") - 1
    _, phone = np.unique(kept.device, return_inverse=True)
    found = votes_of(replace(kept, device=phone * len(edges) + part))
    if found is None:
        return None
    frame, votes = found
    phone, part = np.divmod(votes.device, len(edges))
    held = np.bincount(phone, weights=votes.weight)
    weight = votes.weight
    if np.unique(phone).size >= DEVICE_SHARE_FROM:
        ceiling = DEVICE_SHARE * weight.sum()
        weight = weight * np.minimum(1.0, ceiling / held[phone])
    return frame, replace(votes, weight=weight, device=phone), part


def _axes(votes: Votes, age_s: Floats) -> tuple[Floats, Floats]:
    own = np.isnan(votes.place_sigma_m)
    if not own.any():
        own[:] = True
    x, y = votes.x[own], votes.y[own]
    newness = votes.weight[own] * np.exp(-age_s[own] / RECENT_S) + 1e-9
    middle = geometric_median(x, y, newness)
    apart = np.hypot(x - middle[0], y - middle[1])
    core = apart <= max(CORE_M, 3.0 * float(np.median(apart)))
    x, y = x[core], y[core]
    return (
        np.linspace(x.min() - MARGIN_M, x.max() + MARGIN_M, CELLS),
        np.linspace(y.min() - MARGIN_M, y.max() + MARGIN_M, CELLS),
    )


def _laws(prior: PathlossPrior) -> tuple[Floats, Floats]:
    """Power (dBm at 100 m) and exponent of each path-loss hypothesis."""
    power = prior.power_dbm_100m + POWER_NODES * prior.power_sd_db
    exponent = prior.exponent + EXPONENT_NODES * prior.exponent_sd
    return np.repeat(power, exponent.size), np.tile(exponent, power.size)


def _before(power: Floats, prior: PathlossPrior) -> tuple[Singles, Floats]:
    """Probabilities (ways, laws, y, x) before any report, and the logarithm of each way's."""
    law = np.exp(-0.5 * ((power - prior.power_dbm_100m) / prior.power_sd_db) ** 2)
    chance = np.empty((WAYS, power.size, CELLS, CELLS), np.float32)
    chance[:] = (law / law.sum() / CELLS**2)[:, None, None]
    share = np.full(WAYS, (1.0 - STANDING_CHANCE) / (WAYS - 1))
    share[0] = STANDING_CHANCE
    return chance, np.log(share)


def _log_likelihood(
    votes: Votes,
    rows: NDArray[np.intp],
    x: Floats,
    y: Floats,
    power: Floats,
    exponent: Floats,
    prior: PathlossPrior,
) -> Singles:
    """What some rows say under each law at each place, shape (laws, y, x)."""
    grid_x, grid_y = (grid.ravel() for grid in np.meshgrid(x, y))
    squared = (votes.x[rows, None] - grid_x) ** 2 + (votes.y[rows, None] - grid_y) ** 2
    weight, own = votes.weight, np.isnan(votes.place_sigma_m)
    total = np.zeros((power.size, grid_x.size), np.float32)
    u = log_distance(squared, votes.sigma_m[rows]).astype(np.float32)
    for row, heard in zip(rows, u, strict=True):
        if np.isfinite(votes.level_dbm[row]):
            residual = np.float32(votes.level_dbm[row]) - power.astype(np.float32)[:, None]
            residual = residual + exponent.astype(np.float32)[:, None] * heard
            tails = np.log(1.0 + residual**2 / np.float32(NOISE_DOF * prior.sigma_db**2))
            total -= np.float32(0.5 * (NOISE_DOF + 1.0) * weight[row]) * tails
    timed = np.isfinite(votes.timing_advance[rows])
    common = np.zeros(grid_x.size)
    if timed.any():
        at = rows[timed]
        common += timing.log_likelihood(
            np.sqrt(squared[timed]),
            votes.timing_advance[at],
            votes.ta_step_m[at],
            votes.sigma_m[at],
            weight[at],
        )
    # Places of one crowd are alike, so together they never weigh more than 1 / likeness.
    for mine, likeness in ((own, CAMPED_LIKENESS), (~own, RETURN_LIKENESS)):
        shared = 1.0 + max(float(weight[mine].sum()) - 1.0, 0.0) * likeness
        at = np.flatnonzero(mine[rows])
        sigma = np.where(mine & own, prior.reach_m, votes.place_sigma_m)[rows[at], None]
        tails = np.log1p(squared[at] / (REACH_DOF * sigma**2))
        common -= 0.5 * (REACH_DOF + 2.0) * (weight[rows[at]] / shared) @ tails
    return np.asarray((total + common.astype(np.float32)).reshape(-1, y.size, x.size))


def _posterior(
    frame: Frame,
    x: Floats,
    y: Floats,
    chance: Singles,
    log_evidence: Floats,
    votes: Votes,
    power: Floats,
    exponent: Floats,
) -> Posterior:
    """The mixture over all ways. That it stands for good never counts for more than
    `STANDING_MOST`: what stood still so far may drive off the next moment."""
    weight = np.exp(log_evidence - logsumexp(log_evidence))
    moving = weight[1:] / weight[1:].sum()
    standing = min(float(weight[0]), STANDING_MOST)
    weight = np.r_[standing, (1.0 - standing) * moving]
    joint = np.tensordot(weight, chance.astype(float), axes=1)
    joint /= joint.sum()
    p, law = joint.sum(axis=0), joint.sum(axis=(1, 2))
    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=hill_top(x, y, p),
        devices=np.unique(votes.device).size,
        power_dbm_100m=float(law @ power),
        exponent=float(law @ exponent),
    )
