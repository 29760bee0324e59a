"""What particles learn, against the closed form for one place and a plain sum over offsets."""

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from geo.earth.frame import frame_at
from geo.radio import timing_advance
from geo.radio.pathloss import PathlossPrior, log_distance, marginal
from geo.reports.device_weights import WeightedReports, weighted_reports
from geo.reports.reports import Reports
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import (
    FORGET_S,
    OFFSET_CHANCE,
    fade,
    fits,
    law_of,
    update_law,
    update_offset,
)
from geo.track.particles.prior import initial_cloud

PRIOR = PathlossPrior()


def level_rows(count: int, seed: int = 1) -> WeightedReports:
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-500.0, 500.0, (2, count))
    level = np.clip(
        -62.0 - 3.1 * log_distance((x**2 + y**2)[:, None], np.full(count, 10.0))[:, 0], -110, -52
    )
    lat, lon = frame_at(39.9, 116.4).to_latlon(x, y)
    advance = np.rint((np.hypot(x, y) + 200.0) / 78.07)
    found = weighted_reports(
        Reports.of(
            lat, lon, accuracy_m=15.0, level_dbm=level, timing_advance=advance, ta_step_m=78.07
        )
    )
    assert found is not None
    return found[1]


def cloud_of(rows: WeightedReports) -> Cloud:
    return initial_cloud(rows, 0, 100, None, Generator(PCG64(5)))


def test_the_law_is_that_of_the_closed_form() -> None:
    """Without outliers, without movement, all rows at once: as `geo.radio.pathloss` for each
    place."""
    rows = level_rows(14)
    cloud = cloud_of(rows)
    cloud.place[:] = np.random.default_rng(2).normal(0.0, 25.0, cloud.place.shape)
    update_law(cloud, rows, np.ones(rows.x.size), PRIOR)
    u = log_distance(
        (rows.x[:, None] - cloud.x) ** 2 + (rows.y[:, None] - cloud.y) ** 2, rows.sigma_m
    )
    twin = marginal(u, rows.level_dbm, np.eye(rows.x.size), np.ones(rows.x.size), PRIOR)
    law = law_of(cloud.law_sums, PRIOR)
    np.testing.assert_allclose(PRIOR.power_dbm_100m + law.power_db, twin.power_dbm, atol=1e-6)
    np.testing.assert_allclose(law.exponent, twin.exponent, atol=1e-6)
    shape = PRIOR.sigma_shape + 0.5 * rows.x.size
    np.testing.assert_allclose(law.variance * shape / (shape - 1.0), twin.variance_db2, rtol=1e-6)
    np.testing.assert_allclose(law.v_cross, twin.v_cross, atol=1e-9)


def test_the_common_offset_is_learned_as_by_a_plain_sum() -> None:
    rows = level_rows(9)
    cloud = cloud_of(rows)
    total = np.zeros(cloud.size)
    for row in range(rows.x.size):
        total += np.log(update_offset(cloud, rows.take(np.array([row])), float(rows.weight[row])))
    apart = np.hypot(rows.x[:, None] - cloud.x, rows.y[:, None] - cloud.y)
    twin = timing_advance.log_likelihood(
        apart, rows.timing_advance, rows.ta_step_m, rows.sigma_m, rows.weight
    )
    np.testing.assert_allclose(total, twin, atol=1e-9)
    np.testing.assert_allclose(cloud.offset.sum(axis=0), 1.0)


def test_what_was_learned_fades_into_the_prior() -> None:
    rows = level_rows(9)
    cloud = cloud_of(rows)
    update_law(cloud, rows, np.ones(9), PRIOR)
    update_offset(cloud, rows.take(np.array([0])), 1.0)
    fade(cloud, 50.0 * FORGET_S)
    law = law_of(cloud.law_sums, PRIOR)
    np.testing.assert_allclose(law.power_db, 0.0, atol=1e-6)
    np.testing.assert_allclose(law.exponent, PRIOR.exponent)
    np.testing.assert_allclose(cloud.offset, np.repeat(OFFSET_CHANCE, cloud.size, axis=1))


def test_a_row_of_no_weight_teaches_nothing() -> None:
    rows = level_rows(5)
    cloud = cloud_of(rows)
    log_likelihood, _ = update_law(cloud, rows, np.zeros(5), PRIOR)
    assert (log_likelihood == 0.0).all()
    assert (cloud.law_sums == 0.0).all()


def test_a_receiver_at_its_top_means_that_level_or_above() -> None:
    rows = level_rows(5)
    rows.level_dbm[:] = -51.0
    near, far = cloud_of(rows), cloud_of(rows)
    near.place[:], far.place[:] = rows.x.mean(), 5000.0
    at_top, below = (
        update_law(near, rows, np.ones(5), PRIOR)[0],
        update_law(far, rows, np.ones(5), PRIOR)[0],
    )
    assert at_top.min() > below.max()


def test_a_level_below_the_law_is_likelier_than_one_as_far_above() -> None:
    rows = level_rows(1)
    here = cloud_of(rows)
    here.place[:] = np.array([[rows.x[0] + 100.0], [rows.y[0]]])

    def likelihood(off_db: float) -> float:
        here.law_sums[:] = 0.0
        at = np.hypot(100.0, np.hypot(8.0, rows.sigma_m[0]))
        rows.level_dbm[:] = PRIOR.power_dbm_100m - PRIOR.exponent * 10.0 * np.log10(at / 100.0)
        rows.level_dbm[:] += off_db
        return float(update_law(here, rows, np.ones(1), PRIOR)[0][0])

    assert likelihood(-20.0) > likelihood(20.0) + 1.0
    assert likelihood(0.0) > likelihood(-20.0)


@pytest.mark.parametrize(("z", "good"), [(0.0, True), (2.5, True), (-2.9, True), (3.5, False)])
def test_rows_fit_within_three_deviations(z: float, good: bool) -> None:
    assert fits(np.full((1, 10), z), np.full(10, 0.1)).tolist() == [good]
    assert fits(np.r_[np.zeros(2), np.full(8, z)][None], np.full(10, 0.1)).all()
