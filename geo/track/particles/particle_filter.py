"""Where a transmitter that may move is, and how it moves: a Rao-Blackwellised particle filter.

Particles carry place, velocity and kind of motion (`geo.track.particles.motion_model`). Power,
path-loss exponent, noise and the common offset of timing advances are integrated out in each
particle (`geo.track.particles.pathloss`). Reports of a few seconds are taken as one batch
(`geo.reports.time_batches`). Three things that such a filter would hide are tested for:

- hardly any report fits near the cloud any more: the filter starts again where they do fit;
- all levels have risen or fallen together: the path-loss law is learned again;
- the reports come from two places at once (`geo.track.two_place_test`): the answer holds both
  places, and no speed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from geo.earth.frame import Frame
from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior, hill_top
from geo.radio.pathloss import PathlossPrior
from geo.reports.reports import Reports
from geo.reports.time_batches import batches_in_time
from geo.track.drift import drift
from geo.track.particles.density import posterior_of
from geo.track.particles.filter_pass import Pass
from geo.track.particles.kept_passes import KeptPasses, Setting, passed
from geo.track.particles.motion_model import WALKING
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import law_of
from geo.track.road_graph import RoadMap
from geo.track.two_place_test import TwoPlaces, two_places

PARTICLES: Final = 1000
ALPHA: Final = 0.85  # as in `geo.fix.locate`


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """The path so far, one row for each batch of reports.

    Seconds, mean place in degrees, and the place's standard deviation along one axis in metres.
    """

    ts_s: Floats
    lat: Floats
    lon: Floats
    sigma_m: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """The answer for one time, and the cloud behind it, which `geo.track.forecast` moves on.

    `moving` is the probability that it moves now; `standing` that it has stood since `since_s`
    (seconds), the time of the first report that the track rests on. `speed_mps` is its speed along
    its way over the last minutes, if it moves, `bearing_deg` the course that it made good in them
    (`geo.track.drift`), each None where it isn't known. `lost`: the track broke off among the
    reports and was started again. `two_places`: the reports come from two transmitters in two
    places; `posterior` then holds both, speed and course are None, and the cloud means nothing.
    """

    posterior: Posterior
    speed_mps: float | None
    bearing_deg: float | None
    moving: float
    standing: float
    lost: bool
    two_places: bool
    since_s: float
    track: Track
    frame: Frame
    cloud: Cloud


def track(
    reports: Reports,
    at_s: float,
    *,
    prior: PathlossPrior | None = None,
    particles: int = PARTICLES,
    seed: int = 0,
    roads: RoadMap | None = None,
    alpha: float = ALPHA,
    kept: KeptPasses | None = None,
) -> Tracked | None:
    """Track a transmitter up to `at_s` (seconds); later rows are ignored.

    None where there are fewer than `geo.reports.time_batches.FEW_OF_ALL` rows in the last half
    hour, and than `geo.reports.time_batches.FEW` at a phone's own place. The same seed gives the
    same answer, whatever the order of rows and the values of device codes. `prior` is GSM's by
    default; log-likelihoods are multiplied by `alpha`. With `kept`, what an earlier call has come
    to is gone on with, which changes no answer. Raises ValueError where `alpha` lies outside (0, 1]
    or `particles` is below 50.

    >>> from geo.reports.reports import Reports
    >>> lat, lon = [39.9, 39.9, 39.902, 39.899], [116.4, 116.402, 116.401, 116.4005]
    >>> reports = Reports.of(lat, lon, level_dbm=[-70.0, -66.0, -75.0, -64.0], ts_s=[0, 9, 20, 31])
    >>> found = track(reports, 40.0)
    >>> found.lost, found.two_places, 0.0 < found.moving < 1.0
    (False, False, True)
    """
    if not 0.0 < alpha <= 1.0 or particles < 50:
        raise ValueError(
            f"alpha must lie in (0, 1] and particles be at least 50, not {alpha, particles}"
        )
    found = batches_in_time(reports, at_s)
    if found is None:
        return None
    frame, rows, batches = found
    setting = Setting(frame, prior or PathlossPrior(), particles, seed, roads, alpha)
    run = passed(KeptPasses() if kept is None else kept, setting, rows, batches)
    run.advance(at_s)
    return _answer(run, frame, two_places(rows, run.prior, alpha))


def _answer(run: Pass, frame: Frame, both: TwoPlaces | None) -> Tracked:
    cloud, rows = run.cloud, run.rows
    devices = np.unique(rows.device).size
    going = np.where(cloud.kind >= WALKING, cloud.weight, 0.0)
    moving = float(going.sum())
    ts_s, x, y, sigma = np.array(run.line).T
    lat, lon = frame.to_latlon(x, y)
    if both is not None:
        mode = hill_top(both.x, both.y, both.p)
        posterior = Posterior(frame, both.x, both.y, both.p, mode, devices)
    else:
        posterior = posterior_of(cloud, frame, devices, _law(run))
    made_good = None if both is not None else drift(rows, run.now_s)
    return Tracked(
        posterior=posterior,
        speed_mps=None if made_good is None else made_good.speed_mps,
        bearing_deg=None if made_good is None else made_good.course_deg,
        moving=moving,
        standing=float(cloud.weight @ cloud.never_moved),
        lost=run.restarts > 0,
        two_places=both is not None,
        since_s=run.since_s,
        track=Track(ts_s, lat, lon, sigma),
        frame=frame,
        cloud=cloud,
    )


def _law(run: Pass) -> tuple[float, float, float] | None:
    """Mean power, exponent and noise over the cloud; None where no level was reported."""
    if not run.is_level[run.first_row :].any():
        return None
    law, weight = law_of(run.cloud.law_sums, run.prior), run.cloud.weight
    return (
        run.prior.power_dbm_100m + float(weight @ law.power_db),
        float(weight @ law.exponent),
        float(weight @ np.sqrt(law.variance)),
    )
