"""Which findings are of one transmitter: gates in space and time."""

from typing import Any

import msgspec
import pytest

from detectors.incident.association import Association, choose
from detectors.incident.incident import MOST_DEVICES, MOST_REPORTS, MOST_TALLIES, Incident
from detectors.model.finding import Finding, Identity
from geo.earth.sphere import distance_m, great_circle_m

GATES = Association()


def incident(*findings: Finding) -> Incident:
    first = findings[0]
    one = Incident("zone", "zone", first.rx_ts, first.rx_ts, first.ts, first.ts)
    for finding in findings:
        one.add(finding, finding.rx_ts)
    return one


def joins(old: Incident, finding: Finding) -> bool:
    return choose([old], finding, GATES) is old


def test_gates_of_the_same_and_of_another_identity(make: Any) -> None:
    old = incident(make.finding())
    other, none = {"claimed": make.claimed(area=62000, cell=None)}, {"claimed": None}
    assert joins(old, make.finding(place=make.place(3990.0)))
    assert not joins(old, make.finding(place=make.place(4010.0)))
    for identity, gate_m in ((other, 600.0), (none, 1100.0)):
        assert joins(old, make.finding(place=make.place(gate_m - 10.0), **identity))
        assert not joins(old, make.finding(place=make.place(gate_m + 10.0), **identity))


def test_what_one_does_not_know_does_not_contradict(make: Any) -> None:
    old = incident(make.finding(claimed=make.claimed(cell=None, rat=None)))
    assert joins(old, make.finding(place=make.place(3000.0)))


def test_the_gate_grows_as_the_transmitter_may_have_driven(make: Any) -> None:
    old = incident(make.finding())
    assert joins(old, make.finding(at_s=100.0, place=make.place(6900.0)))
    assert not joins(old, make.finding(at_s=100.0, place=make.place(7100.0)))
    assert not joins(old, make.finding(at_s=1500.0, place=make.place(16_000.0)))


def test_it_grows_backwards_in_time_as_well(make: Any) -> None:
    old = incident(make.finding(at_s=1000.0))
    assert joins(old, make.finding(at_s=900.0, late_s=300.0, place=make.place(6900.0)))


@pytest.mark.parametrize(("pause_s", "same"), [(600.0, True), (1800.0, True), (1801.0, False)])
def test_a_pause(make: Any, pause_s: float, same: bool) -> None:
    assert joins(incident(make.finding()), make.finding(at_s=pause_s)) is same


def test_a_rough_place_widens_the_gate_by_half_at_most(make: Any) -> None:
    def far(east_m: float, reach_m: float) -> Finding:
        place = make.place(east_m, accuracy_m=None, reach_m=reach_m)
        return make.finding(claimed=None, place=place)

    old = incident(make.finding())
    assert joins(old, far(1290.0, 200.0))
    assert not joins(old, far(1310.0, 200.0))
    assert joins(old, far(1640.0, 5000.0))
    assert not joins(old, far(1660.0, 5000.0))


def test_without_a_place_only_the_identity_joins(make: Any) -> None:
    old = incident(make.finding(place=None))
    assert joins(old, make.finding(place=None))
    assert not joins(old, make.finding(place=None, claimed=make.claimed(area=62000)))
    assert not joins(old, make.finding(place=None, claimed=None))


def test_identity_comes_first_then_what_already_alerts_then_distance(make: Any) -> None:
    near = incident(make.finding(claimed=None, place=make.place(10.0)))
    alike = incident(make.finding(place=make.place(500.0)))
    nearer = incident(make.finding(place=make.place(400.0)))
    alerting = incident(make.finding(claimed=None, place=make.place(590.0)))
    alerting.alert_id = "alert"
    finding = make.finding()
    assert choose([near, alike, nearer, alerting], finding, GATES) is nearer
    alike.alert_id = "alert 2"
    assert choose([near, alike, nearer, alerting], finding, GATES) is alike
    nameless = make.finding(claimed=None)
    assert choose([near, alerting], nameless, GATES) is alerting
    assert choose([near], nameless, GATES) is near
    assert choose([], finding, GATES) is None


def test_of_equals_the_older_is_chosen(make: Any) -> None:
    older, newer = incident(make.finding()), incident(make.finding())
    assert choose([older, newer], make.finding(), GATES) is older


def test_the_middle_is_that_of_the_recent_reports(make: Any) -> None:
    moving = incident(
        *(make.finding(n, at_s=60.0 * n, place=make.place(100.0 * n)) for n in range(20))
    )
    assert moving.middle is not None
    # The last twelve of them, of those the last five minutes: numbers 14 to 19.
    assert great_circle_m(*moving.middle, *make.at(1650.0)) < 1.0


@pytest.mark.parametrize("west", [179.999, -179.999])
def test_a_middle_across_the_date_line(make: Any, west: float) -> None:
    both = [make.place() for _ in range(2)]
    lons = (west, -west)
    places = [type(p)(0.0, lon) for p, lon in zip(both, lons, strict=True)]
    across = incident(*(make.finding(n, place=place) for n, place in enumerate(places)))
    assert across.middle is not None
    assert abs(abs(across.middle[1]) - 180.0) < 1e-9


def test_the_scalar_distance_is_that_of_geo() -> None:
    places = [(0.0, 0.0), (90.0, 10.0), (-89.9, 179.9), (39.9, 116.4), (39.9, -179.9), (0.0, 180.0)]
    for one in places:
        for other in places:
            assert great_circle_m(*one, *other) == pytest.approx(
                float(distance_m(*one, *other)), abs=0.01
            )


def test_the_state_of_an_incident_is_bounded(make: Any) -> None:
    """One hostile phone that claims a new identity each time, and a crowd."""
    crowded = incident(
        *(make.finding(n, claimed=make.claimed(area=1 + n)) for n in range(MOST_TALLIES + 40)),
        *(make.finding(n, who=f"crowd{n}") for n in range(MOST_DEVICES + 40)),
    )
    assert len(crowded.tallies) == MOST_TALLIES
    assert max(len(tally.votes) for tally in crowded.tallies) == MOST_DEVICES
    assert 0.8 * MOST_REPORTS < len(crowded.reports) <= MOST_REPORTS
    assert crowded.devices() >= MOST_DEVICES
    crowded.absorb(incident(*(make.finding(n, who=f"other{n}") for n in range(MOST_DEVICES))))
    assert max(len(tally.votes) for tally in crowded.tallies) == MOST_DEVICES
    assert 0.8 * MOST_REPORTS < len(crowded.reports) <= MOST_REPORTS


def test_what_is_derived_of_an_incident_follows_its_findings(make: Any) -> None:
    one = incident(make.finding(0, claimed=make.claimed(area=1, arfcn=7, pci=3)))
    assert (one.devices(), one.devices("sms"), one.poses) == (1, 0, False)
    assert (set(one.claims_by_area), len(one.claimed_channels)) == ({1}, 1)
    texts = {"family": "sms", "detector": "phantom_sms"}
    one.add(make.finding(1, claimed=make.claimed(area=2, arfcn=8, pci=3), **texts), one.last_rx)
    assert (one.devices(), one.devices("sms")) == (2, 1)
    assert (set(one.claims_by_area), len(one.claimed_channels)) == ({1, 2}, 2)
    posing = {"family": "radio", "detector": "impossible_distance"}
    for phone in range(2, 6):
        cell = make.claimed(area=3, cell=9)
        one.add(make.finding(phone, claimed=cell, **posing), one.last_rx)
    assert (one.devices(), one.devices("radio"), one.poses) == (6, 4, True)


def test_two_incidents_in_one_hold_what_both_held(make: Any) -> None:
    older = incident(make.finding(0, weight=1.0), make.finding(1, at_s=5.0))
    newer = incident(
        make.finding(0, at_s=9.0, weight=3.0, late_s=1.0),
        make.finding(2, at_s=-4.0, detector="unknown_old_area"),
    )
    older.absorb(newer)
    assert [(t.detector, t.count, len(t.votes)) for t in older.tallies] == [
        ("unknown_cell", 3, 2),
        ("unknown_old_area", 1, 1),
    ]
    vote = older.tallies[0].votes["device:d0"]
    assert (vote.weight, vote.rx) == (3.0, make.t0_ms + 10_000)
    assert (older.first_ts, older.last_ts) == (make.t0_ms - 4000, make.t0_ms + 9000)
    assert [r.ts for r in older.reports] == sorted(r.ts for r in older.reports)
    assert len(older.reports) == 4


def test_the_same_channel_and_code_open_the_gate_but_are_not_asked_for(make: Any) -> None:
    old = incident(make.finding(claimed=make.claimed(arfcn=22, pci=9)))

    def other(**channel: int) -> Finding:
        claimed = make.claimed(area=62000, cell=9, **channel)
        return make.finding(claimed=claimed, place=make.place(1900.0))

    assert joins(old, other(arfcn=22, pci=9))
    assert not joins(old, other(arfcn=22, pci=10))
    assert not joins(old, other(arfcn=22))
    came_back = make.finding(claimed=make.claimed(area=62000, cell=None))
    assert joins(old, came_back)


def test_a_bare_channel_and_code_join_what_claims_them(make: Any) -> None:
    bare = Identity("gsm", 460, 0, None, None, 22, 9)
    bare_finding = make.finding(claimed=bare, weight=0.6)
    assert joins(incident(make.finding(claimed=make.claimed(arfcn=22, pci=9))), bare_finding)
    assert not joins(incident(make.finding()), bare_finding)


def test_a_registered_cell_at_a_wrong_place_is_joined_by_its_identity_alone(make: Any) -> None:
    """Most such cells are wrong rows: they must draw no true transmitter to them."""
    registered = Identity("lte", 460, 0, 4100, 1001)
    wrong_row = make.finding(detector="odd_shape", family="radio", claimed=registered)
    rogue = make.finding()
    assert not joins(incident(rogue), wrong_row)
    assert not joins(incident(wrong_row), rogue)
    assert joins(incident(wrong_row), msgspec.structs.replace(wrong_row, who="d2"))
    sibling = msgspec.structs.replace(
        wrong_row, claimed=make.claimed(rat="lte", area=4100, cell=1002)
    )
    assert not joins(incident(wrong_row), sibling)
    came_back = make.finding(claimed=make.claimed(rat="lte", area=4200, cell=None))
    assert not joins(incident(wrong_row), came_back)
    lte = make.finding(claimed=make.claimed(rat="lte"))
    assert joins(incident(lte), came_back)
    # What claims nothing may be of either, of a transmitter rather than of a wrong row.
    deed = make.finding(claimed=None, place=make.place(200.0))
    both = [incident(wrong_row), incident(rogue)]
    assert choose(both[:1], deed, GATES) is both[0]
    assert choose(both, deed, GATES) is both[1]


def handed_over(make: Any, pci: int = 350, away_m: float = 0.0) -> Finding:
    """A handover towards a code that nobody has here."""
    target = Identity("lte", 460, 0, None, None, None, pci)
    finding: Finding = make.finding(
        detector="failed_handover", family="radio", claimed=target, place=make.place(away_m)
    )
    return finding


def test_a_code_alone_is_of_whoever_has_that_code(make: Any) -> None:
    """Base stations name the target of a handover by its code, phones a cell by all it sends."""
    cell = make.finding(claimed=make.claimed(rat="lte", arfcn=1300, pci=350))
    alert = incident(make.finding(claimed=make.claimed(rat="lte", area=9)))
    alert.alert_id = "published"
    owner = incident(cell)
    assert choose([alert, owner], handed_over(make), GATES) is owner
    assert choose([alert], handed_over(make), GATES) is None
    assert not joins(owner, handed_over(make, pci=351))
    assert joins(incident(handed_over(make)), cell)
    away = msgspec.structs.replace(cell, place=make.place(2100.0))
    assert not joins(incident(handed_over(make)), away)


def test_codes_of_gsm_are_too_few(make: Any) -> None:
    bare = Identity("gsm", 460, 0, None, None, None, 9)
    cell = make.finding(claimed=make.claimed(arfcn=22, pci=9))
    assert not joins(incident(cell), make.finding(claimed=bare, weight=0.6))


@pytest.mark.parametrize(("rat", "same"), [("gsm", True), ("umts", True), ("lte", False)])
def test_an_area_is_not_of_what_uses_another_technology(make: Any, rat: str, same: bool) -> None:
    came_back = make.finding(claimed=make.claimed(rat=rat, area=62000, cell=None))
    assert joins(incident(make.finding()), came_back) is same


def test_one_odd_report_makes_no_place_void(make: Any) -> None:
    """A phone that misplaces itself draws no returns and handovers of that cell to it."""
    cell = Identity("lte", 460, 0, 4100, 1001)
    odd = make.finding(detector="odd_shape", family="radio", claimed=cell, place=make.place(5000.0))
    came_back = make.finding(
        claimed=make.claimed(area=62000, cell=None),
        seen_on=cell,
        place=msgspec.structs.replace(make.place(), accuracy_m=None, reach_m=1000.0),
    )
    assert not joins(incident(odd), came_back)
    crowd = [msgspec.structs.replace(odd, who=f"d{n}") for n in range(3)]
    assert joins(incident(*crowd), came_back)
