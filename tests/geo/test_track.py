"""Motion: the line, the test for standing still, and what is no fix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.sphere import offset
from geo.track import STILL, motion

PLACES = st.sampled_from([(39.9, 116.4), (-10.0, 179.999), (70.0, 20.0)])


@given(PLACES, st.floats(1.0, 20.0), st.floats(0.0, 359.0))
def test_a_straight_drive_is_recovered(
    place: tuple[float, float], speed: float, course: float
) -> None:
    ts = np.arange(0.0, 300.0, 30.0)
    turn = np.radians(course)
    lat, lon = offset(*place, speed * ts * np.sin(turn), speed * ts * np.cos(turn))
    found = motion(ts, lat, lon, 30.0)
    assert found.moving
    assert found.speed_mps == pytest.approx(speed, rel=0.01)
    assert found.bearing_deg is not None
    # At high latitude the meridians turn visibly over a few kilometres.
    assert np.cos(np.radians(found.bearing_deg - course)) > 0.998


def test_a_standing_transmitter_is_called_moving_in_one_of_a_hundred() -> None:
    rng = np.random.default_rng(11)
    ts = np.arange(8) * 30.0
    calls = []
    for _ in range(600):
        lat, lon = offset(39.9, 116.4, *rng.normal(0.0, 80.0, (2, 8)))
        calls.append(motion(ts, lat, lon, 80.0).moving)
    assert np.mean(calls) < 0.025


def test_overconfident_fixes_do_not_make_motion() -> None:
    rng = np.random.default_rng(12)
    ts = np.arange(12) * 30.0
    calls = []
    for _ in range(300):
        lat, lon = offset(39.9, 116.4, *rng.normal(0.0, 100.0, (2, 12)))
        calls.append(motion(ts, lat, lon, 25.0).moving)
    assert np.mean(calls) < 0.06


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(13)
    ts, sigma = np.arange(9.0) * 20, rng.uniform(20, 90, 9)
    lat, lon = offset(39.9, 116.4, *rng.normal(0.0, 300.0, (2, 9)))
    shuffle = rng.permutation(9)
    assert motion(ts, lat, lon, sigma) == motion(
        ts[shuffle], lat[shuffle], lon[shuffle], sigma[shuffle]
    )


@pytest.mark.parametrize(
    ("ts", "lat", "sigma"),
    [
        ([], [], 10.0),
        ([1.0], [39.9], 10.0),
        ([1.0, 1.0], [39.9, 39.95], 10.0),
        ([1.0, 2.0], [39.9, np.nan], 10.0),
        ([1.0, 2.0], [39.9, 39.95], 0.0),
        ([1.0, 2.0], [39.9, 39.95], np.nan),
    ],
)
def test_without_two_fixes_at_two_times_there_is_no_motion(
    ts: list[float], lat: list[float], sigma: float
) -> None:
    assert motion(ts, lat, np.full(len(lat), 116.4), sigma) == STILL
