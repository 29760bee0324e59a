"""Whoever gives one verdict again and again, in other words and from other places, mutes no
farther, and nothing that outweighed it."""

from typing import Any

import pytest

from detectors.context.muting.mute import Mute
from geo.earth.sphere import great_circle_m
from tests.detectors.context.test_muting import ids, ruled_out, victims
from tests.detectors.context.test_verdicts import correlator_after, crowd, name, verdict

__all__ = ["name"]  # a fixture


def mutes_after(make: Any, records: Any) -> list[Mute]:
    correlator, _ = correlator_after(make, records, 3000.0)
    zones = correlator.state.known.verdicts.muted.zones.values()
    found = [mute for zone in zones for some in zone.values() for mute in some]
    assert found
    return found


def test_a_verdict_from_elsewhere_mutes_nothing_there(make: Any, name: str) -> None:
    there = make.place(7000.0)
    far = verdict(make, name, "false_alarm", 60.0, role="field", lat=there.lat, lon=there.lon)
    elsewhere = crowd(make, 100.0, east_m=7000.0)
    assert len(ids(make.alerts([*crowd(make), far, *elsewhere]))) == 2


def test_verdicts_from_ever_new_places_mute_no_farther_and_no_more(make: Any, name: str) -> None:
    given = []
    for number in range(40):
        there = make.place(-50_000.0 + 2500.0 * number)
        kind = ("false_alarm", "legitimate_cell")[number % 2]
        at = {"role": "field", "lat": there.lat, "lon": there.lon}
        given.append(verdict(make, name, kind, 60.0 + number, **at))
    middle = make.place()
    for mute in mutes_after(make, [*crowd(make), *given]):
        far = [great_circle_m(middle.lat, middle.lon, *place) for place in mute.places]
        assert len(far) <= 4
        assert max(far) < 5100.0


@pytest.mark.parametrize("between", [(), ("confirmed",)])
def test_what_outweighed_a_mute_is_silenced_by_no_repeat(
    make: Any, name: str, between: tuple[str, ...]
) -> None:
    """In other words, or after it was taken back, when those it harmed are half an hour ago."""
    found = [*ruled_out(make, name), *victims(make, 200, 200.0, 600.0)]
    again = [
        verdict(make, name, kind, 2900.0 + number)
        for number, kind in enumerate((*between, "legitimate_cell", "false_alarm"))
    ]
    for mute in mutes_after(make, [*found, *again]):
        assert mute.outweighed


def test_a_dispatcher_who_vouches_for_more_may_mute_it_again(make: Any, name: str) -> None:
    busy = [*crowd(make), *victims(make, 100, 10.0, 400.0)]
    first = verdict(make, name, "false_alarm", 420.0)
    many = victims(make, 200, 500.0, 60.0)
    more = verdict(make, name, "legitimate_cell", 590.0, role="dispatcher")
    before = mutes_after(make, [*busy, first, *many])
    assert any(mute.outweighed for mute in before)
    after = mutes_after(make, [*busy, first, *many, more])
    assert not all(mute.outweighed for mute in after)
