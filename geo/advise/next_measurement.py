"""Where a team's next measurement is expected to reduce the uncertainty of the place most.

The expected gain of a reading is the mutual information between it and the place: the entropy of
the readings that the posterior predicts at a spot, less the entropy of the instrument's own noise
(Lindley 1956; for sensor placing, Krause et al. 2008). Readings are predicted for a few hundred
cells drawn evenly from the posterior, and counted in bins; noise is added by a convolution. Nothing
is drawn at random.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.earth.sphere import Floats
from geo.posterior.posterior import Posterior, evenly_drawn
from geo.radio.bearings import REFLECTIONS
from geo.radio.pathloss import PathlossPrior, log_distance

Instrument = Literal["bearing", "level"]

REACH_M = 1_500.0  # how far a team may be sent, from where it is or from the region
CELLS = 128  # drawn from the posterior, in place of all
AZIMUTHS, RINGS = 16, 8  # of candidate spots
CLOSEST_SHARE = 0.1  # no spot is nearer to the mode than the radius that holds this probability ..
NEAREST_M = 30.0  # .. or than this
PLACE_SIGMA_M = 10.0  # of the team's own place, at the spot
BEARING_BIN_DEG = 2.0
NOISE_STEP = 0.04  # to which the logarithm of a bearing's variance is rounded
LEVEL_BIN_DB = 1.0
LEVEL_BINS = 256
INSTRUMENT_SD_DB = 5.0  # standard deviation of an instrument's calibration
_PRIOR: Final = PathlossPrior()


@dataclass(frozen=True, slots=True)
class Advice:
    """A spot in degrees, and the information (bits) that one reading there is expected to give."""

    lat: float
    lon: float
    gain_bits: float

    @property
    def area_share(self) -> float:
        """Expected area of the region afterwards, as a share of the area now, 0..1."""
        return float(2.0**-self.gain_bits)


def next_place(
    posterior: Posterior,
    instrument: Instrument = "bearing",
    *,
    sigma_deg: float = 5.0,
    team: tuple[float, float] | None = None,
    reach_m: float = REACH_M,
) -> Advice | None:
    """The spot whose reading has the largest expected gain.

    Spots lie around the mode, up to `reach_m` beyond the 90 % region; with a `team` at (lat, lon)
    only those within `reach_m` of it, or where there are none, spots around the team. `sigma_deg`
    is the standard deviation of a bearing. None where `team` is no place.
    """
    candidates = _candidates(posterior, team, reach_m)
    if candidates is None:
        return None
    gain = gain_bits(posterior, *candidates, instrument, sigma_deg=sigma_deg)
    best = int(np.argmax(gain))
    lat, lon = posterior.frame.to_latlon(candidates[0][best], candidates[1][best])
    return Advice(float(lat), float(lon), float(gain[best]))


def gain_bits(
    posterior: Posterior,
    x: Floats,
    y: Floats,
    instrument: Instrument = "bearing",
    *,
    sigma_deg: float = 5.0,
) -> Floats:
    """Expected information (bits) of one reading at each of the spots x, y of the frame."""
    cell_x, cell_y = evenly_drawn(posterior.x, posterior.y, posterior.p, CELLS)
    east, north = cell_x - x[:, None], cell_y - y[:, None]
    if instrument == "bearing":
        return _bearing_gain(east, north, sigma_deg)
    return _level_gain(posterior, east, north)


def _bearing_gain(east: Floats, north: Floats, sigma_deg: float) -> Floats:
    bins = round(360.0 / BEARING_BIN_DEG)
    towards = np.degrees(np.arctan2(east, north))
    index = np.floor(towards * (1.0 / BEARING_BIN_DEG)).astype(np.intp) % bins
    # Noise by spot: an error of the team's own place changes the angle more near the transmitter.
    near = PLACE_SIGMA_M**2 * np.mean(1.0 / np.maximum(east**2 + north**2, NEAREST_M**2), axis=1)
    variance = np.radians(sigma_deg) ** 2 + near
    # Most spots have nearly the same, so that it is rounded and made once for all of these.
    steps, of = np.unique(np.rint(np.log(variance) / NOISE_STEP), return_inverse=True)
    off = np.radians(BEARING_BIN_DEG) * np.arange(bins)
    noise = np.exp((np.cos(off) - 1.0) / np.exp(NOISE_STEP * steps)[:, None])
    noise *= (1.0 - REFLECTIONS) / noise.sum(axis=1, keepdims=True)
    return _information(_counted(index, bins), noise + REFLECTIONS / bins, of.ravel())


def _level_gain(posterior: Posterior, east: Floats, north: Floats) -> Floats:
    exponent = posterior.exponent or _PRIOR.exponent
    noise_db = np.hypot(posterior.sigma_db or _PRIOR.sigma_db, INSTRUMENT_SD_DB)
    u = log_distance(east**2 + north**2, np.full(east.shape[0], PLACE_SIGMA_M))
    # The power is unknown, so only differences between the cells matter.
    index = np.rint((u - u.min(axis=1, keepdims=True)) * exponent / LEVEL_BIN_DB).astype(np.intp)
    off = LEVEL_BIN_DB * (np.arange(LEVEL_BINS) - LEVEL_BINS // 2)
    noise = np.fft.ifftshift(np.exp(-0.5 * (off / noise_db) ** 2))
    predicted = _counted(np.minimum(index, LEVEL_BINS // 2), LEVEL_BINS)
    return _information(predicted, noise[None] / noise.sum(), np.zeros(index.shape[0], np.intp))


def _counted(index: NDArray[np.intp], bins: int) -> Floats:
    """Share of the cells in each bin, shape (spots, bins)."""
    spots, cells = index.shape
    flat = (index + bins * np.arange(spots)[:, None]).ravel()
    counts = np.bincount(flat, minlength=spots * bins).reshape(spots, bins)
    return np.asarray(counts / cells, float)


def _information(predicted: Floats, noise: Floats, of: NDArray[np.intp]) -> Floats:
    """Entropy of the predicted readings less that of their noise, bits, spot by spot.

    `predicted` has a row for each spot, `of` is the row of `noise` that each spot has.
    """
    bins = predicted.shape[1]
    readings = np.fft.irfft(np.fft.rfft(predicted) * np.fft.rfft(noise)[of], bins)
    return _entropy_bits(readings) - _entropy_bits(noise)[of]


def _entropy_bits(chance: Floats) -> Floats:
    safe = np.maximum(chance, 1e-12)
    return np.asarray(-(safe * np.log2(safe)).sum(axis=1))


def _candidates(
    posterior: Posterior, team: tuple[float, float] | None, reach_m: float
) -> tuple[Floats, Floats] | None:
    """Spots on rings about the mode, whose radii grow by a factor, as far as the team may go."""
    cell_x, cell_y = evenly_drawn(posterior.x, posterior.y, posterior.p, CELLS)
    mode_x, mode_y = posterior.mode_xy
    apart = np.hypot(cell_x - mode_x, cell_y - mode_y)
    closest = max(float(np.quantile(apart, CLOSEST_SHARE)), NEAREST_M)
    outer = float(np.quantile(apart, 0.9)) + reach_m
    x, y = _rings(mode_x, mode_y, np.geomspace(closest, max(outer, 2.0 * closest), RINGS))
    if team is None:
        return x, y
    team_x, team_y = (float(value) for value in posterior.frame.to_xy(*team))
    if not (np.isfinite(team_x) and np.isfinite(team_y)):
        return None
    within = np.hypot(x - team_x, y - team_y) <= reach_m
    if within.any():
        return x[within], y[within]
    return _rings(team_x, team_y, np.array([0.5, 1.0]) * reach_m)


def _rings(x: float, y: float, radii_m: Floats) -> tuple[Floats, Floats]:
    course = 2.0 * np.pi * np.arange(AZIMUTHS) / AZIMUTHS
    return (
        (x + radii_m[:, None] * np.sin(course)).ravel(),
        (y + radii_m[:, None] * np.cos(course)).ravel(),
    )
