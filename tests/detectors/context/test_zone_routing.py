"""Which zones a finding goes to."""

from typing import Any

import pytest

from detectors.context.zone_routing import EVERYWHERE, PLACELESS, zones_for
from geo.earth.zones import MARGIN_M, zone_of


def zones(make: Any, east_m: float) -> tuple[str, ...]:
    return zones_for(make.finding(detector="lost_area", place=make.place(east_m)))


def test_its_own_zone_comes_first(make: Any) -> None:
    for east_m in range(-100_000, 100_000, 7000):
        place = make.place(float(east_m))
        assert zones_for(make.finding(place=place))[0] == zone_of(place.lat, place.lon)


def test_what_is_within_the_margin_of_a_border_goes_to_both(make: Any) -> None:
    step_m = 500.0
    line = [zones(make, n * step_m) for n in range(-300, 300)]
    borders = [n for n in range(1, len(line)) if line[n][0] != line[n - 1][0]]
    assert borders
    near = int((MARGIN_M - 1000.0) / step_m / 2)
    for border in borders:
        one, other = line[border - 1][0], line[border][0]
        for at in range(max(border - near, 0), min(border + near, len(line))):
            assert {one, other} <= set(line[at]) or line[at][0] not in (one, other)


def test_the_middle_of_a_zone_is_its_own_business(make: Any) -> None:
    assert min(len(zones(make, float(east_m))) for east_m in range(0, 200_000, 5000)) == 1


def test_what_has_no_place_shares_one_zone(make: Any) -> None:
    assert zones_for(make.finding(place=None)) == (PLACELESS,)
    assert zones_for(make.observation(detector="phantom_sms")) == (PLACELESS,)


def test_the_placeless_zone_knows_identities_with_a_place(make: Any) -> None:
    finding = make.finding(place=make.place(), claimed=make.claimed())
    own = zones_for(make.finding(place=make.place(), claimed=None))
    assert PLACELESS not in own
    assert zones_for(finding) == (*own, PLACELESS)
    assert zones_for(make.finding(place=make.place(), detector="lost_area")) == own


def test_what_the_core_attests_concerns_all(make: Any) -> None:
    assert (
        zones_for(make.observation())
        == zones_for(make.observation(place=make.place()))
        == (EVERYWHERE,)
    )


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_poles_have_zones(make: Any, pole: float) -> None:
    place = type(make.place())(pole, 0.0)
    assert zones_for(make.finding(place=place))
