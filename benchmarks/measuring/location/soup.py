"""The particle filter of Stone-Soup (dstl) on the same reports, for comparison.

A plain one: place, velocity (Ornstein-Uhlenbeck), power and slope of the law are all in the state,
2000 particles, systematic resampling below half of the effective number. It gets the same priors,
noise and tails of levels and rings of advances as ours. Needs ``stonesoup`` from PyPI; import fails
where it isn't installed.
"""

from datetime import datetime, timedelta

import numpy as np
from stonesoup.base import Property
from stonesoup.models.measurement.base import MeasurementModel
from stonesoup.models.transition.linear import (
    CombinedLinearGaussianTransitionModel,
    OrnsteinUhlenbeck,
    RandomWalk,
)
from stonesoup.predictor.particle import ParticlePredictor
from stonesoup.resampler.particle import ESSResampler
from stonesoup.types.array import StateVectors
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.state import ParticleState
from stonesoup.updater.particle import ParticleUpdater

from geo.earth.frame import Frame
from geo.posterior.posterior import Posterior, hill_top
from geo.radio import timing_advance
from geo.radio.pathloss import PathlossPrior
from geo.reports.reports import Reports
from geo.reports.time_batches import batches_in_time

PARTICLES = 2000
MEMORY_S, SPEED_SD_MPS = 30.0, 6.4
DOF = 5.0
CELLS = 49
EPOCH = datetime(2000, 1, 1)


class ReportModel(MeasurementModel):
    """One report: its level and its advance, given place (0, 2), power (4) and slope (5)."""

    ndim_state: int = Property(default=6)
    mapping: tuple = Property(default=(0, 2))
    place: tuple = Property(default=(0.0, 0.0))
    sigma_m: float = Property(default=0.0)
    step_m: float = Property(default=np.nan)
    noise_db: float = Property(default=7.5)

    @property
    def ndim_meas(self):
        return 2

    def function(self, state, noise=False, **kwargs):
        raise NotImplementedError

    def rvs(self, num_samples=1, **kwargs):
        raise NotImplementedError

    def pdf(self, state1, state2, **kwargs):
        return np.exp(self.logpdf(state1, state2, **kwargs))

    def logpdf(self, state1, state2, **kwargs):
        x, _, y, _, power, exponent = np.asarray(state2.state_vector, float)
        level_dbm, advance = np.asarray(state1.state_vector, float).ravel()
        apart = np.hypot(x - self.place[0], y - self.place[1])
        u = 5.0 * np.log10(apart**2 + self.sigma_m**2 + 64.0) - 20.0
        log_density = np.zeros(x.size)
        if np.isfinite(level_dbm):
            z = (level_dbm - power + exponent * u) / self.noise_db
            log_density -= 0.5 * (DOF + 1.0) * np.log1p(z**2 / DOF)
        if np.isfinite(advance):
            by_offset = timing_advance.log_by_offset(apart, advance, self.step_m, self.sigma_m)
            log_density += np.log(np.exp(by_offset + timing_advance.OFFSET_LOG_CHANCE).sum(axis=1))
        return log_density


def soup(reports: Reports, at_s: float) -> Posterior | None:
    """Stone-Soup's answer at `at_s` (seconds), as a histogram smoothed on a grid."""
    found = batches_in_time(reports, at_s)
    if found is None:
        return None
    frame, rows, _ = found
    prior = PathlossPrior()
    np.random.seed(0)  # Stone-Soup draws from the global generator
    first = slice(0, 12)
    low = np.array([rows.x[first].min(), rows.y[first].min()]) - 700.0
    high = np.array([rows.x[first].max(), rows.y[first].max()]) + 700.0
    rng = np.random.default_rng(0)
    state = np.empty((6, PARTICLES))
    state[[0, 2]] = (low + (high - low) * rng.random((PARTICLES, 2))).T
    state[[1, 3]] = SPEED_SD_MPS * rng.standard_normal((2, PARTICLES))
    state[4] = rng.normal(prior.power_dbm_100m, prior.power_sd_db, PARTICLES)
    state[5] = rng.normal(prior.exponent, prior.exponent_sd, PARTICLES)
    cloud = ParticleState(
        StateVectors(state),
        weight=np.full(PARTICLES, 1.0 / PARTICLES),
        timestamp=_clock(rows.ts_s[0]),
    )
    heading = OrnsteinUhlenbeck(2.0 * SPEED_SD_MPS**2 / MEMORY_S, 1.0 / MEMORY_S)
    motion = CombinedLinearGaussianTransitionModel(
        [heading, heading, RandomWalk(0.02), RandomWalk(2e-5)]
    )
    predictor, updater = ParticlePredictor(motion), ParticleUpdater(None, ESSResampler())
    for row in range(rows.x.size):
        model = ReportModel(
            place=(float(rows.x[row]), float(rows.y[row])),
            sigma_m=float(rows.sigma_m[row]),
            step_m=float(rows.ta_step_m[row]),
        )
        detection = Detection(
            np.array([[rows.level_dbm[row]], [rows.timing_advance[row]]]),
            timestamp=_clock(rows.ts_s[row]),
            measurement_model=model,
        )
        prediction = predictor.predict(cloud, timestamp=detection.timestamp)
        cloud = updater.update(SingleHypothesis(prediction, detection))
    cloud = predictor.predict(cloud, timestamp=_clock(at_s))
    return _posterior(cloud, frame, rows.x.size)


def _clock(ts_s: float) -> datetime:
    return EPOCH + timedelta(seconds=float(ts_s))


def _posterior(cloud: ParticleState, frame: Frame, devices: int) -> Posterior:
    x, _, y, _, _, _ = np.asarray(cloud.state_vector, float)
    weight = np.asarray(cloud.weight, float)
    weight = weight / weight.sum()
    axes, kernels = [], []
    for values in (x, y):
        mean = weight @ values
        spread = float(np.sqrt(weight @ (values - mean) ** 2))
        width = max(1.2 * spread * float(1.0 / (weight @ weight)) ** (-1.0 / 6.0), 8.0)
        lines = np.linspace(mean - 4.0 * spread, mean + 4.0 * spread, CELLS)
        width = max(width, 0.6 * float(lines[1] - lines[0]))
        axes.append(lines)
        kernels.append(np.exp(-0.5 * ((lines[:, None] - values) / width) ** 2))
    p = (kernels[1] * weight) @ kernels[0].T
    p /= p.sum()
    return Posterior(frame, *axes, p, hill_top(*axes, p, 1.2), devices)  # type: ignore[call-arg]
