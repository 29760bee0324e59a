"""What teams and scanners bring: their bearings and levels among the crowd's, and thin or odd."""

from types import ModuleType

import numpy as np
import pytest
from scipy.stats import binom

from geo.advise.next_measurement import next_place
from geo.earth.frame import frame_at
from geo.earth.sphere import bearing_deg, distance_m, offset
from geo.fix.locate import Posterior, Reports, locate
from geo.posterior.posterior import area_m2
from geo.posterior.region import highest_density_region, radius_m
from geo.track.grid.grid_filter import follow

PLACES = [(39.95, 116.35), (0.001, 179.9995), (70.0, 20.04), (89.9995, 15.0), (-89.9995, -60.0)]
EPISODES = 60


def finders(
    place: tuple[float, float],
    east: list[float],
    north: list[float],
    bearing: object,
    **more: object,
) -> Reports:
    lat, lon = offset(*place, np.array(east), np.array(north))
    columns = {"accuracy_m": 5.0, "trusted": True, "bearing_sigma_deg": 5.0, **more}
    return Reports.of(lat, lon, bearing_deg=bearing, **columns)  # type: ignore[arg-type]


def towards(
    place: tuple[float, float], east: list[float], north: list[float], **more: object
) -> tuple[Reports, tuple[float, float]]:
    """Bearings, without error, to a transmitter 400 m north of the place."""
    lat, lon = offset(*place, 0.0, 400.0)
    at_lat, at_lon = offset(*place, np.array(east), np.array(north))
    bearing = bearing_deg(at_lat, at_lon, lat, lon)
    return finders(place, east, north, bearing, **more), (float(lat), float(lon))


def solved(reports: Reports) -> Posterior:
    posterior = locate(reports)
    assert posterior is not None
    assert np.isfinite(posterior.p).all()
    assert highest_density_region(posterior).is_valid
    return posterior


@pytest.mark.slow
@pytest.mark.parametrize("reflections", [0.0, 0.1])
def test_three_bearings_leave_a_quarter_of_the_region_and_keep_its_word(
    homing: ModuleType, reflections: float
) -> None:
    seen = np.array(
        [homing.crowd_and_bearings(seed, reflections) for seed in range(80_000, 80_000 + EPISODES)]
    )
    assert np.median(seen[:, 1]) <= 0.25 * np.median(seen[:, 0])
    least, most = binom.ppf([0.005, 0.995], EPISODES, 0.9) / EPISODES
    assert least <= (seen[:, 3] <= 0.9).mean() <= most


@pytest.mark.parametrize("place", PLACES)
def test_two_crossing_bearings_are_a_place(place: tuple[float, float]) -> None:
    reports, truth = towards(place, [-500.0, 500.0], [0.0, 0.0])
    posterior = solved(reports)
    assert float(distance_m(*truth, *posterior.mode)) < 25.0
    assert 60.0 < radius_m(posterior) < 250.0


@pytest.mark.parametrize("place", PLACES)
def test_one_bearing_is_a_beam_ahead(place: tuple[float, float]) -> None:
    reports, _ = towards(place, [0.0], [0.0])
    posterior = solved(reports)
    assert radius_m(posterior) > 1000.0
    ahead = float(bearing_deg(*place, *posterior.mode))
    assert abs((ahead - reports.bearing_deg[0] + 180.0) % 360.0 - 180.0) < 5.0


@pytest.mark.parametrize(
    ("bearing", "least_m"),
    [([0.0, 0.0], 1000.0), ([270.0, 90.0], 1000.0), ([90.0, 270.0], 150.0), ([1e300, -1e9], 300.0)],
    ids=["parallel", "apart", "head on", "absurd"],
)
def test_bearings_that_do_not_cross_leave_a_large_region(
    bearing: list[float], least_m: float
) -> None:
    posterior = solved(finders(PLACES[0], [-500.0, 500.0], [0.0, 0.0], bearing))
    assert radius_m(posterior) > least_m
    for instrument in ("bearing", "level"):
        assert next_place(posterior, instrument) is not None


def test_a_third_that_contradicts_is_taken_for_a_reflection() -> None:
    reports, truth = towards(PLACES[0], [-500.0, 500.0, 0.0], [0.0, 0.0, -300.0])
    reports.bearing_deg[2] = 200.0
    posterior = solved(reports)
    assert float(distance_m(*truth, *posterior.mode)) < 60.0


def test_a_bearing_repeated_at_one_spot_is_one_bearing() -> None:
    once, _ = towards(PLACES[0], [-500.0, 500.0], [0.0, 0.0], device=[1, 2])
    often = once.take(np.array([0] * 20 + [1]))
    one, many = solved(once), solved(often)
    assert area_m2(many.p, many.cell_area_m2, 0.9) == pytest.approx(
        area_m2(one.p, one.cell_area_m2, 0.9), rel=0.01
    )


def test_a_sharp_beam_is_not_missed_by_the_coarse_grid() -> None:
    reports, truth = towards(PLACES[0], [-3000.0, 2500.0], [-900.0, -2000.0], bearing_sigma_deg=1.0)
    assert float(distance_m(*truth, *solved(reports).mode)) < 40.0


def scanner(shift_db: float, **more: object) -> tuple[Reports, tuple[float, float]]:
    """A drive up and down the streets about a transmitter; all levels shifted alike."""
    street, along = np.divmod(np.arange(24), 6)
    x, y = 250.0 * street - 375.0, 140.0 * along - 350.0
    noise = np.random.default_rng(11).normal(0.0, 3.0, 24)
    level = -62.0 - 33.0 * np.log10(np.hypot(x - 150.0, y + 120.0) / 100.0) + noise + shift_db
    truth = offset(*PLACES[0], 150.0, -120.0)
    reports = Reports.of(
        *offset(*PLACES[0], x, y), level_dbm=level, accuracy_m=5.0, device=1000, **more
    )  # type: ignore[arg-type]
    return reports, (float(truth[0]), float(truth[1]))


def test_a_scanner_that_reads_all_levels_high_finds_the_same_place() -> None:
    (plain, truth), (high, _) = scanner(0.0, trusted=True), scanner(6.0, trusted=True)
    one, two = solved(plain), solved(high)
    assert float(distance_m(*truth, *one.mode)) < 80.0
    assert float(distance_m(*one.mode, *two.mode)) < 40.0


def test_a_scanner_among_phones_may_weigh_more_than_one_of_them() -> None:
    rng = np.random.default_rng(8)
    lat, lon = offset(*PLACES[0], *rng.uniform(-600.0, 600.0, (2, 15)))
    phones = Reports.of(lat, lon, level_dbm=rng.uniform(-85.0, -70.0, 15), accuracy_m=20.0)
    names = Reports.__dataclass_fields__
    areas = []
    for trusted in (False, True):
        part, _ = scanner(0.0, trusted=trusted)
        both = Reports(*(np.concatenate([getattr(phones, n), getattr(part, n)]) for n in names))
        posterior = solved(both)
        areas.append(area_m2(posterior.p, posterior.cell_area_m2, 0.9))
    assert areas[1] < areas[0]


def test_a_transmitter_that_moves_is_followed_by_bearings_too() -> None:
    """A car drives north at 10 m/s; two teams point at it every ten seconds."""
    ts = np.arange(0.0, 200.0, 10.0)
    car_lat, car_lon = offset(*PLACES[0], np.zeros(ts.size), 10.0 * ts)
    rng = np.random.default_rng(5)
    parts = []
    for team, east in ((1, -900.0), (2, 1100.0)):
        lat, lon = offset(*PLACES[0], east, 800.0)
        bearing = bearing_deg(lat, lon, car_lat, car_lon) + rng.normal(0.0, 5.0, ts.size)
        parts.append(
            (np.full(ts.size, lat), np.full(ts.size, lon), np.full(ts.size, team), bearing)
        )
    lat, lon, code, bearing = (np.concatenate(column) for column in zip(*parts, strict=True))
    reports = Reports.of(
        lat,
        lon,
        device=code,
        bearing_deg=bearing,
        ts_s=np.tile(ts, 2),
        accuracy_m=5.0,
        trusted=True,
    )
    followed = follow(reports, 190.0)
    assert followed is not None
    assert followed.standing < 0.1
    assert float(distance_m(car_lat[-1], car_lon[-1], *followed.posterior.mode)) < 220.0


def test_bearings_are_read_from_true_north_wherever_the_frame_is_centred() -> None:
    """At latitude 70 the frame's own north is off by half a degree 20 km from its centre."""
    frame = frame_at(70.0, 20.0)
    place = tuple(float(v) for v in frame.to_latlon(2_000.0, 0.0))
    reports, truth = towards((place[0], place[1]), [-900.0, 0.0], [0.0, -900.0])
    assert float(distance_m(*truth, *solved(reports).mode)) < 25.0
