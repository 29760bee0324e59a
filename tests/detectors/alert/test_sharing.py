"""Phones that lost service near an alert's transmitter are its victims, not those of what else is
odd there."""

from math import inf
from typing import Any, cast

import pytest

from detectors.alert.hypotheses import Weighed, weigh
from detectors.alert.sharing import is_nameless, rivals, shared
from detectors.incident.fusion import Fusion
from detectors.incident.incident import Incident
from detectors.sites.site_places import SitePlaces


def lost(make: Any, count: int = 8, first: int = 200) -> list[Any]:
    return [
        make.finding(first + n, 4.0 * n, detector="lost_area", claimed=None, weight=1.5, cap=6.0)
        for n in range(count)
    ]


def odd(make: Any, count: int = 3, cell: int = 9, first: int = 100) -> list[Any]:
    """Phones on an unlisted cell, which says little of each."""
    return [
        make.finding(first + n, 5.0 * n, claimed=make.claimed(cell=cell), weight=1.0, cap=3.0)
        for n in range(count)
    ]


def alert(make: Any, east_m: float = 800.0, named: float = 3.0, at_s: float = 0.0) -> Incident:
    """An alert about a transmitter that fourteen phones received."""
    found = [
        make.finding(n, at_s + 3.0 * n, claimed=make.claimed(area=62000),
                     signal_dbm=-90.0, place=make.place(east_m + 20.0 * n))
        for n in range(14)
    ]  # fmt: skip
    one: Incident = make.incident(found)
    one.alert_id, one.named = "alert", named
    return one


def weighed(one: Incident, *others: Incident) -> Weighed:
    kept = [1.0] * len(one.tallies)
    return weigh(one, [one, *others], cast(SitePlaces, None), kept, Fusion())


def test_victims_of_an_alert_say_little_of_what_else_is_odd_there(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    alone, beside = weighed(one), weighed(one, alert(make))
    assert beside.weights["lost_area"] < 0.5 < 5.0 < alone.weights["lost_area"]
    assert beside.named == alone.named == pytest.approx(beside.log_odds, abs=0.5)
    assert beside.weights["unknown_cell"] == alone.weights["unknown_cell"]


def test_what_is_as_likely_by_itself_keeps_half_of_them(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    alone = weighed(one)
    half = weighed(one, alert(make, named=alone.named))
    lost_by = alone.weights["lost_area"] - half.weights["lost_area"]
    assert lost_by == pytest.approx(0.69, abs=0.05)


@pytest.mark.parametrize("why_not", ["far", "later", "closed", "no alert"])
def test_other_alerts_are_no_rivals(make: Any, why_not: str) -> None:
    one = make.incident([*odd(make), *lost(make)])
    other = alert(
        make,
        east_m=6000.0 if why_not == "far" else 800.0,
        at_s=900.0 if why_not == "later" else 0.0,
    )
    other.closed = why_not == "closed"
    other.alert_id = None if why_not == "no alert" else "alert"
    assert rivals(one, [one, other]) == -inf
    nats = [weighed(one, *others).weights["lost_area"] for others in ((), (other,))]
    assert nats[0] == nats[1]


def test_rivals_count_together(make: Any) -> None:
    one = make.incident([*odd(make), *lost(make)])
    two = [alert(make), alert(make, east_m=-800.0)]
    assert rivals(one, two) == pytest.approx(3.0 + 0.693, abs=0.01)
    assert rivals(make.incident(odd(make)), two) == -inf  # nothing to share


def test_what_names_an_area_or_a_text_is_not_shared(make: Any) -> None:
    text = make.finding(
        1, detector="phantom_sms", claimed=None, values={"sender": "95588", "content": "f" * 16}
    )
    of_area = make.finding(2, detector="lost_area", claimed=make.claimed(cell=None))
    of_network = make.finding(
        3, detector="lost_area", claimed=make.claimed(area=None, cell=None, arfcn=None, pci=None)
    )
    one = make.incident([text, of_area, of_network, *lost(make, 1)])
    naming = {tally.detector for tally in one.tallies if not is_nameless(tally)}
    areas = {t.claimed and t.claimed.area for t in one.tallies if is_nameless(t)}
    assert naming == {"phantom_sms", "lost_area"}
    assert areas == {None}


def test_shares_are_between_nothing_and_all() -> None:
    weights = {"lost_area": 5.0, "vanish_and_return": 1.0, "unknown_cell": 3.0}
    names = ("lost_area", "vanish_and_return")
    assert shared(weights, names, inf) == weights
    nothing = shared(weights, names, -1000.0)
    assert nothing == pytest.approx({**dict.fromkeys(names, 0.0), "unknown_cell": 3.0})
    some = shared(weights, names, -2.0)
    assert some["lost_area"] == pytest.approx(5.0 * some["vanish_and_return"])
    assert 0.0 < some["lost_area"] < 5.0
