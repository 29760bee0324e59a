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

from geo.frame import Frame
from geo.laws import Laws
from geo.pathloss import PathlossPrior
from geo.posterior import Posterior, hill_top
from geo.reports import Reports, gated
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
MOST_NATS = 60.0  # by which one slice may speak against a place
LEFT_OUT = 1e-4  # a law that is less likely than this, whatever the way, is dropped

STANDING_CHANCE = 0.5  # of never moving within the horizon, before any report
STANDING_MOST = 0.3  # what never moving may count for in the place


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
    found = _votes(reports, at_s)
    if found is None:
        return None
    frame, votes, part = found
    age_s = at_s - votes.ts_s
    x, y = _axes(votes, age_s)
    laws = Laws.of(prior or PathlossPrior())
    chance, log_evidence = _before(laws)
    told_s: float | None = None
    for at in np.unique(part)[::-1]:
        rows = np.flatnonzero(part == at)
        mean_age_s = float(age_s[rows].mean())
        if told_s is not None:
            chance = moved(chance, x, y, told_s - mean_age_s)
            switch(chance, log_evidence, told_s - mean_age_s)
        told_s = mean_age_s
        log_likelihood = laws.log_likelihood(votes, rows, x, y)
        top = float(log_likelihood.max())
        chance *= np.exp(np.maximum(log_likelihood - np.float32(top), np.float32(-MOST_NATS)))
        by_law = chance.sum(axis=(2, 3), dtype=float)
        each = by_law.sum(axis=1)
        log_evidence += np.log(each) + top
        chance /= each[:, None, None, None].astype(np.float32)
        kept = (by_law / each[:, None]).max(axis=0) > LEFT_OUT
        if not kept.all():
            chance, laws = chance[:, kept], laws.take(kept)
    chance = moved(chance, x, y, told_s or 0.0)
    weight = np.exp(np.maximum(log_evidence - logsumexp(log_evidence), -MOST_NATS))
    return Followed(_posterior(frame, x, y, chance, weight, votes, laws), float(weight[0]))


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


def _before(laws: Laws) -> tuple[Singles, Floats]:
    """Probabilities (ways, laws, y, x) before any report, and the logarithm of each way's."""
    chance = np.empty((WAYS, laws.chance.size, CELLS, CELLS), np.float32)
    chance[:] = (laws.chance / CELLS**2)[:, None, None]
    share = np.full(WAYS, (1.0 - STANDING_CHANCE) / (WAYS - 1))
    share[0] = STANDING_CHANCE
    return chance, np.log(share)


def _posterior(
    frame: Frame, x: Floats, y: Floats, chance: Singles, weight: Floats, votes: Votes, laws: Laws
) -> Posterior:
    """The mixture over all ways. That it stands for good never counts for more than
    `STANDING_MOST`: what stood still so far may drive off the next moment."""
    standing = min(float(weight[0]), STANDING_MOST)
    shares = np.r_[standing, (1.0 - standing) * weight[1:] / weight[1:].sum()]
    joint = np.tensordot(shares, chance.astype(float), axes=1)
    joint /= joint.sum()
    p, law = joint.sum(axis=0), joint.sum(axis=(1, 2))
    return Posterior(
        frame=frame,
        x=x,
        y=y,
        p=p,
        mode_xy=hill_top(x, y, p),
        devices=np.unique(votes.device).size,
        power_dbm_100m=float(law @ laws.power_dbm),
        exponent=float(law @ laws.exponent),
    )
