"""Innocent explanations of whole incidents: the alarm that each prevents, the attack that it must
not hide."""

from typing import Any

import msgspec
import pytest

from detectors.benign.incident_causes import Authorised, BenignCauses, causes_of
from detectors.context import announcements
from detectors.context.announcements import Announced
from detectors.correlate.correlator import Decided
from detectors.model.finding import Finding, Observation, Source
from detectors.model.rare_messages import AreaName, Change

OFF = {"announced": False, "widespread": False, "renumbered": False}


def victims(make: Any, count: int = 12, detectors: tuple[str, ...] = (), **over: Any) -> list[Any]:
    """Phones in turn that report the made-up area, by signalling and by what they saw."""
    names = detectors or ("unknown_old_area", "unknown_cell")
    return [
        make.finding(n, 3.0 * n, **{"detector": names[n % len(names)], **over})
        for n in range(count)
    ]


def announced(make: Any, **over: Any) -> list[Observation]:
    """A re-plan that begins with the recording and brings the made-up area."""
    change: dict[str, Any] = {
        "kind": "replan",
        "from_ts": make.t0_ms,
        "to_ts": make.t0_ms + 7_200_000,
        "areas": (AreaName(460, 0, 61001),),
    }
    fixed = {"rx_ts": make.t0_ms - 60_000, "source": Source(*make.source, 0, -1)}  # type: ignore[call-arg]
    return announcements.observations([Change(**fixed, **{**change, **over})])


def decided(make: Any, records: list[Finding | Observation], **over: Any) -> Decided:
    settings = msgspec.structs.replace(BenignCauses(), **over)
    return make.decided(records, 600.0, benign_causes=settings)


def test_an_announced_area_alarms_nobody(make: Any) -> None:
    records = [*announced(make), *victims(make)]
    assert decided(make, records).alerts == []
    assert decided(make, records, announced=False).alerts != []


def test_an_alert_that_is_explained_later_is_closed_once(make: Any) -> None:
    """However much more of the same is found: each revision would be a message to somebody."""
    late = msgspec.structs.replace(announced(make)[0], rx_ts=make.t0_ms + 120_000)
    more = [
        msgspec.structs.replace(
            one, who=f"later-{one.who}", ts=one.ts + 200_000, rx_ts=one.rx_ts + 200_000
        )
        for one in victims(make)
    ]
    statuses = [one.status for one in decided(make, [*victims(make), late, *more]).alerts]
    assert statuses[0] == "open"
    assert statuses.count("closed") == 1
    assert statuses[-1] == "closed"


def test_an_explained_alert_goes_on_when_something_else_is_found(make: Any) -> None:
    late = msgspec.structs.replace(announced(make)[0], rx_ts=make.t0_ms + 120_000)
    other = [
        msgspec.structs.replace(
            one, who=f"other-{one.who}", ts=one.ts + 200_000, rx_ts=one.rx_ts + 200_000
        )
        for one in victims(make, 24, ("phantom_sms", "impossible_distance"))
    ]
    alerts = decided(make, [*victims(make), late, *other]).alerts
    statuses = [one.status for one in alerts]
    assert "update" in statuses[statuses.index("closed") :]
    assert len({one.alert_id for one in alerts}) == 1


def test_an_announcement_does_not_hide_what_it_does_not_explain(make: Any) -> None:
    detectors = ("unknown_old_area", "phantom_sms", "impossible_distance")
    records = [*announced(make), *victims(make, 24, detectors)]
    *_, last = decided(make, records).alerts
    assert last.probability >= 0.5
    assert [one.code for one in last.considered] == ["F4"]
    assert last.considered[0].detectors == ["unknown_old_area"]


@pytest.mark.parametrize(
    "over",
    [
        {"areas": (AreaName(460, 0, 61002),)},
        {"areas": (AreaName(460, 1, 61001),)},
        {"from_ts": 0, "to_ts": 1000},
        {"areas": (), "polygon": {"type": "Polygon", "coordinates": "none"}},
    ],
)
def test_other_announcements_excuse_nothing(make: Any, over: dict[str, Any]) -> None:
    assert decided(make, [*announced(make, **over), *victims(make)]).alerts != []


def test_a_polygon_explains_what_lies_in_it(make: Any) -> None:
    def square(east_m: float) -> dict[str, Any]:
        corners = [(-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500)]
        places = [make.at(east_m + x, y) for x, y in corners]
        return {"type": "Polygon", "coordinates": [[[lon, lat] for lat, lon in places]]}

    here = announced(make, areas=(), kind="temporary", polygon=square(0.0))
    there = announced(make, areas=(), kind="temporary", polygon=square(5000.0))
    assert decided(make, [*here, *victims(make)]).alerts == []
    assert decided(make, [*there, *victims(make)]).alerts != []


def test_an_announcement_that_comes_late_takes_an_alert_back(make: Any) -> None:
    late = msgspec.structs.replace(announced(make)[0], rx_ts=make.t0_ms + 120_000)
    *_, last = decided(make, [*victims(make), late]).alerts
    assert (last.status, last.probability < 0.5) == ("closed", True)


def test_cells_and_pairs_are_announced_too(make: Any) -> None:
    over = {"areas": (), "old_to_new_areas": ((AreaName(460, 0, 4200), AreaName(460, 0, 61001)),)}
    assert decided(make, [*announced(make, **over), *victims(make)]).alerts == []
    over = {"areas": (), "cells": ("gsm-460-0-61001-7", "no key")}
    assert decided(make, [*announced(make, **over), *victims(make)]).alerts == []


def test_an_area_that_is_met_far_apart_at_once_is_no_transmitter(make: Any) -> None:
    here = victims(make, 12)
    there = victims(make, 12, place=make.place(12_000.0))
    both = sorted([*here, *there], key=lambda finding: finding.ts)
    assert decided(make, both).alerts == []
    assert len({alert.alert_id for alert in decided(make, both, widespread=False).alerts}) == 2


def test_a_transmitter_that_drives_far_is_not_met_far_apart_at_once(make: Any) -> None:
    there = [
        make.finding(n, 900.0 + 3.0 * n, detector=one.detector, place=make.place(12_000.0))
        for n, one in enumerate(victims(make))
    ]
    decided = make.decided([*victims(make), *there], 2000.0)
    assert decided.alerts[-1].probability >= 0.5


def test_known_cells_under_one_new_area_are_a_renumbering(make: Any) -> None:
    def moved(cells: int) -> list[Finding]:
        found = []
        for n, one in enumerate(victims(make, 16)):
            values = {"grade": "wrong_area", "heard_only": 0}
            claimed = make.claimed(cell=100 + n // 2 % cells)
            found.append(msgspec.structs.replace(one, claimed=claimed, values=values))
        return found

    assert decided(make, moved(8)).alerts == []
    assert decided(make, moved(8), renumbered=False, several_cells=False).alerts != []
    assert decided(make, moved(2)).alerts != []  # one or two cells are a rogue's


def test_an_authorised_transmitter_is_published_but_no_alarm(make: Any) -> None:
    lat, lon = make.at(200.0)
    prison = Authorised(name="prison", lat=lat, lon=lon, radius_m=600.0)
    alerts = decided(make, victims(make), authorised=(prison,)).alerts
    assert {alert.severity for alert in alerts} == {"info"}
    assert max(alert.probability for alert in alerts) < 0.5
    assert [one.explanation for one in alerts[-1].considered] == [
        "a transmitter is authorised here: prison"
    ]


@pytest.mark.parametrize(
    "over",
    [
        {"to_ms": 1000},
        {"from_ms": 1 << 50},
        {"lat": 0.0},
        {"identities": ({"rat": "gsm", "mcc": 460, "mnc": 0, "area": 999},)},
    ],
)
def test_it_may_be_there_only_as_agreed(make: Any, over: dict[str, Any]) -> None:
    lat, lon = make.at()
    agreed = {"name": "prison", "lat": lat, "lon": lon, "radius_m": 600.0, **over}
    prison = msgspec.convert(agreed, Authorised)
    alerts = decided(make, victims(make), authorised=(prison,)).alerts
    assert max(alert.probability for alert in alerts) >= 0.5


def sectors(make: Any, cells: int, every_s: float = 4.0, count: int = 24) -> list[Finding]:
    """Phones in turn on the cells of the made-up area, and some that come back from it."""
    found = []
    for n in range(count):
        signalling = n % 3 == 2
        claimed = make.claimed(cell=None if signalling else 100 + n % cells)
        name = "unknown_old_area" if signalling else "unknown_cell"
        found.append(make.finding(n, every_s * n, detector=name, claimed=claimed, weight=1.9))
    return found


def test_several_sectors_of_an_area_on_the_air_together_are_a_site(make: Any) -> None:
    alerts = decided(make, sectors(make, 4)).alerts
    assert alerts == [] or alerts[-1].status == "closed"
    assert decided(make, sectors(make, 4), several_cells=False).alerts[-1].probability > 0.9


def test_a_site_that_the_register_lacks_excuses_no_listed_cell_of_its_area(make: Any) -> None:
    site = sectors(make, 4)
    listed = make.claimed(cell=7)
    clone = [
        make.finding(n, 4.0 * n, detector="wrong_channel", claimed=listed, cap=6.0)
        for n in range(24)
    ]
    one = make.incident([*site, *clone])
    (cause,) = causes_of(one, [one], Announced(), BenignCauses())
    explained = {one.tallies[at].claimed for at in cause.tallies}
    assert explained == {finding.claimed for finding in site}


def test_a_site_that_the_register_lacks_hides_no_phone_from_the_core(make: Any) -> None:
    """The core serves such a site: it knows who is in its area, whatever the register lacks."""
    site = sectors(make, 4)
    unexpected = [
        make.finding(
            n,
            4.0 * n,
            detector="unexpected_old_area",
            family="signalling",
            claimed=make.claimed(cell=None),
        )
        for n in range(24)
    ]
    one = make.incident([*site, *unexpected])
    (cause,) = causes_of(one, [one], Announced(), BenignCauses())
    explained = {one.tallies[at].detector for at in cause.tallies}
    assert explained == {"unknown_cell", "unknown_old_area"}


def test_one_cell_after_the_other_is_no_site(make: Any) -> None:
    hopping = [
        make.finding(
            n,
            4.0 * n,
            detector=("unknown_cell", "unknown_old_area")[n % 2],
            claimed=make.claimed(cell=100 + n // 6 if n % 2 == 0 else None),
        )
        for n in range(24)
    ]
    *_, last = decided(make, hopping).alerts
    assert last.probability > 0.9
    assert last.considered == []


def test_many_cells_that_begin_at_once_are_a_site_at_once(make: Any) -> None:
    """Before they have been on the air together for long: a whole area is new to the register."""
    burst = sectors(make, 8, every_s=1.0, count=16)
    assert decided(make, burst).alerts == [] or decided(make, burst).alerts[-1].status == "closed"
    assert decided(make, burst, several_cells=False).alerts[-1].probability > 0.5
