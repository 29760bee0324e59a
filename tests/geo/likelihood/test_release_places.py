"""Places of return: honest regions over many kinds of towns, and no gain by repetition."""

from functools import cache
from itertools import product
from types import ModuleType

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.special import logsumexp
from scipy.stats import binom, ncx2

from geo.earth.sphere import Floats, distance_m, offset
from geo.fix.locate import locate
from geo.likelihood.censored_levels import NO_SQUARES
from geo.likelihood.evidence_terms import EvidenceTerms
from geo.likelihood.release_places import (
    CARRIED_M,
    CARRIED_OFF,
    COVER,
    LEAST_SERVED_M,
    LIKENESS,
    PRESUMED_REACH_M,
    REACH_DECADES,
    REACH_NODES,
    SERVED_SHARE,
    UNEVEN,
    log_returned,
    share_of_disc,
)
from geo.posterior.posterior import normalised
from geo.posterior.region import radius_m
from geo.radio.pathloss import PathlossPrior
from geo.reports.device_weights import WeightedReports
from geo.reports.reports import Reports

PLACE = (39.9, 116.4)
SEED = 7_000
EPISODES = 8
PRIOR = PathlossPrior(camping_dbm=-60.0 - 33.0 * np.log10(7.0))  # reaches 700 m


def weighted(x: Floats, y: Floats, place_sigma_m: Floats) -> WeightedReports:
    """One victim a row."""
    unknown = np.full(x.size, np.nan)
    return WeightedReports(
        x=x, y=y, sigma_m=np.full(x.size, 10.0), level_dbm=unknown, timing_advance=unknown,
        ta_step_m=unknown, place_sigma_m=place_sigma_m, weight=np.ones(x.size),
        device=np.arange(x.size), ts_s=np.zeros(x.size), bearing_deg=unknown,
        bearing_sigma_deg=unknown, trusted=np.zeros(x.size, bool),
    )  # fmt: skip


@cache
def measured(returns: ModuleType, victims: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kinds = product(returns.COVERS, returns.CROWDS, returns.SEEN)
    towns = [
        returns.town(SEED + k, victims, *kind) for kind in kinds for k in range(EPISODES)
    ]  # fmt: skip
    return returns.measured(towns)


@pytest.mark.slow
@pytest.mark.parametrize("victims", [5, 20, 40])
def test_regions_hold_what_they_promise_whatever_the_town(
    returns: ModuleType, victims: int
) -> None:
    _, needed, _ = measured(returns, victims)
    assert 0.84 <= (needed <= 0.9).mean() <= 0.98
    least = binom.ppf(0.01, needed.size, 0.5) / needed.size
    assert (needed <= 0.5).mean() >= least


@pytest.mark.slow
def test_more_victims_give_a_better_place_and_a_smaller_region(returns: ModuleType) -> None:
    few, many = measured(returns, 5), measured(returns, 40)
    assert np.median(many[0]) < 0.7 * np.median(few[0])
    assert np.median(many[2]) < 0.7 * np.median(few[2])


def scattered(count: int, reach_m: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    apart, course = reach_m * np.sqrt(rng.random(count)), rng.uniform(0, 2 * np.pi, count)
    return offset(*PLACE, apart * np.cos(course), apart * np.sin(course))


def written_out(rows: WeightedReports, axis: Floats, reach_m: float) -> Floats:
    """Log-likelihood of all victims at each place of a grid for one reach, without tables."""
    total, likeness = np.zeros((axis.size, axis.size)), 1.0 + LIKENESS * (rows.x.size - 1.0)
    for x, y, sigma_m in zip(rows.x, rows.y, rows.place_sigma_m, strict=True):
        apart = np.hypot(axis - x, (axis - y)[:, None])
        served_m = max(SERVED_SHARE * (sigma_m - PRESUMED_REACH_M), LEAST_SERVED_M)
        carried = np.hypot(CARRIED_M, reach_m)
        near = sum(
            share * share_of_disc(apart, np.array([wide * reach_m]), served_m)
            for share, wide in COVER
        )
        far = ncx2.cdf((served_m / carried) ** 2, 2.0, (apart / carried) ** 2)
        total += np.log((1.0 - CARRIED_OFF) * near + CARRIED_OFF * far + 1e-12) / likeness
    return total


def test_what_victims_say_equals_the_sum_written_out() -> None:
    rng = np.random.default_rng(5)
    # Of radii that the tables have as they are, and a prior whose reach needs no rounding.
    radius = 1.1 ** rng.integers(53, 72, 12)
    rows = weighted(*rng.normal(0.0, 600.0, (2, 12)), PRESUMED_REACH_M + radius / SERVED_SHARE)  # type: ignore[call-arg]
    axis = np.linspace(-1500.0, 1500.0, 61)
    found = log_returned(rows, axis, axis, PRIOR).reshape(61, 61)
    by_reach = []
    for node in REACH_NODES:
        reach_m = 700.0 * 10.0 ** (REACH_DECADES * node)
        log_chance = written_out(rows, axis, reach_m)
        off = UNEVEN * reach_m / 50.0  # people are not spread evenly about the transmitter
        blurred = gaussian_filter(
            np.exp(log_chance - log_chance.max()), off, mode="nearest", truncate=3.0
        )
        by_reach.append(np.log(blurred + 1e-300) + log_chance.max() - 0.5 * node**2)
    expected = logsumexp(by_reach, axis=0)
    likely = expected > expected.max() - 10.0
    assert likely.sum() > 300
    np.testing.assert_allclose(found[likely], expected[likely], atol=0.02)


@pytest.mark.parametrize("step_m", [15.0, 49.0])
def test_every_second_line_of_a_grid_is_enough(step_m: float) -> None:
    """Of grids as fine as it is done on; the share of the probability that ends up elsewhere."""
    rng = np.random.default_rng(6)
    rows = weighted(*rng.normal(0.0, 500.0, (2, 40)), rng.uniform(850.0, 1900.0, 40))  # type: ignore[call-arg]
    axis = step_m * np.arange(-20.0, 21.0)
    every = normalised(log_returned(rows, axis, axis, PRIOR))
    second = normalised(EvidenceTerms.of(rows, NO_SQUARES, PRIOR).log_returned(axis, axis))
    assert 0.0 < 0.5 * np.abs(every - second).sum() < 0.01


@pytest.mark.parametrize("spots", [1, 5])
def test_one_device_that_comes_back_a_hundred_times_is_one_victim(spots: int) -> None:
    lat, lon = scattered(8, 700.0)
    once = locate(Reports.of(lat, lon, place_sigma_m=1000.0))
    again_lat, again_lon = scattered(spots, 700.0, seed=4)
    lat = np.r_[lat, lat[0], np.resize(again_lat, 99)]
    lon = np.r_[lon, lon[0], np.resize(again_lon, 99)]
    device = np.r_[np.arange(8), np.zeros(100, int)]
    repeated = locate(Reports.of(lat, lon, place_sigma_m=1000.0, device=device))
    assert once is not None
    assert repeated is not None
    assert radius_m(repeated, 0.9) > 0.85 * radius_m(once, 0.9)


def test_victims_of_one_cell_weigh_no_more_than_the_cell() -> None:
    lat, lon = np.full(60, PLACE[0]), np.full(60, PLACE[1])
    alone = locate(Reports.of(lat[:3], lon[:3], place_sigma_m=1800.0))
    crowd = locate(Reports.of(lat, lon, place_sigma_m=1800.0))
    assert alone is not None
    assert crowd is not None
    assert radius_m(crowd, 0.9) > 350.0
    assert radius_m(crowd, 0.9) > 0.3 * radius_m(alone, 0.9)


def test_a_victim_far_off_is_one_that_was_driven_away() -> None:
    lat, lon = scattered(12, 500.0)
    posterior = locate(Reports.of(np.r_[lat, 39.99], np.r_[lon, 116.4], place_sigma_m=900.0))
    assert posterior is not None
    assert float(distance_m(*PLACE, *posterior.mode)) < 300.0


def test_the_answer_does_not_depend_on_order_or_codes() -> None:
    lat, lon = scattered(15, 700.0)
    reach = np.linspace(850.0, 1900.0, 15)
    one = locate(Reports.of(lat, lon, place_sigma_m=reach))
    turned = slice(None, None, -1)
    other = locate(
        Reports.of(
            lat[turned], lon[turned], place_sigma_m=reach[turned], device=np.arange(15) * 7 - 50
        )
    )
    assert one is not None
    assert other is not None
    np.testing.assert_array_equal(one.p, other.p)


@pytest.mark.parametrize(
    ("apart_m", "radius_m", "other_m"),
    [(0.0, 100.0, 300.0), (0.0, 300.0, 100.0), (250.0, 300.0, 200.0), (90.0, 500.0, 400.0),
     (600.0, 300.0, 200.0), (500.0, 300.0, 200.0), (400.0, 300.0, 700.0)],
)  # fmt: skip
def test_share_of_a_disc_against_counting_points(
    apart_m: float, radius_m: float, other_m: float
) -> None:
    axis = np.linspace(-radius_m, radius_m, 1001)
    x, y = np.meshgrid(axis, axis)
    inside = np.hypot(x, y) <= radius_m
    naive = (np.hypot(x - apart_m, y)[inside] <= other_m).mean()
    share = share_of_disc(np.array([apart_m]), np.array([radius_m]), other_m)
    assert float(share[0]) == pytest.approx(naive, abs=3e-3)


def test_where_levels_show_the_crowd_its_returns_count_less() -> None:
    rng = np.random.default_rng(8)
    rows = weighted(*rng.normal(0.0, 500.0, (2, 20)), np.full(20, 1000.0))  # type: ignore[call-arg]
    axis = np.linspace(-2000.0, 2000.0, 41)
    alone, beside = (np.ptp(log_returned(rows, axis, axis, PRIOR, n)) for n in (0.0, 10.0))
    assert beside < 0.6 * alone
