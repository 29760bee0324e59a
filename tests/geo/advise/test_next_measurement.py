"""Where to measure next: against a slow twin, and whether following the advice pays."""

from types import ModuleType

import numpy as np
import pytest

from geo.advise.next_measurement import (
    CELLS,
    INSTRUMENT_SD_DB,
    PLACE_SIGMA_M,
    Instrument,
    gain_bits,
    next_place,
)
from geo.earth.frame import frame_at
from geo.posterior.posterior import Posterior, evenly_drawn
from geo.radio.bearings import REFLECTIONS

PLACE = (39.91, 116.4)


def hill(long_m: float, short_m: float, turn_deg: float = 0.0, **more: float) -> Posterior:
    """A Gaussian whose long axis has the given course, in degrees from north."""
    side = np.linspace(-4.0 * long_m, 4.0 * long_m, 81)
    grid_x, grid_y = np.meshgrid(side, side)
    sine, cosine = np.sin(np.radians(turn_deg)), np.cos(np.radians(turn_deg))
    along, across = grid_x * sine + grid_y * cosine, grid_x * cosine - grid_y * sine
    p = np.exp(-0.5 * ((along / long_m) ** 2 + (across / short_m) ** 2))
    frame = frame_at(*PLACE)
    return Posterior(frame, side, side, p / p.sum(), (0.0, 0.0), 30, **more)  # type: ignore[arg-type]


def place_xy(posterior: Posterior, **options: object) -> tuple[float, float]:
    advice = next_place(posterior, **options)  # type: ignore[arg-type]
    assert advice is not None
    x, y = posterior.frame.to_xy(advice.lat, advice.lon)
    return float(x), float(y)


def test_the_gain_of_a_bearing_is_its_mutual_information() -> None:
    posterior = hill(300.0, 80.0, 30.0)
    spot = np.array([250.0, -150.0])
    x, y = evenly_drawn(posterior.x, posterior.y, posterior.p, CELLS)
    angle = np.radians(np.arange(0.0, 360.0, 0.5))
    apart = np.maximum(np.hypot(x - spot[0], y - spot[1]), 30.0)
    spread = np.sqrt(np.radians(5.0) ** 2 + PLACE_SIGMA_M**2 * np.mean(apart**-2))
    likelihood = []
    for cell in range(CELLS):
        towards = np.arctan2(x[cell] - spot[0], y[cell] - spot[1])
        beam = np.exp((np.cos(angle - towards) - 1.0) / spread**2)
        likelihood.append((1.0 - REFLECTIONS) * beam / beam.sum() + REFLECTIONS / angle.size)
    each = np.array(likelihood)
    expected = np.mean(np.sum(each * np.log2(each / each.mean(axis=0)), axis=1))
    fast = float(gain_bits(posterior, spot[:1], spot[1:])[0])
    assert fast == pytest.approx(expected, abs=0.03)


def test_the_gain_of_a_level_is_its_mutual_information() -> None:
    posterior = hill(300.0, 80.0, 30.0, exponent=3.3, sigma_db=7.0)
    spot = np.array([250.0, -150.0])
    x, y = evenly_drawn(posterior.x, posterior.y, posterior.p, CELLS)
    squared = (x - spot[0]) ** 2 + (y - spot[1]) ** 2 + PLACE_SIGMA_M**2 + 64.0
    foreseen = -3.3 * 5.0 * np.log10(squared)
    level = np.arange(foreseen.min() - 50.0, foreseen.max() + 50.0, 0.25)
    each = np.exp(-0.5 * ((level - foreseen[:, None]) / np.hypot(7.0, INSTRUMENT_SD_DB)) ** 2)
    each /= each.sum(axis=1, keepdims=True)
    expected = np.mean(np.sum(each * np.log2((each + 1e-300) / each.mean(axis=0)), axis=1))
    fast = float(gain_bits(posterior, spot[:1], spot[1:], "level")[0])
    assert fast == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("turn_deg", [0.0, 35.0, 90.0, 160.0])
def test_a_long_region_is_cut_across(turn_deg: float) -> None:
    x, y = place_xy(hill(400.0, 60.0, turn_deg))
    sine, cosine = np.sin(np.radians(turn_deg)), np.cos(np.radians(turn_deg))
    along, across = abs(x * sine + y * cosine), abs(x * cosine - y * sine)
    assert across > 2.0 * along


@pytest.mark.parametrize("instrument", ["bearing", "level"])
def test_no_reading_is_expected_to_harm(instrument: Instrument) -> None:
    rng = np.random.default_rng(3)
    gain = gain_bits(hill(200.0, 100.0), *rng.uniform(-3000.0, 3000.0, (2, 200)), instrument)
    assert gain.min() > -1e-6
    assert gain.max() < 7.0


def test_a_better_finder_gains_more_and_distance_takes_it_away() -> None:
    posterior, x, y = hill(200.0, 100.0), np.array([400.0, 4000.0]), np.zeros(2)
    fine, rough = (gain_bits(posterior, x, y, sigma_deg=sigma) for sigma in (3.0, 15.0))
    assert fine[0] > rough[0]
    assert fine[0] > fine[1]


@pytest.mark.parametrize("away_m", [300.0, 1200.0, 8000.0])
def test_a_team_is_sent_no_further_than_it_can_go(away_m: float) -> None:
    posterior = hill(200.0, 100.0)
    lat, lon = posterior.frame.to_latlon(away_m, 0.0)
    x, y = place_xy(posterior, team=(float(lat), float(lon)), reach_m=1000.0)
    assert np.hypot(x - away_m, y) <= 1000.5


def test_nobody_is_sent_to_the_likeliest_place_itself() -> None:
    posterior = hill(300.0, 300.0)
    for instrument in ("bearing", "level"):
        assert np.hypot(*place_xy(posterior, instrument=instrument)) > 100.0


def test_a_team_at_no_place_gets_no_advice() -> None:
    assert next_place(hill(100.0, 50.0), team=(np.nan, 8.0)) is None
    advice = next_place(hill(100.0, 50.0), "level")
    assert advice is not None
    assert 0.0 < advice.area_share < 1.0
    assert advice == next_place(hill(100.0, 50.0), "level")


@pytest.mark.slow
def test_who_follows_the_advice_closes_in_faster(homing: ModuleType) -> None:
    advised, other = (
        np.array([homing.on_the_way(seed, advised) for seed in range(600, 612)])
        for advised in (True, False)
    )
    assert np.median(advised[:, 1, 0] / other[:, 1, 0]) < 0.8
    assert np.median(advised[:, 2, 0] / other[:, 2, 0]) < 0.5
    assert (advised[:, 2:, 1] <= 0.9).mean() >= 0.8
