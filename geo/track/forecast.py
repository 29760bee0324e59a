"""Where a tracked transmitter will be when an alert reaches the team."""

from dataclasses import replace
from typing import Final

from numpy.random import PCG64, Generator

from geo.posterior.posterior import Posterior
from geo.track.particles.density import posterior_of
from geo.track.particles.motion_model import move
from geo.track.particles.particle_filter import Tracked

LONGEST_S: Final = 600.0  # predictions further ahead are useless


def forecast(tracked: Tracked, ahead_s: float, seed: int = 0) -> Posterior:
    """The posterior `ahead_s` seconds after the track's own time, by the motion model.

    `ahead_s` is clipped to 0 .. `LONGEST_S`. With two transmitters (`Tracked.two_places`) no
    motion is known, and the posterior is that of now.
    """
    if tracked.two_places:
        return tracked.posterior
    cloud = tracked.cloud.copy()
    move(cloud, min(max(ahead_s, 0.0), LONGEST_S), Generator(PCG64(seed)))
    now = tracked.posterior
    later = posterior_of(cloud, tracked.frame, now.devices)
    return replace(
        later, power_dbm_100m=now.power_dbm_100m, exponent=now.exponent, sigma_db=now.sigma_db
    )
