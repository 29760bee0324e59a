"""Particles scattered about the phones that report now, whatever the others have come to.

A cloud that has drifted off its transmitter has no particle near it, so that no report brings it
back, and its region is small and wrong: with few reports a minute, from phones kilometres away, one
that drives is soon lost so. A few particles always begin anew where phones just now receive it
(sensor resetting, Lenser and Veloso 2000). Where the cloud is right they weigh nothing after the
next reports; where it is wrong they take over.
"""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports
from geo.track.particles import road_motion
from geo.track.particles.motion_model import DRIVING, SPEED_SD_MPS
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import REACH_CHANCE

#: Of all particles, with each batch of reports, so far as it has moved: what stands isn't lost, and
#: such a share of what never moved each time would be all of it. Chosen on drawn worlds for regions
#: that hold their transmitter as often as they state (`python -m benchmarks.placed`), as all below.
SHARE: Final = 0.05
NEWEST: Final = 6  # reports at phones' own places about which they are scattered ..
NEWEST_S: Final = 60.0  # .. none older than this
REACHES: Final = 0.7  # standard deviation along an axis, in reaches of the likeliest transmitter
LAW_KEPT: Final = 0.5  # of what they had learned of law and reach, at places that were others


def scatter(
    cloud: Cloud,
    rows: WeightedReports,
    batch: NDArray[np.intp],
    prior: PathlossPrior,
    rng: Generator,
) -> None:
    """Puts a few particles, any, about the phones that reported up to a batch of rows, in place.

    None with a batch of returns or readings alone, which says little of where they are wrong.
    """
    upto = int(batch[-1]) + 1
    own = np.isnan(rows.place_sigma_m[:upto]) & ~rows.trusted[:upto]
    if not own[batch].any():
        return
    near = np.flatnonzero(own)[-NEWEST:]
    near = near[rows.ts_s[near] >= float(rows.ts_s[batch].mean()) - NEWEST_S]
    count = round(SHARE * (1.0 - float(cloud.weight @ cloud.never_moved)) * cloud.size)
    anew = rng.choice(cloud.size, count, replace=False)
    about = near[rng.integers(0, near.size, count)]
    width_m = REACHES * prior.reach_m
    cloud.place[:, anew] = np.stack([rows.x[about], rows.y[about]])
    cloud.place[:, anew] += width_m * rng.standard_normal((2, count))
    cloud.velocity[:, anew] = SPEED_SD_MPS[DRIVING] * rng.standard_normal((2, count))
    cloud.kind[anew] = DRIVING
    cloud.never_moved[anew] = False
    cloud.law_sums[:, anew] *= LAW_KEPT
    cloud.reach[:, anew] = LAW_KEPT * cloud.reach[:, anew] + (1.0 - LAW_KEPT) * REACH_CHANCE
    cloud.edge[anew] = -1
    if cloud.roads is not None:
        put = cloud.take(anew)
        road_motion.settle(cloud.roads, put, rng)
        cloud.place[:, anew], cloud.velocity[:, anew] = put.place, put.velocity
        cloud.edge[anew], cloud.along_m[anew] = put.edge, put.along_m
