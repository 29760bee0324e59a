"""Phones that lost service near an alert's transmitter are its victims, not those of what else is
odd there."""

from math import exp, log
from typing import Any, cast

import pytest

from detectors.alert.hypotheses import Weighed, weigh
from detectors.alert.sharing import is_nameless, of_others, shared
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident
from detectors.sites.site_places import SitePlaces


def lost(make: Any, count: int = 8, first: int = 200, at_s: float = 0.0) -> list[Any]:
    return [
        make.finding(
            first + n, at_s + 2.0 * n, detector="lost_area", claimed=None, weight=1.5, cap=6.0
        )
        for n in range(count)
    ]


def odd(make: Any, count: int = 3, cell: int = 9, first: int = 100) -> list[Any]:
    """Phones on an unlisted cell, which says little of each."""
    return [
        make.finding(first + n, 5.0 * n, claimed=make.claimed(cell=cell), weight=1.0, cap=3.0)
        for n in range(count)
    ]


def alert(
    make: Any, east_m: float = 800.0, odds: float = 3.0, at_s: float = 0.0, count: int = 14
) -> Incident:
    """An alert about a transmitter that some phones received."""
    found = [
        make.finding(n, at_s + 3.0 * n, claimed=make.claimed(area=62000),
                     signal_dbm=-90.0, place=make.place(east_m + 20.0 * n))
        for n in range(count)
    ]  # fmt: skip
    one: Incident = make.incident(found)
    one.alert_id, one.named_odds = "alert", odds
    return one


def weighed(one: Incident, *others: Incident) -> Weighed:
    kept = [1.0] * len(one.tallies)
    return weigh(one, [one, *others], cast(SitePlaces, None), kept, Fusion())


def test_victims_of_an_alert_say_little_of_what_else_is_odd_there(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    alone, beside = weighed(one), weighed(one, alert(make))
    assert beside.weights["lost_area"] < 0.1 < 5.0 < alone.weights["lost_area"]
    assert beside.named_odds == alone.named_odds == pytest.approx(beside.log_odds, abs=0.1)


def test_the_surer_the_other_transmitter_the_less_they_say(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    whole = weighed(one).weights["lost_area"]
    for odds in (-4.0, -2.0, 0.0):
        there = 1.0 / (1.0 + exp(-odds))
        left = weighed(one, alert(make, odds=odds)).weights["lost_area"]
        assert left == pytest.approx(-log(there + (1.0 - there) * exp(-whole)))


@pytest.mark.parametrize("why_not", ["far", "later", "closed", "no alert", "few receivers"])
def test_other_alerts_took_nobody_here(make: Any, why_not: str) -> None:
    one = make.incident([*odd(make), *lost(make)])
    other = alert(
        make,
        east_m=6000.0 if why_not == "far" else 800.0,
        at_s=900.0 if why_not == "later" else 0.0,
        count=3 if why_not == "few receivers" else 14,
    )
    other.closed = why_not == "closed"
    other.alert_id = None if why_not == "no alert" else "alert"
    assert of_others(one, [one, other]) == 0.0
    nats = [weighed(one, *others).weights["lost_area"] for others in ((), (other,))]
    assert nats[0] == nats[1]


def test_a_strong_transmitter_takes_phones_farther_off(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    found = [
        make.finding(n, 3.0 * n, claimed=make.claimed(area=62000), signal_dbm=-90.0,
                     place=make.place(2000.0 + (-1) ** n * 75.0 * n))
        for n in range(24)
    ]  # fmt: skip
    strong: Incident = make.incident(found)
    strong.alert_id, strong.named_odds = "strong", 3.0
    assert strong.reception is not None
    assert 1100.0 < strong.reception[2] < 1900.0 < 1.5 * strong.reception[2]
    assert of_others(one, [strong]) > 0.9


@pytest.mark.parametrize(("later_s", "took"), [(-100.0, True), (-200.0, False)])
def test_what_is_on_the_air_may_not_be_reported_for_a_while(
    make: Any, later_s: float, took: bool
) -> None:
    one = make.incident([*odd(make), *lost(make)])
    assert (of_others(one, [alert(make, at_s=later_s - 45.0)]) > 0.0) == took


def test_nobody_is_another_than_oneself(make: Any) -> None:
    one = alert(make, east_m=0.0)
    for finding in lost(make):
        one.add(finding, finding.rx_ts)
    assert of_others(one, [one]) == 0.0


def test_one_wrong_clock_brings_no_other_transmitter(make: Any) -> None:
    """Nor does one phone, if it is hostile: what went off long before took nobody."""
    before = alert(make, at_s=-1500.0)
    wrong = make.finding(300, -1490.0, detector="lost_area", claimed=None, weight=1.5)
    one = make.incident([*odd(make), *lost(make), wrong])
    assert of_others(one, [before]) == 0.0
    lies = [make.finding(77, 10.0, claimed=make.claimed(area=62000), signal_dbm=-90.0)]
    for lie in lies:
        before.add(lie, lie.rx_ts)
    assert of_others(make.incident([*odd(make), *lost(make)]), [before]) == 0.0


def test_several_are_likelier_than_each(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    two = [alert(make, odds=0.0), alert(make, east_m=-800.0, odds=0.0)]
    assert of_others(one, two[:1]) == 0.5
    assert of_others(one, two) == 0.75
    assert of_others(make.incident(odd(make)), two) == 0.0  # nobody to take


def test_what_an_alert_took_stays_its_own_when_it_is_over(make: Any) -> None:
    """But not if it turned out to be none."""
    one, other = make.incident([*odd(make), *lost(make)]), alert(make)
    one.others = of_others(one, [other])
    assert of_others(one, []) == one.others > 0.9
    other.closed = True
    assert of_others(one, [other]) == 0.0


def test_more_victims_make_nothing_less_likely(make: Any) -> None:
    """Of a family only the most counts in full: what the other's victims weaken counts again."""
    naming = [
        make.finding(400 + n, 5.0 * n, detector="unexpected_old_area", weight=1.5, cap=6.0,
                     claimed=make.claimed(cell=None))
        for n in range(4)
    ]  # fmt: skip
    odds = []
    for count in (0, 2, 3, 6, 12):
        one = make.incident([*odd(make, 7), *naming, *lost(make, count)])
        odds.append(weighed(one, alert(make)).log_odds)
    assert odds == sorted(odds)


def test_one_phone_that_names_a_cell_does_not_keep_the_others(make: Any) -> None:
    fell_back = [
        make.finding(500 + n, 4.0 * n, detector="fallback_share", claimed=None, weight=1.5, cap=6.0)
        for n in range(8)
    ]
    named = make.finding(
        520, 20.0, detector="fallback_share", claimed=make.claimed(cell=9), weight=1.0, cap=6.0
    )
    one = make.incident([*odd(make), *fell_back, named])
    assert weighed(one).weights["fallback_share"] > 5.0
    assert weighed(one, alert(make)).weights["fallback_share"] < 1.5


def test_what_names_an_area_a_channel_or_a_text_is_somebody_s(make: Any) -> None:
    text = make.finding(
        1, detector="phantom_sms", claimed=None, values={"sender": "95588", "content": "f" * 16}
    )
    nothing = make.claimed(area=None, cell=None, arfcn=None, pci=None)
    named = [make.claimed(cell=None), make.claimed(area=None, cell=None, arfcn=74, pci=12)]
    found = [
        make.finding(2 + n, detector="lost_area", claimed=claimed)
        for n, claimed in enumerate([*named, nothing, None])
    ]
    one = make.incident([text, *found])
    assert [is_nameless(tally) for tally in one.tallies] == [False, False, False, True, True]


def test_what_is_left_lies_between_nothing_and_all() -> None:
    whole, named = {"lost_area": 5.0, "unknown_cell": 3.0}, {"unknown_cell": 3.0}
    assert shared(whole, named, 0.0) == whole
    assert shared(whole, named, 1.0) == {"lost_area": 0.0, "unknown_cell": 3.0}
    half = shared(whole, named, 0.5)
    assert half == {"lost_area": pytest.approx(-log(0.5 + 0.5 * exp(-5.0))), "unknown_cell": 3.0}
    assert shared({"lost_area": 0.0}, {}, 0.5) == {}
