"""Some particles begin anew where phones receive the transmitter just now; all others stay."""

from dataclasses import replace

import numpy as np
from numpy.random import PCG64, Generator

from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports, weighted_reports
from geo.reports.reports import Reports
from geo.track.particles.motion_model import PARKED, initial_kinds
from geo.track.particles.particle_set import Cloud
from geo.track.particles.pathloss import OFFSET_CHANCE, REACH_CHANCE, SUMS
from geo.track.particles.scattering import LAW_KEPT, REACHES, SHARE, scatter
from geo.track.road_graph import Roads

PRIOR = PathlossPrior()
COUNT = 2000
FAR_M = 9000.0


def cloud_far_off(stood: float = 0.5) -> Cloud:
    """Particles that are parked, all at one place far off; a share of them has always been."""
    kind, velocity = initial_kinds(COUNT, Generator(PCG64(1)))
    kind[:] = PARKED
    return Cloud(
        place=np.full((2, COUNT), FAR_M),
        velocity=0.0 * velocity,
        kind=kind,
        never_moved=np.arange(COUNT) < stood * COUNT,
        weight=np.full(COUNT, 1.0 / COUNT),
        law_sums=np.ones((SUMS, COUNT)),
        offset=np.repeat(OFFSET_CHANCE, COUNT, axis=1),
        reach=np.repeat(REACH_CHANCE, COUNT, axis=1),
        edge=np.full(COUNT, -1, np.intp),
        along_m=np.zeros(COUNT),
    )


def rows_of(ts_s: list[float]) -> WeightedReports:
    """Reports of phones beside each other, in order of time."""
    found = weighted_reports(
        Reports.of(
            39.9 + 1e-4 * np.arange(len(ts_s)),
            np.full(len(ts_s), 116.4),
            level_dbm=np.full(len(ts_s), -80.0),
            ts_s=ts_s,
            device=np.arange(len(ts_s)),
        )
    )
    assert found is not None
    return found[1].take(np.argsort(found[1].ts_s))


def moved(cloud: Cloud) -> np.ndarray:
    return np.flatnonzero((cloud.place != FAR_M).any(axis=0))


def scattered(rows: WeightedReports, cloud: Cloud | None = None) -> Cloud:
    cloud = cloud if cloud is not None else cloud_far_off()
    scatter(cloud, rows, np.array([rows.x.size - 1]), PRIOR, Generator(PCG64(3)))
    return cloud


def test_a_share_begins_anew_about_the_newest_phones() -> None:
    rows = rows_of([0.0, 90.0, 100.0])
    cloud = scattered(rows)
    anew = moved(cloud)
    assert anew.size == round(SHARE * COUNT / 2)
    off = np.hypot(cloud.x[anew] - rows.x[1:].mean(), cloud.y[anew] - rows.y[1:].mean())
    # The median of a circular normal distribution (Rayleigh).
    assert 0.8 < np.median(off) / (1.177 * REACHES * PRIOR.reach_m) < 1.25
    assert not cloud.never_moved[anew].any()
    assert (cloud.law_sums[:, anew] == LAW_KEPT).all()
    others = np.setdiff1d(np.arange(COUNT), anew)
    assert (cloud.never_moved[others] == (others < COUNT / 2)).all()
    assert (cloud.law_sums[:, others] == 1.0).all()


def test_what_surely_stands_is_not_looked_for_elsewhere() -> None:
    assert moved(scattered(rows_of([0.0, 90.0, 100.0]), cloud_far_off(1.0))).size == 0


def test_only_phones_that_receive_it_now_count() -> None:
    rows = rows_of([0.0, 10.0, 100.0])
    newest = np.array([False, False, True])
    returned = replace(rows, place_sigma_m=np.where(newest, 800.0, np.nan))
    assert moved(scattered(returned)).size == 0
    instrument = replace(rows, trusted=newest)
    assert moved(scattered(instrument)).size == 0


def test_what_comes_after_the_batch_is_not_looked_at() -> None:
    rows = rows_of([0.0, 90.0, 100.0])
    later = replace(rows, x=rows.x + np.array([0.0, 0.0, 5000.0]))
    one, other = cloud_far_off(), cloud_far_off()
    for each, cloud in ((rows, one), (later, other)):
        scatter(cloud, each, np.array([1]), PRIOR, Generator(PCG64(3)))
    np.testing.assert_array_equal(one.place, other.place)


def test_with_roads_most_begin_on_one() -> None:
    rows = rows_of([0.0, 90.0, 100.0])
    x, y = np.array([-900.0, 900.0, -900.0, 900.0]), np.array([0.0, 0.0, 300.0, 300.0])
    cloud = cloud_far_off()
    cloud.roads = Roads.of(x, y, np.array([0, 2]), np.array([1, 3]))
    anew = moved(scattered(rows, cloud))
    on = anew[cloud.edge[anew] >= 0]
    assert on.size > 0.7 * anew.size
    assert np.isin(np.rint(cloud.y[on]), (0.0, 300.0)).all()
