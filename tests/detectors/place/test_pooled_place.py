"""What the fix counts for: half where it surely stands, less where it is likely, else nothing."""

from typing import Any, cast

import numpy as np
import pytest

from detectors.place.location_input import LocationInput
from detectors.place.pooled_place import pooled_place
from geo.earth.frame import frame_at
from geo.posterior.posterior import Posterior, normalised
from geo.reports.reports import Reports
from geo.track.grid.grid_filter import Followed
from geo.track.particles.particle_filter import Tracked, track

FRAME = frame_at(39.9, 116.4)
FAR_M = 3000.0


def hill(east_m: float) -> Posterior:
    offset = np.linspace(-200.0, 200.0, 41)
    p = normalised(-0.5 * (offset**2 + offset[:, None] ** 2) / 50.0**2)
    return Posterior(FRAME, east_m + offset, offset, p, (east_m, 0.0), 9)


def tracked() -> tuple[Reports, Tracked]:
    """Few reports about the origin, too few levels for a centroid."""
    rng = np.random.default_rng(1)
    lat, lon = FRAME.to_latlon(*rng.normal(0.0, 100.0, (2, 9)))
    has_level = np.arange(9) < 3
    reports = Reports.of(
        lat,
        lon,
        level_dbm=np.where(has_level, -80.0, np.nan),
        timing_advance=np.where(has_level, np.nan, 0.0),
        ta_step_m=550.0,
        ts_s=10.0 * np.arange(9),
        device=np.arange(9),
    )
    found = track(reports, 80.0, particles=200)
    assert found is not None
    return reports, found


def share_of_fix(standing: float, stands: bool) -> float:
    """Of a fix three kilometres off all else."""
    reports, found = tracked()
    known = LocationInput([], [], None, cast(Any, None))
    pool = pooled_place(
        known,
        reports,
        80.0,
        lambda: hill(FAR_M),
        stands,
        found,
        lambda: Followed(hill(0.0), standing),
    )
    assert pool is not None
    lat, lon = pool.frame.to_latlon(pool.x, np.zeros(pool.x.size))
    east, _ = FRAME.to_xy(lat, lon)
    return float(pool.p.sum(axis=0)[np.abs(east - FAR_M) < 400.0].sum())


def test_it_counts_for_half_where_it_surely_stands() -> None:
    assert share_of_fix(0.99, True) == pytest.approx(0.5, abs=0.02)


def test_it_counts_for_less_where_that_is_likely_and_for_nothing_below() -> None:
    assert share_of_fix(0.9, False) == pytest.approx(0.18, abs=0.02)
    assert share_of_fix(0.7, False) == pytest.approx(0.0, abs=0.001)


def test_without_a_fix_what_surely_stands_has_no_place() -> None:
    reports, found = tracked()
    known = LocationInput([], [], None, cast(Any, None))
    assert pooled_place(known, reports, 80.0, lambda: None, True, found, lambda: None) is None
    assert pooled_place(known, reports, 80.0, lambda: None, False, found, lambda: None) is not None
