"""The reach of a transmitter, by how wide its crowd is."""

import numpy as np
import pytest

from geo.earth.sphere import distance_m, offset
from geo.likelihood.crowd_reach import CHANCE, NODES, log_by_reach, sigmas_m
from geo.likelihood.evidence_terms import INSTRUMENT_REACH_M
from geo.posterior.posterior import area_m2
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports, weighted_reports
from geo.reports.reports import Reports
from geo.track.particles.particle_filter import track

PRIOR = PathlossPrior()
PLACE = 39.9, 116.4


def crowd(width_m: float, count: int = 30, **columns: object) -> WeightedReports:
    rng = np.random.default_rng(5)
    lat, lon = offset(*PLACE, *(width_m * rng.standard_normal((2, count))))
    found = weighted_reports(Reports.of(lat, lon, device=np.arange(count), **columns))  # type: ignore[arg-type]
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("width_m", "likeliest"), [(125.0, 0), (490.0, 2), (2_000.0, 4)])
def test_a_wide_crowd_means_a_far_reach(width_m: float, likeliest: int) -> None:
    rows = crowd(width_m, level_dbm=np.full(30, -80.0))
    middle = np.array([rows.x.mean(), rows.y.mean()])
    squared = (rows.x[:, None] - middle[0]) ** 2 + (rows.y[:, None] - middle[1]) ** 2
    by_reach = log_by_reach(squared, sigmas_m(rows, PRIOR), rows.weight)
    assert by_reach.shape == (NODES.size, 1)
    assert int(np.argmax(by_reach[:, 0] + np.log(CHANCE))) == likeliest


def test_instruments_have_a_reach_of_their_own() -> None:
    rows = crowd(300.0, level_dbm=np.full(30, -80.0), trusted=np.ones(30, bool))
    assert (sigmas_m(rows, PRIOR) == INSTRUMENT_REACH_M).all()


def test_cells_of_return_add_their_own_width() -> None:
    back, own = crowd(300.0, place_sigma_m=2_000.0), crowd(300.0, level_dbm=np.full(30, -80.0))
    assert (sigmas_m(back, PRIOR)[:, 0] > sigmas_m(own, PRIOR)[:, 0]).all()


def test_a_strong_transmitter_beside_its_crowd_is_not_pressed_into_it() -> None:
    """Returns alone, within two kilometres and all on one side of it, which no model knows: a
    region that presumes a likelier reach holds it in one of six."""
    rng = np.random.default_rng(11)
    held = []
    for _ in range(12):
        away = 2_000.0 * np.sqrt(rng.random(60))
        towards = rng.uniform(0.0, np.pi, 60)
        lat, lon = offset(*PLACE, away * np.cos(towards), away * np.sin(towards))
        ts_s = np.sort(rng.uniform(0.0, 600.0, 60))
        reports = Reports.of(lat, lon, place_sigma_m=1_500.0, ts_s=ts_s, device=np.arange(60))
        found = track(reports, 600.0, particles=500)
        assert found is not None
        posterior = found.posterior
        off_m = float(distance_m(*posterior.mode, *PLACE))
        held.append(off_m < np.sqrt(area_m2(posterior.p, posterior.cell_area_m2, 0.9) / np.pi))
    assert np.mean(held) >= 0.4
