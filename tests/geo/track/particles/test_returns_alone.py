"""Places where phones came back, and nothing else, followed as they move."""

import numpy as np
import pytest

from geo.earth.sphere import distance_m, offset
from geo.posterior.posterior import area_m2
from geo.reports.reports import Reports
from geo.track.particles.particle_filter import track

START = 39.9, 116.4


@pytest.mark.parametrize("turns", [False, True])
def test_what_drives_on_is_not_left_behind(turns: bool) -> None:
    """Eight metres a second for ten minutes, straight on or once about a corner, four returns a
    minute: within the region, which is no larger than the scatter of the returns allows."""
    held = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        ts_s = np.arange(0.0, 600.0, 15.0)
        before = np.minimum(ts_s, 300.0 if turns else 600.0)
        way = np.stack([8.0 * before, 8.0 * (ts_s - before)])
        lat, lon = offset(*START, *(way + 450.0 * rng.standard_normal(way.shape)))
        reports = Reports.of(lat, lon, place_sigma_m=1800.0, ts_s=ts_s, device=np.arange(40))
        found = track(reports, 600.0, particles=500)
        assert found is not None
        off_m = float(distance_m(*found.posterior.mode, *offset(*START, *way[:, -1])))
        posterior = found.posterior
        radius_m = float(np.sqrt(area_m2(posterior.p, posterior.cell_area_m2, 0.9) / np.pi))
        held.append(off_m < radius_m < 1500.0)
        course = 0.0 if turns else 90.0
        assert found.bearing_deg is not None
        assert abs((found.bearing_deg - course + 180.0) % 360.0 - 180.0) < 30.0
    assert np.mean(held) >= 0.8
