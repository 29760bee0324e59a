"""Phones that lose their service near an alert and name nobody are its victims."""

from typing import Any

import pytest

from detectors.incident.association import Association
from detectors.incident.identity_change import merge, same_transmitter
from detectors.incident.incident import Incident
from detectors.incident.incident_index import IncidentIndex
from detectors.incident.victims.nameless import taken_by, whose_victims
from detectors.model.finding import Finding
from geo.earth.sphere import great_circle_m

GATES = Association()


def alert(make: Any, findings: list[Finding]) -> Incident:
    one: Incident = make.incident(findings)
    one.alert_id = "published"
    return one


def receivers(
    make: Any, count: int = 24, apart_m: float = 250.0, east_m: float = 0.0
) -> list[Finding]:
    """Phones that receive a cell of area 1 ever farther east and west of a place."""
    return [
        make.finding(n, 5.0 * n, claimed=make.claimed(area=1), signal_dbm=-90.0,
                     place=make.place(east_m + (-1) ** n * apart_m * (n // 2)))
        for n in range(count)
    ]  # fmt: skip


def losers(make: Any, east_m: float, from_s: int = 50, count: int = 5) -> list[Finding]:
    """Phones that lose their service about a place."""
    return [
        make.finding(100 + n, from_s + 5.0 * n, detector="lost_area", claimed=None,
                     place=make.place(east_m, 30.0 * n))
        for n in range(count)
    ]  # fmt: skip


def test_who_lose_service_where_an_alert_is_received_are_its_victims(make: Any) -> None:
    """A strong transmitter denies service a kilometre and more about: no second one."""
    old = alert(make, receivers(make))
    assert old.reception is not None
    assert 2000.0 <= old.reception[2] <= 2500.0
    assert whose_victims(make.incident(losers(make, 1800.0)), [old]) is old
    assert whose_victims(make.incident(losers(make, 2700.0)), [old]) is None
    assert whose_victims(make.incident(losers(make, 1800.0, from_s=600)), [old]) is None
    named = [make.finding(200 + n, 50.0, claimed=make.claimed(area=2)) for n in range(2)]
    assert whose_victims(make.incident([*losers(make, 1800.0), *named]), [old]) is None
    old.apart, twin = [b"one"], make.incident(losers(make, 1800.0))
    twin.apart = [b"one"]
    assert whose_victims(twin, [old]) is None  # they were divided
    old.closed = True
    assert whose_victims(make.incident(losers(make, 1800.0)), [old]) is None


def test_victims_are_those_of_the_nearest_alert(make: Any) -> None:
    """And become part of it, whatever other alerts are about: nobody's name is on them."""
    west, east = (alert(make, receivers(make, east_m=east_m)) for east_m in (0.0, 800.0))
    zone = [west, east, make.incident(losers(make, 1800.0))]
    for number, each in enumerate(zone):
        each.number = number
    assert merge(IncidentIndex(zone), zone[-1], GATES) == (east, True)


def test_three_hostile_phones_make_no_alert_reach_farther(make: Any) -> None:
    """A phone counts once, where it was nearest, and the three farthest don't."""
    honest = receivers(make, 16, apart_m=30.0)
    liars = [
        make.finding(300 + n % 3, 5.0 * n, claimed=make.claimed(area=1), signal_dbm=-90.0,
                     place=make.place(2500.0))
        for n in range(60)
    ]  # fmt: skip
    lat, lon, alone_m = make.incident(honest).reception
    assert 100.0 < alone_m < 250.0
    *about, within_m = make.incident([*honest, *liars]).reception
    assert within_m < 300.0
    assert great_circle_m(lat, lon, *about) < 100.0
    assert make.incident(honest[:10]).reception is None


def clone(make: Any, east_m: float = 0.0, cell: int = 1001) -> Incident:
    """An alert of a registered cell that is received where it can't be."""
    claimed = make.claimed(rat="lte", area=4100, cell=cell)
    return alert(
        make,
        [
            make.finding(1000 * cell + n, 10.0 * n, detector="odd_shape", family="radio",
                         claimed=claimed, place=make.place(east_m + 40.0 * n))
            for n in range(6)
        ],
    )  # fmt: skip


def texts(make: Any, east_m: float, count: int = 5) -> list[Finding]:
    """Phones about a place receive texts that the centre never sent, on no cell that they name."""
    return [
        make.finding(200 + n, 20.0 + 5.0 * n, detector="phantom_sms", family="sms", claimed=None,
                     place=make.place(east_m, 30.0 * n))
        for n in range(count)
    ]  # fmt: skip


def test_a_clone_sends_the_texts_that_its_victims_receive(make: Any) -> None:
    def is_of(*alerts: Incident, east_m: float, more: list[Finding] | None = None) -> bool:
        index, own = IncidentIndex([]), make.incident([*texts(make, east_m), *(more or [])])
        for one in (*alerts, own):
            index.add(one)
        return merge(index, own, GATES)[0] is alerts[0]

    assert is_of(clone(make), east_m=300.0)
    assert not is_of(clone(make), east_m=1500.0)
    # Another alert is nearer.
    assert not is_of(clone(make), clone(make, 900.0, 1002), east_m=800.0)
    candidate = clone(make)
    candidate.alert_id = None
    assert not is_of(candidate, east_m=300.0)
    named = [make.finding(200, 30.0, claimed=make.claimed(area=2))]
    assert not is_of(clone(make), east_m=300.0, more=named)


def beginning(
    make: Any, count: int = 4, from_s: float = 0.0, cell: int = 1001, begins: bool = True
) -> Incident:
    """A candidate of a registered cell that phones receive where it can't be; ``begins``: where
    nobody received it before."""
    about = {"family": "radio", "claimed": make.claimed(rat="lte", area=4100, cell=cell)}
    detectors = ("odd_shape", "sudden_cell") if begins else ("odd_shape",)
    one: Incident = make.incident(
        make.finding(10 * cell + n, from_s + 100.0 * n, detector=detector,
                     place=make.place(40.0 * n), **about)
        for n in range(count)
        for detector in detectors
    )  # fmt: skip
    return one


def test_a_cell_that_begins_took_who_lost_service_beside_it_since(make: Any) -> None:
    """The victims are back within seconds, the cell is reported later: theirs is the older
    candidate. A wrong row would have been received from the first report on."""
    cell, lost = beginning(make), make.incident(losers(make, 700.0, count=8))
    assert taken_by(lost, [cell], GATES) is cell
    assert taken_by(lost, [beginning(make, begins=False)], GATES) is None
    # Three phones may be hostile.
    assert taken_by(lost, [beginning(make, count=3)], GATES) is None
    far, before = losers(make, 1500.0, count=8), losers(make, 700.0, from_s=-900, count=8)
    after = losers(make, 700.0, from_s=900, count=8)
    for others in (far, before, after):
        assert taken_by(make.incident(others), [cell], GATES) is None
    # A hole in the coverage also lets phones update for no reason.
    again = [
        make.finding(150 + n, 60.0 + n, detector="vanish_and_return", claimed=None,
                     place=make.place(700.0, 30.0 * n))
        for n in range(8)
    ]  # fmt: skip
    assert taken_by(make.incident(again), [cell], GATES) is None
    # A few such beside many who lost their areas are nothing to go by.
    assert taken_by(make.incident([*losers(make, 700.0, count=9), *again]), [cell], GATES) is cell
    # Where several begin, cells are being planned anew, and nothing says which took them.
    assert taken_by(lost, [cell, beginning(make, cell=1002)], GATES) is None


def sent(make: Any, count: int = 4, **target: Any) -> list[Finding]:
    """Calls that fail towards a target, which base stations know from their lists of neighbours."""
    named = {"rat": "lte", "area": None, "cell": 1001, "pci": 77, **target}
    return [
        make.finding(500 + n, 30.0 * n, detector="failed_handover", family="radio",
                     claimed=make.claimed(**named), place=make.place(60.0 * n), space="subscriber")
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("cell", [1001, None])
def test_calls_that_nobody_takes_and_phones_that_lose_their_areas_there_are_one_transmitters(
    make: Any, cell: int | None
) -> None:
    """Whether base stations name the target by its number or by its code."""
    for is_first in (True, False):
        pair = [make.incident(sent(make, cell=cell)), make.incident(losers(make, 500.0, count=8))]
        index = IncidentIndex([])
        for each in pair if is_first else pair[::-1]:
            index.add(each)
        one, _ = merge(index, list(index)[-1], GATES)
        assert {tally.detector for tally in one.tallies} == {"failed_handover", "lost_area"}
    assert not make.incident(sent(make, cell=cell)).poses


@pytest.mark.parametrize(("from_s", "verdict"), [(100, "same"), (300, "other")])
def test_who_came_back_before_a_cell_was_received_are_not_its_victims(
    make: Any, from_s: int, verdict: str
) -> None:
    """As many phones as receive it would have reported it by then. The crowd about a new site may
    have had its own reasons before."""
    back = make.incident(losers(make, 200.0, from_s=80, count=8))
    new = make.incident(
        make.finding(300 + n, from_s + 10.0 * n, claimed=make.claimed(area=3), signal_dbm=-90.0,
                     place=make.place(40.0 * n))
        for n in range(4)
    )  # fmt: skip
    assert same_transmitter(new, back, GATES) == verdict
    assert same_transmitter(back, new, GATES) == verdict


def test_a_cell_begins_where_calls_are_sent_to_it_from_where_none_went(make: Any) -> None:
    """Received where it can't be, it took who lost service there since."""
    odd = beginning(make, begins=False)
    lost = make.incident(losers(make, 700.0, count=8))
    assert taken_by(lost, [odd], GATES) is None
    for target in ({"cell": 1001}, {"cell": None, "pci": 88}):
        for finding in sent(make, **target):
            odd.add(finding, finding.rx_ts)
        assert (taken_by(lost, [odd], GATES) is odd) == (target["cell"] == 1001)
        odd = beginning(make, begins=False)


def test_the_cell_and_its_victims_are_one_in_either_order(make: Any) -> None:
    for is_cell_newer in (True, False):
        pair = [make.incident(losers(make, 700.0, count=8)), beginning(make)]
        zone = pair if is_cell_newer else pair[::-1]
        index = IncidentIndex([])
        for each in zone:
            index.add(each)
        one, settled = merge(index, zone[-1], GATES)
        assert settled
        assert list(index) == [one]
        assert {tally.detector for tally in one.tallies} == {
            *("lost_area", "odd_shape", "sudden_cell")
        }
        assert one.is_clone


def test_an_alert_of_a_cell_that_began_takes_victims_in(make: Any) -> None:
    cell, lost = beginning(make), make.incident(losers(make, 700.0, count=8))
    cell.alert_id = "published"
    index = IncidentIndex([])
    for each in (cell, lost):
        index.add(each)
    assert merge(index, lost, GATES) == (cell, True)
    cell, lost = beginning(make), make.incident(losers(make, 700.0, count=8))
    cell.alert_id, lost.apart, cell.apart = "published", [b"one"], [b"one"]
    index = IncidentIndex([])
    for each in (cell, lost):
        index.add(each)
    assert merge(index, lost, GATES)[0] is lost  # they were divided
