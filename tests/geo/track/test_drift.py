"""Course and speed made good, of crowds about a way that is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.reports.device_weights import WeightedReports
from geo.track.drift import KINDS, LEAST_DEVICES, drift
from geo.track.particles.motion_model import (
    AT_FIRST,
    CRUISING,
    DRIVING,
    SPEED_SD_MPS,
    WALKING,
)

AT_S = 1000.0
Floats = NDArray[np.float64]


def crowd(
    east_mps: float, north_mps: float, seed: int = 1, phones: int = 40, since_s: float = 240.0
) -> WeightedReports:
    """Phones that receive what goes straight on up to the origin, 300 m about it, evenly in time;
    nearer ones at higher levels."""
    rng = np.random.default_rng(seed)
    ts_s = AT_S - np.linspace(since_s, 0.0, phones)
    dx, dy = rng.normal(0.0, 300.0, (2, phones))
    none = np.full(phones, np.nan)
    return WeightedReports(
        x=(ts_s - AT_S) * east_mps + dx,
        y=(ts_s - AT_S) * north_mps + dy,
        sigma_m=np.full(phones, 20.0),
        level_dbm=-60.0 - 34.0 * np.log10(np.maximum(np.hypot(dx, dy), 30.0) / 100.0),
        timing_advance=none,
        ta_step_m=none,
        place_sigma_m=none.copy(),
        weight=np.ones(phones),
        device=np.arange(phones),
        ts_s=ts_s,
        bearing_deg=none,
        bearing_sigma_deg=none,
        trusted=np.zeros(phones, bool),
    )


def off_deg(course: float, true: float) -> float:
    return abs((course - true + 180.0) % 360.0 - 180.0)


@pytest.mark.parametrize("course", [0.0, 45.0, 135.0, 200.0, 350.0])
def test_what_goes_straight_has_its_course_and_speed(course: float) -> None:
    east, north = 8.0 * np.sin(np.radians(course)), 8.0 * np.cos(np.radians(course))
    found = [drift(crowd(east, north, seed), AT_S) for seed in range(12)]
    courses = [one.course_deg for one in found if one is not None]
    assert len(courses) == 12
    known = [one for one in courses if one is not None]
    assert len(known) >= 11
    assert np.median([off_deg(one, course) for one in known]) < 8.0
    assert 6.0 < np.median([one.speed_mps for one in found if one is not None]) < 11.0


def test_the_score_of_what_stands_is_that_of_chance() -> None:
    found = [drift(crowd(0.0, 0.0, seed), AT_S) for seed in range(200)]
    scores = np.array([one.score for one in found if one is not None])
    assert scores.size == 200
    # Of two independent normal values 2.45 in 95 %. Errors by few phones are underrated, so that
    # the filter is asked first whether it moves.
    assert np.mean(scores < 2.45) > 0.85
    assert np.mean([one.course_deg is not None for one in found if one is not None]) < 0.1


def test_who_walks_is_found_to_be_slower_than_who_drives() -> None:
    walks, drives = (
        np.median([drift(crowd(speed, 0.0, seed), AT_S).speed_mps for seed in range(12)])  # type: ignore[union-attr]
        for speed in (1.4, 12.0)
    )
    assert walks < 4.0
    assert drives > 8.0


def test_too_few_phones_or_too_short_a_time_say_nothing() -> None:
    assert drift(crowd(8.0, 0.0, phones=LEAST_DEVICES - 1), AT_S) is None
    assert drift(crowd(8.0, 0.0, since_s=20.0), AT_S) is None
    brief = drift(crowd(8.0, 0.0, since_s=50.0), AT_S)
    assert brief is not None
    assert brief.course_deg is None


def test_one_device_that_reports_from_its_way_moves_nothing() -> None:
    """A car that receives a standing transmitter, or a phone that lies about where it is."""
    rows = crowd(0.0, 0.0, phones=60)
    rows.device[::3] = 0
    rows.x[::3], rows.y[::3] = np.linspace(-1500.0, 1500.0, 20), 0.0
    found = drift(rows, AT_S)
    assert found is not None
    assert found.course_deg is None


def test_instruments_are_left_out() -> None:
    rows = crowd(0.0, 0.0, phones=40)
    odd = np.arange(40) % 2 == 1
    rows.x[odd] = np.linspace(-2000.0, 2000.0, 20)
    still = drift(rows.take(~odd), AT_S)
    assert still is not None
    for column, value in (("trusted", True), ("bearing_deg", 10.0)):
        marked = rows.take(np.arange(40))
        getattr(marked, column)[odd] = value
        found = drift(marked, AT_S)
        assert found is not None
        np.testing.assert_array_equal(found.velocity, still.velocity)


def test_places_of_return_show_a_drift_less_surely() -> None:
    """Thirty who come back within a kilometre of one that drives, and no level."""
    scores, courses = [], []
    rng = np.random.default_rng(11)
    for seed in range(12):
        nearer = crowd(8.0, 0.0, seed, phones=30)
        nearer.level_dbm[:] = np.nan
        returned = nearer.take(np.arange(30))
        returned.place_sigma_m[:] = 1800.0
        returned.x[:] += 500.0 * rng.standard_normal(30)
        returned.y[:] += 500.0 * rng.standard_normal(30)
        pair = [drift(rows, AT_S) for rows in (nearer, returned)]
        scores.append([one.score for one in pair if one is not None])
        courses += [one.course_deg for one in pair[1:] if one is not None]
    near, far = np.median(scores, axis=0)
    assert far < 0.8 * near
    known = [off_deg(course, 90.0) for course in courses if course is not None]
    assert len(known) >= 8
    assert np.median(known) < 20.0


def test_kinds_of_motion_are_those_of_the_filter() -> None:
    driving = float(AT_FIRST[[DRIVING, CRUISING]].sum())
    assert list(KINDS) == [
        (AT_FIRST[WALKING], SPEED_SD_MPS[WALKING]),
        (driving, SPEED_SD_MPS[DRIVING]),
    ]
