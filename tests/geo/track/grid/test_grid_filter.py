"""Following: regions hold what drives, what is parked is known as such, order, thin input."""

import numpy as np
import pytest

from geo.earth.sphere import Floats, distance_m, offset
from geo.posterior.posterior import Posterior
from geo.radio.pathloss import PRIORS, log_distance
from geo.reports.reports import Reports
from geo.reports.time_batches import FEW, FEW_OF_ALL
from geo.track.grid.grid_filter import Followed, follow

PLACE = (39.95, 116.35)
NAMES = tuple(Reports.__dataclass_fields__)


def drive(seconds: int, speed_mps: float, rng: np.random.Generator) -> Floats:
    """Metres east and north, one row a second: straight on, a turn at every other crossing."""
    turn, way, place = rng.uniform(0, 2 * np.pi), [], np.zeros(2)
    for second in range(seconds):
        if speed_mps and second % max(1, round(200 / speed_mps)) == 0:
            turn += rng.choice([0.0, 0.0, 0.5, -0.5]) * np.pi
        place = place + speed_mps * np.array([np.sin(turn), np.cos(turn)])
        way.append(place)
    return np.array(way)


def town(
    seed: int, speed_mps: float, phones: int = 90, seconds: int = 300
) -> tuple[Reports, tuple[float, float]]:
    """Reports of phones about a transmitter on its way, and where it is at the end."""
    rng = np.random.default_rng(seed)
    way = drive(seconds, speed_mps, rng)
    at = rng.integers(0, seconds, phones)
    apart_m = rng.uniform(40.0, 900.0, phones)
    turn = rng.uniform(0.0, 2 * np.pi, phones)
    east, north = (way[at] + (apart_m * np.array([np.sin(turn), np.cos(turn)])).T).T
    u = log_distance((apart_m**2)[:, None], np.zeros(phones))[:, 0]
    level = -57.0 - 3.4 * u + rng.normal(0.0, 7.0, phones)
    steps = np.where(rng.random(phones) < 0.3, np.rint((apart_m + 40.0) / 553.46), np.nan)
    lat, lon = offset(*PLACE, east, north)
    reports = Reports.of(
        lat,
        lon,
        accuracy_m=15.0,
        level_dbm=level,
        timing_advance=steps,
        ta_step_m=553.46,
        ts_s=at.astype(float),
    )
    end_lat, end_lon = offset(*PLACE, *way[-1])
    return reports, (float(end_lat), float(end_lon))


def followed(reports: Reports, at_s: float = 300.0) -> Followed:
    found = follow(reports, at_s)
    assert found is not None
    return found


def covers(posterior: Posterior, lat: float, lon: float, level: float = 0.9) -> bool:
    """Whether the place lies in the highest cells that together hold the level."""
    x, y = posterior.frame.to_xy(lat, lon)
    column = int(np.rint((x - posterior.x[0]) / np.diff(posterior.x[:2])[0]))
    row = int(np.rint((y - posterior.y[0]) / np.diff(posterior.y[:2])[0]))
    inside = 0 <= column < posterior.x.size and 0 <= row < posterior.y.size
    likelier = posterior.p > posterior.p[row, column] if inside else None
    return likelier is not None and float(posterior.p[likelier].sum()) < level


@pytest.mark.parametrize("speed_mps", [4.0, 8.0, 12.0])
def test_regions_hold_a_driving_transmitter_and_its_mode_is_near(speed_mps: float) -> None:
    held, errors = [], []
    for seed in range(24):
        reports, end = town(seed, speed_mps)
        found = followed(reports)
        held.append(covers(found.posterior, *end))
        errors.append(float(distance_m(*found.posterior.mode, *end)))
    assert np.mean(held) >= 0.8
    assert np.median(errors) <= 200.0


def test_standing_and_driving_are_distinguished() -> None:
    parked = [followed(town(seed, 0.0)[0]).standing for seed in range(10)]
    driven = [followed(town(seed, 8.0)[0]).standing for seed in range(10)]
    assert np.median(parked) > 0.95
    assert max(driven) < 0.02


def test_time_without_reports_makes_the_region_wider() -> None:
    reports, _ = town(3, 8.0)
    soon, late = followed(reports, 300.0).posterior, followed(reports, 360.0).posterior
    spread = [np.sqrt(p.p.sum(axis=0) @ p.x**2 - p.mean_xy()[0] ** 2) for p in (soon, late)]
    assert spread[1] > 1.2 * spread[0]


def test_rows_later_than_asked_for_are_ignored() -> None:
    reports, _ = town(4, 8.0)
    early = reports.take(reports.ts_s <= 200.0)
    np.testing.assert_array_equal(
        followed(reports, 200.0).posterior.p, followed(early, 200.0).posterior.p
    )


def test_neither_order_nor_the_values_of_device_codes_matter() -> None:
    reports, _ = town(5, 8.0)
    columns = {name: getattr(reports, name) for name in NAMES}
    device = np.repeat(np.arange(len(reports) // 3), 3)
    shuffle = np.random.default_rng(1).permutation(len(reports))
    other = np.random.default_rng(2).permutation(5 * len(reports))
    one = Reports(**{**columns, "device": device})
    two = Reports(**{**columns, "device": other[device]}).take(shuffle)
    first, second = followed(one), followed(two)
    np.testing.assert_array_equal(first.posterior.p, second.posterior.p)
    assert first.standing == second.standing


def test_the_same_again_changes_nothing() -> None:
    reports, _ = town(6, 8.0)
    before = [getattr(reports, name).copy() for name in NAMES]
    once, twice = followed(reports), followed(reports)
    np.testing.assert_array_equal(once.posterior.p, twice.posterior.p)
    for name, column in zip(NAMES, before, strict=True):
        np.testing.assert_array_equal(getattr(reports, name), column)


def test_one_loud_phone_among_many_does_not_lead_it_away() -> None:
    reports, end = town(7, 8.0)
    columns = {name: getattr(reports, name) for name in NAMES}
    lat, lon = offset(*end, 2_000.0, np.linspace(-300.0, 300.0, 40))
    forged = Reports.of(
        lat, lon, level_dbm=-52.0, device=np.full(40, 999), ts_s=np.linspace(200.0, 299.0, 40)
    )
    both = Reports(**{name: np.r_[columns[name], getattr(forged, name)] for name in NAMES})
    assert distance_m(*followed(both).posterior.mode, *end) < 500.0


def test_too_little_to_follow_is_none() -> None:
    reports, _ = town(8, 8.0)
    few = reports.take(np.arange(FEW - 1))
    assert follow(few, 300.0) is None
    assert follow(reports, 300.0 + 3600.0) is None
    returned = Reports.of(reports.lat, reports.lon, place_sigma_m=1500.0, ts_s=reports.ts_s)
    assert follow(returned.take(np.arange(FEW_OF_ALL - 1)), 300.0) is None
    assert follow(returned, 300.0) is not None
    assert follow(reports.take(np.empty(0, np.intp)), 300.0) is None


@pytest.mark.parametrize("rat", sorted(PRIORS))
def test_coincident_saturated_and_odd_rows_give_a_distribution(rat: str) -> None:
    lat, lon = np.full(12, PLACE[0]), np.full(12, PLACE[1])
    level = np.r_[np.full(6, -51.0), np.nan, 99.0, -140.0, -51.0, -20.0, -70.0]
    found = follow(Reports.of(lat, lon, level_dbm=level, ts_s=np.r_[:12.0]), 20.0, PRIORS[rat])
    assert found is not None
    assert np.isfinite(found.posterior.p).all()
    assert found.posterior.p.sum() == pytest.approx(1.0)
    assert 0.0 <= found.standing <= 1.0
