"""The memory of strange areas: what it keeps, how wide a course is, and how odd strangers are."""

from math import nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.features.baselines.unknown_area_history import (
    Naming,
    StrangeAreas,
    shares,
    width_m,
)

HOUR_MS = 3_600_000
T0 = 1_700_000_000_000 // HOUR_MS * HOUR_MS
FEW = 3


def naming(
    who: str = "s0",
    at_s: float = 0.0,
    area: str = "460-0-61001",
    cell: str = "a cell",
    lat: float = 39.9,
    lon: float = 116.4,
) -> Naming:
    return Naming(T0 + round(at_s * 1000), who, area, cell, lat, lon, fresh=False, known=True)


def test_namings_come_back_by_area_and_by_cell_in_order() -> None:
    areas = StrangeAreas()
    namings = [naming(f"s{n}", n, area=f"a{n % 2}", cell=f"c{n % 3}") for n in range(12)]
    for each in namings:
        areas.note(each, FEW)
    assert areas.of_area("a1", 0) == namings[1::2]
    assert areas.on_cell("c2", 0) == namings[2::3]
    assert areas.of_area("a1", namings[6].rx) == [namings[7], namings[9], namings[11]]
    assert areas.on_cell("c0", namings[6].rx) == [namings[6], namings[9]]
    assert areas.of_area("other", 0) == areas.on_cell("other", 0) == []


def test_quiet_hours_are_those_of_few_phones_that_are_over() -> None:
    areas = StrangeAreas()
    for hour, phones in enumerate((2, 5, FEW, FEW + 1, 1)):
        for n in range(phones):
            areas.note(naming(f"h{hour}-{n}", 3600.0 * hour + n), FEW)
    area = naming().area
    assert areas.quiet_hours(area, 0) == 2
    assert areas.quiet_hours(area, T0 + HOUR_MS) == 1
    assert areas.quiet_hours("other", 0) == 0
    areas.note(naming("later", 3600.0 * 9), FEW)
    assert areas.quiet_hours(area, 0) == 3


def test_one_phone_over_and_over_is_one_phone() -> None:
    areas = StrangeAreas()
    for n in range(20):
        areas.note(naming("s0", 60.0 * n), FEW)
    areas.note(naming("s1", 3600.0), FEW)
    assert areas.quiet_hours(naming().area, 0) == 1


def test_memory_is_bounded_and_the_least_recent_goes_first() -> None:
    areas = StrangeAreas()
    for n in range(2000):
        areas.note(naming("s0", n, area=f"a{n}", cell=f"c{n}"), FEW)
        areas.note(naming("s0", n, area="always", cell="always"), FEW)
        areas.note_usual(n, 1.0 if n % 2 == 0 else None)
    assert (len(areas.areas), len(areas.cells)) == (512, 1024)
    assert "a1999" in areas.areas
    assert "a0" not in areas.areas
    assert len(areas.of_area("always", 0)) == len(areas.on_cell("always", 0)) == 48
    assert areas.usually_known(0, HOUR_MS)[0] == 128
    for hour in range(200):
        areas.note(naming("s0", 3600.0 * hour, area="always"), FEW)
    assert areas.quiet_hours("always", 0) == 48


def test_how_many_of_the_usual_ones_are_known() -> None:
    areas = StrangeAreas()
    for n, away_s in enumerate((30.0, None, 30.0, 30.0)):
        areas.note_usual(T0 + 30_000 * n, away_s)
    # The stranger had been waited for as long as the others, since the recording began.
    assert areas.usually_known(T0, HOUR_MS) == (4, 3)
    assert areas.usually_known(T0 + 30_000, HOUR_MS) == (3, 2)
    assert areas.usually_known(T0 + HOUR_MS, HOUR_MS) == (0, 0)


def course(
    *scatter_deg: float, north: float = 0.003, east: float = 0.003, lon: float = 116.4
) -> list[Naming]:
    """A car on its way, a report a minute, each so far north of its straight course."""
    return [
        naming(
            f"s{n}",
            60.0 * n,
            lat=39.9 + north * n + off,
            lon=(lon + east * n + 180.0) % 360.0 - 180.0,
        )
        for n, off in enumerate(scatter_deg)
    ]


@given(
    north=st.floats(-0.01, 0.01), east=st.floats(-0.01, 0.01), lon=st.sampled_from([116.4, 179.99])
)
def test_a_car_at_steady_speed_has_no_width(north: float, east: float, lon: float) -> None:
    assert width_m(course(*[0.0] * 8, north=north, east=east, lon=lon)) < 1.0


@given(st.lists(st.floats(-0.05, 0.05), min_size=3, max_size=12), st.randoms())
def test_width_is_that_of_the_places_in_whatever_order(off: list[float], chance: object) -> None:
    namings = course(*off)
    one = width_m(namings)
    shuffled = list(namings)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert width_m(shuffled) == pytest.approx(one, abs=0.5)
    twice = width_m(course(*(2.0 * each for each in off)))
    assert twice == pytest.approx(2.0 * one, rel=1e-3, abs=0.5)


def test_width_needs_three_places() -> None:
    assert str(width_m(course(0.0, 0.0))) == "nan"
    nowhere = [naming(f"s{n}", n, lat=nan, lon=nan) for n in range(9)]
    assert str(width_m([*course(0.0, 0.0), *nowhere])) == "nan"
    at_once = [naming(f"s{n}", 0.0, lat=39.9 + 0.01 * n) for n in range(5)]
    # Two of the five differences go for the course.
    step_m = 0.01 * 111_195.0
    assert width_m(at_once) == pytest.approx(step_m * sqrt((4 + 1 + 0 + 1 + 4) / 3), rel=1e-3)


def test_each_phone_has_one_share() -> None:
    assert shares([]) == (0, 0.0)
    named = [naming("s0", area="a"), naming("s1", area="a"), naming("s2", area="b")]
    assert shares(named) == (2, 2 / 3)
    assert shares([*named, naming("s0", area="b")]) == (2, 2 / 3)
